"""Why an answer ended, in whatever words: an end, an end that what was said contradicts, or a failure."""

from typing import Any

import orjson
import pytest
from fakes import anthropic_message

from providers.anthropic.response_reader import MessageEvents
from providers.openai.response_reader import Completions
from providers.upstream.end_reasons import REASONS, end_reason
from providers.upstream.response_reader import ResponseReader
from router.errors import ProviderError
from router.types import Chunk

CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
FAILED = {
    "error": "unavailable",
    "network_error": "unavailable",
    "abort": "unavailable",
    "ABORTED": "unavailable",
    "insufficient_system_resource": "unavailable",
    "MALFORMED_FUNCTION_CALL": "unavailable",
    "timeout": "timeout",
    "rate_limit": "rate_limited",
}


def plain(text: str) -> str:
    return text


def openai(reason: object, *, call: bool = False, text: str | None = "x") -> tuple[str | None, list[str]]:
    message: dict[str, Any] = {"content": text} | ({"tool_calls": [CALL]} if call else {})
    data = {"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": reason}]}
    return _end(Completions("m", (), plain).whole(orjson.dumps(data)))


def anthropic(reason: str | None, *, call: bool = False) -> tuple[str | None, list[str]]:
    block: dict[str, Any] = {"type": "text", "text": "x"}
    if call:
        block = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    data = anthropic_message([block], reason, model="m")
    return _end(MessageEvents("m", (), plain).whole(orjson.dumps(data)))


def _end(chunks: list[Chunk]) -> tuple[str | None, list[str]]:
    (reason,) = [chunk.finish_reason for chunk in chunks if chunk.finish_reason]
    return reason, [note for chunk in chunks for note in chunk.notes]


@pytest.mark.parametrize(("word", "outcome"), FAILED.items())
def test_a_failure_is_no_end(word: str, outcome: str) -> None:
    for ask in (openai, anthropic):
        with pytest.raises(ProviderError, match="ended its answer with") as caught:
            ask(word)
        assert caught.value.outcome == outcome


def test_words_of_others_mean_the_same() -> None:
    assert openai("STOP") == ("stop", [])
    assert openai("MAX_TOKENS") == ("length", [])
    assert openai("SAFETY") == ("content_filter", [])
    assert openai("end_turn") == ("stop", [])
    assert all(end_reason(word.upper()) == reason for word, reason in REASONS.items())


def test_an_end_that_a_call_contradicts_is_a_call_s() -> None:
    assert openai("stop", call=True) == ("tool_calls", ["finish_reason:stop, beside a call"])
    assert openai("eos", call=True) == ("tool_calls", ["finish_reason:eos, beside a call"])
    assert openai("strange", call=True) == (
        "tool_calls",
        ["finish_reason:strange", "finish_reason:strange, beside a call"],
    )
    assert anthropic("end_turn", call=True) == ("tool_calls", ["finish_reason:end_turn, beside a call"])
    assert openai("length", call=True) == ("length", [])


def test_an_end_for_a_call_without_one_is_a_plain_end() -> None:
    assert openai("tool_calls") == ("stop", ["finish_reason:tool_calls, without a call"])
    assert anthropic("tool_use") == ("stop", ["finish_reason:tool_use, without a call"])
    assert anthropic("tool_use", call=True) == ("tool_calls", [])


@pytest.mark.parametrize("reader", [Completions, MessageEvents])
def test_a_word_that_nobody_knows_is_a_plain_end_with_a_note(reader: type[ResponseReader]) -> None:
    made = reader("m", (), plain)
    assert made.reason("pause_turn", calls=False) == "stop"
    assert made.noted([Chunk()])[0].notes == ("finish_reason:pause_turn",)
