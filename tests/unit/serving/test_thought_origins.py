"""Thoughts go back to the backend that they came from, and to no other that is known."""

from dataclasses import replace
from typing import Any

import pytest
from builders import model

from router.serving.thought_origins import ThoughtOrigins
from router.types import ChatRequest, Chunk, FunctionCall, Message, ToolCall, ToolCallPiece

FIRST = model(id="first", owner="A", provider="a")
SISTER = replace(FIRST, id="sister")
ELSEWHERE = replace(FIRST, id="elsewhere", provider="b")
OTHER = replace(FIRST, id="other", owner="B")
SIGNED = {"extra_content": {"google": {"thought_signature": "s"}}}
SAID = [
    Chunk(beside={"reasoning_content": "hm "}),
    Chunk(beside={"reasoning_content": "so"}),
    Chunk(text="a"),
    Chunk(text="b"),
    Chunk(beside={"reasoning": "oh"}),
    Chunk(beside={"reasoning_signature": "sig"}),
    Chunk(beside={"redacted_thinking": [{"type": "redacted_thinking", "data": "x"}]}),
    Chunk(tool_call=ToolCallPiece(0, "t", "f", "{}", SIGNED | {"anthropic": {"caller": 1}})),
    Chunk(tool_call=ToolCallPiece(0, extra=None), finish_reason="tool_calls"),
]


def origins(*chunks: Chunk, most: int = 100) -> ThoughtOrigins:
    made = ThoughtOrigins(most)
    made.learn(chunks or SAID, FIRST)
    return made


def asked(extra: dict[str, Any] | None, call: dict[str, Any] | None = None) -> ChatRequest:
    calls = (ToolCall("t", FunctionCall("f", "{}"), extra=call),) if call else None
    return ChatRequest("m", (Message("user", "hi"), Message("assistant", "a", extra=extra, tool_calls=calls)))


THOUGHT = {"type": "thinking", "thinking": "hm so", "signature": "sig"}
HIDDEN = {"type": "redacted_thinking", "data": "x"}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "a run": ({"reasoning_content": "hm so"}, None),
    "the last run": ({"reasoning": "oh", "name": "n"}, {"name": "n"}),
    "all runs": ({"reasoning_content": "hm sooh"}, None),
    "signed": ({"anthropic": {"order": [THOUGHT, "part"]}}, {"anthropic": {"order": ["part"]}}),
    "hidden": ({"anthropic": {"thinking": [HIDDEN]}}, {"anthropic": {"thinking": []}}),
}


@pytest.mark.parametrize(("extra", "left"), CASES.values(), ids=CASES)
def test_another_model_is_not_sent_them(extra: dict[str, Any], left: dict[str, Any] | None) -> None:
    sent, made = asked(extra), origins()
    for model_of_the_same_backend in (FIRST, SISTER):
        assert made.for_model(sent, model_of_the_same_backend) is sent
    for other in (ELSEWHERE, OTHER):
        assert made.for_model(sent, other).messages == (sent.messages[0], replace(sent.messages[1], extra=left))


def test_a_mark_beside_a_call_is_one() -> None:
    sent = asked(None, SIGNED | {"anthropic": {"cache_control": {}}})
    (call,) = origins().for_model(sent, OTHER).messages[1].tool_calls or ()
    assert call.extra == {"anthropic": {"cache_control": {}}}
    assert origins().for_model(sent, FIRST) is sent
    (bare,) = origins().for_model(asked(None, SIGNED), OTHER).messages[1].tool_calls or ()
    assert bare.extra is None


@pytest.mark.parametrize(
    "extra",
    [
        None,
        {"name": "n"},
        {"reasoning_content": "never thought here"},
        {"reasoning_content": 5},
        {"anthropic": {"order": [THOUGHT | {"signature": "another"}, 5], "x": "sig"}},
        {"anthropic": 5},
    ],
)
def test_what_nobody_remembers_is_sent(extra: dict[str, Any] | None) -> None:
    sent = asked(extra, {"x": 2**70})
    assert origins().for_model(sent, OTHER) is sent
    assert ThoughtOrigins().for_model(sent, OTHER) is sent


def test_the_oldest_are_forgotten() -> None:
    made = ThoughtOrigins(2)
    for word in ("one", "two", "three"):
        made.learn([Chunk(beside={"reasoning": word})], FIRST)
    sent = [asked({"reasoning": word}) for word in ("one", "two")]
    assert made.for_model(sent[0], OTHER) is sent[0]
    assert made.for_model(sent[1], OTHER) is not sent[1]
