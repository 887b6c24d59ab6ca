"""Thoughts, and what stands beside calls, over the Responses API: given out, and taken back."""

from typing import Any

import orjson
import pytest

from router.api.surfaces.openai_responses.output_items import Output
from router.api.surfaces.openai_responses.parse import parse
from router.api.surfaces.openai_responses.tools import NO_TOOLS
from router.types import Chunk, Message, ToolCallPiece

SIGNED = {"extra_content": {"google": {"thought_signature": "s"}}}
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
USER = {"role": "user", "content": "Go on."}


def reasoning(*words: str) -> dict[str, Any]:
    return {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": word} for word in words]}


def parsed(*items: dict[str, Any]) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    body = parse(orjson.dumps({"model": "m", "input": [USER, *items]}))
    return body.request.messages[1:], body.notes


SAID = {"role": "assistant", "content": "So."}
CASES: dict[str, tuple[list[dict[str, Any]], list[str | None], bool]] = {
    "before a call": ([reasoning("hm ", "so"), CALL], ["hm so"], False),
    "before words": ([reasoning("hm"), SAID], ["hm"], False),
    "twice in a turn": ([reasoning("hm"), CALL, reasoning("oh"), CALL], ["hmoh"], False),
    "two at once": ([reasoning("hm"), reasoning("oh"), CALL], ["hmoh"], False),
    "one of them hidden": ([reasoning("hm"), reasoning(), CALL], ["hm"], True),
    "hidden": ([reasoning(), CALL], [None], True),
    "before the user": ([reasoning("hm"), USER], [None], True),
    "at the end": ([SAID, reasoning("hm")], [None], True),
    "in another shape": ([{"type": "reasoning", "content": ["x", {"text": 5}]}, CALL], [None], True),
}


@pytest.mark.parametrize(("items", "thoughts", "dropped"), CASES.values(), ids=CASES)
def test_thoughts_that_can_be_read_go_with_what_follows_them(
    items: list[dict[str, Any]], thoughts: list[str | None], dropped: bool
) -> None:
    messages, notes = parsed(*items)
    assert [(message.extra or {}).get("reasoning_content") for message in messages] == thoughts
    assert ("dropped:reasoning" in notes) == dropped


def test_what_stands_beside_a_call_comes_and_goes() -> None:
    output = Output("id", NO_TOOLS)
    output.take(Chunk(tool_call=ToolCallPiece(0, "c", "f", "{}", SIGNED | {"odd": 1, "anthropic": {"caller": 1}})))
    (item,) = output.to_json()
    assert item["extra_content"] == SIGNED["extra_content"]
    assert not item.keys() & {"odd", "anthropic", "caller"}
    (message,), notes = parsed(CALL | SIGNED)
    assert message.tool_calls
    assert message.tool_calls[0].extra == SIGNED
    assert notes == ()


def test_signatures_make_no_empty_message() -> None:
    output = Output("id", NO_TOOLS)
    for beside in ({"reasoning_content": "hm"}, {"reasoning_signature": "s"}, {"redacted_thinking": [{"data": "x"}]}):
        output.take(Chunk(beside=beside))
    output.take(Chunk(tool_call=ToolCallPiece(0, "c", "f", "{}")))
    assert [item["type"] for item in output.to_json()] == ["reasoning", "function_call"]
