"""Texts that a backend cuts in the middle of a character, marks at the beginning of a stream, and errors in a list."""

import json
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.openai.response_reader import Completions
from providers.upstream.cut_text import CutText
from providers.upstream.failures import failure
from providers.upstream.http.events import EventReader
from router.errors import ProviderError
from router.types import Chunk, ToolCallPiece

BOM = b"\xef\xbb\xbf"


def plain(text: str) -> str:
    return text


def spoken(*payloads: bytes) -> str:
    """The text that a stream of events comes to."""
    reader = Completions("m", (), plain)
    chunks = [chunk for payload in payloads for chunk in reader.events([payload])]
    return "".join(chunk.text for chunk in [*chunks, *reader.events([b"[DONE]"])])


def delta(words: str, *, escaped: bool) -> bytes:
    """An event with some words; halves of a character as escapes, or as the bytes that they are."""
    text = json.dumps({"choices": [{"index": 0, "delta": {"content": words}}]}, ensure_ascii=escaped)
    return text.encode(errors="surrogateescape")


def halves(text: str) -> list[str]:
    """The text in pieces of 16 bits."""
    data = text.encode("utf-16-le")
    return [data[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(data), 2)]


@given(st.text(min_size=1))
def test_halves_of_a_character_are_put_together(text: str) -> None:
    assert spoken(*[delta(half, escaped=True) for half in halves(text)]) == text


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.lists(st.integers(0, 40), max_size=8))
def test_so_are_bytes_wherever_they_were_cut(text: str, cuts: list[int]) -> None:
    data = text.encode()
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    pieces = [data[start:end].decode(errors="surrogateescape") for start, end in pairwise(places)]
    assert spoken(*[delta(piece, escaped=False) for piece in pieces]) == text


def test_a_half_alone_becomes_a_mark() -> None:
    assert spoken(delta("a\ud83d", escaped=True), delta("b", escaped=True)) == "a\ufffdb"
    assert spoken(delta("\ude42b", escaped=True)) == "\ufffdb"
    assert spoken(delta("a\ud83d", escaped=True)) == "a"


def test_what_stands_between_the_halves_in_another_place_is_left_alone() -> None:
    other = orjson.dumps({"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]})
    assert spoken(delta("\ud83d", escaped=True), other, delta("\ude42", escaped=True)) == "🙂"


def test_keys_and_lists_are_mended_and_numbers_left_alone() -> None:
    assert CutText().loads(rb'{"\ud83d": ["\ud83d\ude42", 1, null]}') == {"\ufffd": ["🙂", 1, None]}


def test_bytes_beside_an_escape_become_marks() -> None:
    assert "\ufffd" not in spoken(delta("fine", escaped=False))
    cut = CutText()
    assert cut.loads(b'["\xf0 \\ud83d"]')[0].startswith("?")


@pytest.mark.parametrize("broken", [b"{", b"", b"[" * 100_000])
def test_what_is_no_json_is_still_none(broken: bytes) -> None:
    with pytest.raises(ProviderError, match="not JSON"):
        spoken(broken)


def test_a_mark_at_the_beginning_of_an_answer_is_no_part_of_it() -> None:
    answer = {"choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}]}
    chunks = Completions("m", (), plain).whole(BOM + orjson.dumps(answer))
    assert chunks[0].text == "hi"


def read(*pieces: bytes) -> list[bytes]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)] + reader.rest()


@given(
    st.lists(st.sampled_from([b"data: a", b"data:b", b"", b": x", b"event: e"]), max_size=12),
    st.lists(st.integers(0, 90), max_size=10),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.booleans(),
)
def test_every_end_of_a_line_is_one_wherever_it_is_cut(
    lines: list[bytes], cuts: list[int], end: bytes, marked: bool
) -> None:
    stream = (BOM if marked else b"") + b"".join(line + end for line in lines)
    places = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    assert read(*[stream[a:b] for a, b in pairwise(places)]) == read(b"".join(line + b"\n" for line in lines))


def test_an_event_that_ends_with_returns_waits_for_nothing() -> None:
    assert EventReader().feed(b"data: a\r\r") == [b"a"]


GEMINI = [{"error": {"code": 400, "message": "Please use a valid role.", "status": "INVALID_ARGUMENT"}}]


def test_an_error_in_a_list_is_read() -> None:
    error = failure(400, {}, orjson.dumps(GEMINI), plain)
    assert (error.outcome, error.message) == ("rejected", "the backend answered 400: Please use a valid role.")
    for data in (orjson.dumps(GEMINI), BOM + orjson.dumps(GEMINI)):
        with pytest.raises(ProviderError, match=r"Please use a valid role\."):
            Completions("m", (), plain).whole(data)
    with pytest.raises(ProviderError, match="no object"):
        Completions("m", (), plain).whole(b'[{"a": 1}]')
    assert failure(400, {}, b"[]", plain).message == "the backend answered 400"


def chunks(**choice: Any) -> list[Chunk]:
    return Completions("m", (), plain).whole(orjson.dumps({"choices": [choice]}))


def test_thoughts_among_the_parts_of_a_message_are_thoughts() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}, {"type": "text", "text": "."}]}
    parts = [thinking, {"type": "thinking", "thinking": " So."}, {"type": "text", "text": "Yes."}, {"type": "odd"}]
    (said, _, _) = chunks(message={"content": parts, "tone": "calm"}, finish_reason="stop")
    assert (said.text, said.beside) == ("Yes.", {"tone": "calm", "reasoning_content": "Hm. So."})
    (said, _, _) = chunks(message={"content": parts[2:]}, finish_reason="stop")
    assert (said.text, said.beside) == ("Yes.", None)


SIGNED = {"google": {"thought_signature": "s"}}


def test_what_a_backend_says_beside_a_call_is_kept() -> None:
    function = {"name": "f", "arguments": "{}", "score": 1, "none": None}
    call = {"id": "a", "type": "function", "function": function, "extra_content": SIGNED, "none": None}
    pieces = [chunk.tool_call for chunk in chunks(message={"tool_calls": [call]}, finish_reason="stop")]
    assert pieces[0] is not None
    assert pieces[0].extra == {"extra_content": SIGNED, "function": {"score": 1}}
    later = {"index": 0, "function": {"arguments": ""}, "extra_content": SIGNED}
    reader = Completions("m", (), plain)
    begun = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    event = orjson.dumps({"choices": [{"delta": {"tool_calls": [begun, later]}}]})
    assert [chunk.tool_call.extra for chunk in reader.events([event]) if chunk.tool_call] == [
        None,
        {"extra_content": SIGNED},
    ]


def test_the_older_word_for_a_call_ends_as_one() -> None:
    message = {"content": None, "function_call": {"name": "f", "arguments": "{}"}}
    call, end = chunks(message=message, finish_reason="function_call")[:2]
    assert (call.tool_call, end.finish_reason) == (ToolCallPiece(0, "call_0_0", "f", "{}"), "tool_calls")


def test_a_choice_ends_once() -> None:
    reader = Completions("m", (), plain)
    ends = [orjson.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]})] * 2
    assert [chunk.finish_reason for chunk in reader.events([*ends, b"[DONE]"])] == ["stop", None]
