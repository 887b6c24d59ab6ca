"""A client's search among its own tools, as Codex does for MCP servers: offered, called, its finds offered."""

import json
from typing import Any

import pytest
from api.response_shapes import checked_event, checked_response

from router.api.surfaces.openai_responses.parse import parse
from unit.api.test_responses_tools import body, calls, events, names, whole

SEARCH = {
    "type": "tool_search",
    "execution": "client",
    "description": "Finds tools.",
    "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
}
WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object"}, "defer_loading": True}
SKY = {"type": "namespace", "name": "mcp__sky", "description": "The sky.", "tools": [WEATHER]}
CALLED = {"type": "tool_search_call", "call_id": "c1", "execution": "client", "arguments": {"query": "wéather"}}
CAME_TO = {"type": "tool_search_output", "call_id": "c1", "execution": "client", "status": "completed", "tools": [SKY]}
USER = {"role": "user", "content": "hello"}


def test_it_is_a_function_for_the_model() -> None:
    (tool,) = parse(body(tools=[SEARCH])).request.tools or ()
    function = tool.function
    assert (function.name, function.description) == ("tool_search", "Finds tools.")
    assert function.parameters == SEARCH["parameters"]


def test_one_that_openai_would_run_is_left_out_with_a_note() -> None:
    parsed = parse(body(tools=[{"type": "tool_search"}]))
    assert (parsed.request.tools, parsed.notes) == (None, ("dropped:tools.tool_search",))


@pytest.mark.parametrize("read", [whole, lambda *a, **k: events(*a, **k)[-1]["response"]], ids=["whole", "stream"])
def test_its_call_comes_back_as_a_search(read: Any) -> None:
    response = read(calls("tool_search", '{"que', 'ry": "wéather"}'), tools=[SEARCH])
    checked_response(response)
    (item,) = response["output"]
    assert item == CALLED | {"id": item["id"], "status": "completed"}
    assert response["tools"] == [SEARCH]


def test_a_stream_says_a_search_at_once() -> None:
    said = events(calls("tool_search", '{"query": "x"}'), tools=[SEARCH])
    for event in said:
        checked_event(event)
    kinds = [event["type"].removeprefix("response.") for event in said]
    assert kinds == ["created", "in_progress", "output_item.added", "output_item.done", "completed"]


def test_arguments_that_are_no_json_stay_text() -> None:
    assert whole(calls("tool_search", '{"query'), tools=[SEARCH])["output"][0]["arguments"] == '{"query'


def test_what_it_came_to_is_offered_and_said() -> None:
    parsed = parse(body(input=[USER, CALLED, CAME_TO], tools=[SEARCH]))
    assert [tool.function.name for tool in parsed.request.tools or ()] == ["tool_search", "mcp__sky__weather"]
    _, asked, result = parsed.request.messages
    (call,) = asked.tool_calls or ()
    assert (call.id, call.function.name, json.loads(call.function.arguments)) == (
        "c1",
        "tool_search",
        CALLED["arguments"],
    )
    assert (result.role, result.tool_call_id) == ("tool", "c1")
    assert result.content == "These tools can be called now: mcp__sky__weather."


def test_a_search_without_a_result_says_so() -> None:
    parsed = parse(body(input=[USER, CALLED, CAME_TO | {"tools": []}], tools=[SEARCH]))
    assert parsed.request.messages[-1].content == "No tool fits."


def test_a_call_of_what_it_came_to_has_the_client_s_namespace() -> None:
    response = whole(calls("mcp__sky__weather", "{}"), input=[USER, CALLED, CAME_TO], tools=[SEARCH])
    (item,) = response["output"]
    assert (item["type"], item["name"], item["namespace"]) == ("function_call", "weather", "mcp__sky")


def test_a_search_that_openai_ran_leaves_its_tools() -> None:
    theirs: list[Any] = [{**item, "call_id": None, "execution": "server"} for item in (CALLED, CAME_TO)]
    parsed = parse(body(input=[USER, *theirs]))
    assert names(input=[USER, *theirs]) == ["mcp__sky__weather"]
    assert len(parsed.request.messages) == 1
    assert {"dropped:tool_search_call", "dropped:tool_search_output"} <= set(parsed.notes)
