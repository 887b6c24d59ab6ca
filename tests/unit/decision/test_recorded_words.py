"""What is kept of notes and errors: names and codes that are known, and no word of anybody's own."""

import re

import pytest
from builders import DAY
from hypothesis import given
from hypothesis import strategies as st

from router.decision.recorded_words import NoteFilter, TriedCall
from router.errors import ProviderError
from router.types import NOTE_KINDS, Attempt
from router.types.receipt_words import FAILURE_CODES, PARAMETER_NAMES, failure_code, parameter_name

NOTES = NoteFilter(frozenset({"gpt-5", "phi-4", "meta/llama-4"}), b"salt")
KEPT = [
    "dropped:service_tier",
    "dropped:reasoning.max_tokens",
    "dropped:messages.other",
    "dropped:include=web_search_call.action.sources",
    "dropped:tools.web_search",
    "dropped:custom_tool_call.caller",
    "renamed:max_tokens=max_completion_tokens",
    "renamed:developer=system",
    "renamed:effort=xhigh",
    "clamped:temperature=1",
    "clamped:thinking.budget_tokens=1999",
    "clamped:receipt",
    "approximated:a picture or file that a tool gave",
    "approximated:a last turn of the assistant",
    "approximated:token ids cut a character in two",
    "approximated:tools.custom.format",
    "approximated:response_format",
    "approximated:is_error",
    "usage:what the backend said can't be true",
    "usage:what the backend said is no count",
    "finish_reason:none was given",
    "finish_reason:pause_turn",
    "finish_reason:end_turn, beside a call",
    "cache_written:512",
    "upstream_model:phi-4",
    "upstream_model:meta/llama-4",
    "upstream_model:gpt-5-2025-08-07",
    "upstream_model:gpt-5-0613",
    "upstream_model:gpt-5@20250807",
    "upstream_model:gpt-5-latest",
]


@pytest.mark.parametrize("note", KEPT)
def test_a_note_of_known_words_is_kept_as_it_is(note: str) -> None:
    assert NOTES.kept([note, note]) == (note,)


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("dropped:my passport is M1234567", "dropped:other"),
        ("dropped:M1234567.max_tokens", "dropped:other.max_tokens"),
        ("dropped:1234567", "dropped:other"),
        ("dropped:tools.M1234567", "dropped:tools.other"),
        ("dropped:a.b.c.d.e.f", "dropped:other.other.other.other"),
        ("renamed:max_tokens=M1234567", "renamed:max_tokens=other"),
        ("clamped:n=", "clamped:n=other"),
        ("finish_reason:because M1234567", "finish_reason:other"),
        ("finish_reason:M1234567, beside a call", "finish_reason:other, beside a call"),
        ("usage:M1234567", "usage:other"),
        ("cache_written:M1234567", "cache_written:other"),
        ("cache_written:" + "9" * 13, "cache_written:other"),
        ("M1234567:x", "dropped:other"),
        ("M1234567", "dropped:other"),
        ("upstream_model:openai/gpt-5", "upstream_model:*/gpt-5"),
        ("upstream_model:M1234567/gpt-5-2025-08-07", "upstream_model:*/gpt-5-2025-08-07"),
    ],
)
def test_other_words_are_not(note: str, kept: str) -> None:
    assert NOTES.kept([note]) == (kept,)


@pytest.mark.parametrize(
    "name", ["M1234567", "gpt-5 M1234567", "gpt-5-1234567", "gpt-5-2025-13-07", "gpt-5-9999", "gpt-5-M1234567", "", "/"]
)
def test_a_model_that_nobody_knows_has_a_short_salted_digest(name: str) -> None:
    (kept,) = NOTES.kept([f"upstream_model:{name}"])
    assert re.fullmatch(r"upstream_model:other-[0-9a-f]{4}", kept)
    assert NOTES.kept([f"upstream_model:{name}"]) == (kept,)
    assert NoteFilter(NOTES.models, b"another").kept([f"upstream_model:{name}"]) != (kept,)


@given(st.text(max_size=40), st.sampled_from([*NOTE_KINDS, "", "x"]))
def test_nothing_that_anybody_writes_is_kept_unless_it_is_known(text: str, kind: str) -> None:
    (kept,) = NOTES.kept([f"{kind}:{text} M1234567"])
    assert "M1234567" not in kept
    assert kept.isascii()
    assert kept.isprintable()
    assert NOTES.kept([kept]) == (kept,) or kept.startswith("upstream_model:")


def test_a_call_that_was_tried_has_words_for_its_client_and_a_code_for_the_receipt() -> None:
    tried = TriedCall("m", "rejected", 1.0, "http_400", "m-eu", "the backend answered 400: M1234567")
    assert tried.for_client() == Attempt("m", "rejected", 1.0, tried.message, "m-eu")
    assert tried.for_receipt(keep_text=True) == tried.for_client()
    assert tried.for_receipt(keep_text=False) == Attempt("m", "rejected", 1.0, "http_400", "m-eu")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (("http_400", "context_length_exceeded", "max_tokens"), "http_400:context_length_exceeded:max_tokens"),
        (("http_400:http_400", None, ""), "http_400"),
        (("http_999", "http_40", "M1234567", "my words"), ""),
        (("resting:http_429",), "resting:http_429"),
    ],
)
def test_a_code_is_made_of_what_is_known(parts: tuple[str | None, ...], code: str) -> None:
    assert failure_code(*parts) == code
    assert ProviderError("rejected", "x", code=":".join(part or "" for part in parts)).code == code


def test_the_closed_sets_are_words() -> None:
    for word in (*PARAMETER_NAMES, *FAILURE_CODES):
        assert re.fullmatch(r"\$?[a-z][A-Za-z0-9_]*", word), word
    assert parameter_name("reasoning.max_tokens") == "reasoning.max_tokens"
    assert parameter_name(f"x.{DAY}.y") == "other.other"
