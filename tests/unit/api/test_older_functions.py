"""Clients that still ask with `functions` are offered tools, and answered in their own words."""

from typing import Any

import orjson
import pytest

from router.api.surfaces.openai_chat.older_functions import in_older_words
from router.api.surfaces.openai_chat.surface import ChatCompletions, parse
from router.errors import BadRequest
from router.types import ChatRequest, FunctionCall, ToolCall
from router.types.chat import NamedFunction, NamedTool

SPEC = {"name": "weather", "parameters": {"type": "object"}}
CALLED = {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": "{}"}, "x": 1}
RESULT = {"role": "function", "name": "weather", "content": "21"}


def asked(*turns: Any, **more: Any) -> ChatRequest:
    messages = [{"role": "user", "content": "Oslo?"}, *turns]
    return parse(orjson.dumps({"model": "m", "messages": messages, "functions": [SPEC]} | more))


def test_functions_are_tools() -> None:
    request = asked()
    assert [tool.function.name for tool in request.tools or ()] == ["weather"]
    assert (request.tool_choice, request.parallel_tool_calls, request.extra) == (None, False, None)
    assert asked(function_call="none", seen=1).tool_choice == "none"
    assert asked(function_call={"name": "weather"}).tool_choice == NamedTool("function", NamedFunction("weather"))


def test_calls_and_results_find_each_other() -> None:
    _, call, result, other = asked(CALLED, RESULT, RESULT | {"name": "time"}).messages
    assert call.tool_calls == (ToolCall("call_1", FunctionCall("weather", "{}")),)
    assert call.extra == {"x": 1}
    assert (result.role, result.name, result.tool_call_id) == ("tool", None, "call_1")
    assert (other.role, other.name) == ("function", "time")


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"functions": [{"name": 5}]}, "functions.0.name"),
        ({"functions": "weather"}, "functions"),
        ({"function_call": {"name": 5}}, "function_call.name"),
        ({"messages": [{"role": "assistant", "function_call": {"name": "f"}}]}, "function_call.arguments"),
    ],
)
def test_what_is_wrong_is_said_in_their_words(more: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as refused:
        asked(**more)
    assert refused.value.param == param


def test_tools_beside_functions_count_alone() -> None:
    both = asked(tools=[{"type": "function", "function": {"name": "t"}}])
    assert [tool.function.name for tool in both.tools or ()] == ["t"]


def test_an_answer_has_the_first_call_alone() -> None:
    calls = [{"id": "a", "function": {"name": "f", "arguments": "{}"}}, {"id": "b", "function": {"name": "g"}}]
    choice = {"index": 0, "message": {"content": None, "tool_calls": calls}, "finish_reason": "tool_calls"}
    assert in_older_words(choice, "message") == {
        "index": 0,
        "message": {"content": None, "function_call": {"name": "f", "arguments": "{}"}},
        "finish_reason": "function_call",
    }
    later = {"delta": {"tool_calls": [{"index": 1, "function": {"arguments": "x"}}]}, "finish_reason": None}
    assert in_older_words(later, "delta") == {"delta": {}, "finish_reason": None}
    assert ChatCompletions().parse(orjson.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]}), None)
