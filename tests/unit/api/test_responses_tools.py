"""Tools of the Responses API as functions and back, as coding agents send them."""

import json
import re
from typing import Any

import orjson
import pytest
from builders import SITUATION, ask, config, ending, exchange, features, model
from hypothesis import given
from hypothesis import strategies as st

from router.api.surfaces.openai_responses.parse import parse
from router.api.surfaces.openai_responses.surface import Responses
from router.api.surfaces.openai_responses.tools import ToolName, function_name
from router.decision.decide import decide
from router.decision.receipt import settle
from router.errors import BadRequest
from router.types import Chunk, NamedTool, ToolCallPiece
from router.types.custom_tools import custom_arguments, custom_input

PATCH = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Edits files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": 'start: "x"'},
}
READ = {"type": "function", "name": "read", "description": "Reads.", "parameters": {"type": "object"}}
FILES = {"type": "namespace", "name": "files", "description": "On this disk.", "tools": [READ, PATCH]}
ROWS = config(model())
MADE = exchange(decide(features(), ask(), SITUATION, ROWS), features(), ask(), SITUATION)
RECEIPT = settle(MADE, ending("m"), ROWS)


def body(**more: Any) -> bytes:
    return json.dumps({"model": "auto", "input": "hello", **more}).encode()


def names(**more: Any) -> list[str]:
    return [tool.function.name for tool in parse(body(**more)).request.tools or ()]


def calls(name: str, *arguments: str) -> list[Chunk]:
    begun = Chunk(tool_call=ToolCallPiece(0, "c1", name))
    pieces = [Chunk(tool_call=ToolCallPiece(0, arguments=piece)) for piece in arguments]
    return [begun, *pieces, Chunk(finish_reason="tool_calls")]


def whole(chunks: list[Chunk], **more: Any) -> Any:
    return orjson.loads(Responses().parse(body(**more), None).render(MADE, RECEIPT, chunks))


def events(chunks: list[Chunk], **more: Any) -> list[Any]:
    stream = Responses().parse(body(stream=True, **more), None).stream(MADE, "m")
    said = b"".join(stream.chunk(chunk) for chunk in chunks[:-1]) + stream.last(chunks[-1], RECEIPT)
    return [orjson.loads(line[6:]) for line in said.split(b"\n") if line.startswith(b"data: ")]


def test_a_custom_tool_is_a_function_of_one_text() -> None:
    (tool,) = parse(body(tools=[PATCH])).request.tools or ()
    assert tool.function.name == "apply_patch"
    assert tool.function.description == 'Edits files.\n\nThe input must follow this lark grammar:\nstart: "x"'
    assert (tool.function.parameters or {})["required"] == ["input"]
    assert parse(body(tools=[PATCH])).notes == ("approximated:tools.custom.format",)


def test_a_call_of_a_custom_tool_comes_back_as_one() -> None:
    chunks = calls("apply_patch", '{"inp', 'ut": "*** Begin\\n"}')
    (item,) = whole(chunks, tools=[PATCH])["output"]
    assert item == {
        "id": f"ctc_{MADE.id}_0",
        "type": "custom_tool_call",
        "status": "completed",
        "call_id": "c1",
        "name": "apply_patch",
        "input": "*** Begin\n",
    }
    sent = events(chunks, tools=[PATCH])
    assert sent[-1]["response"]["output"] == [item]
    assert [event["type"].removeprefix("response.") for event in sent[2:-1]] == [
        "output_item.added",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "output_item.done",
    ]
    assert sent[3]["delta"] == sent[4]["input"] == "*** Begin\n"
    assert sent[2]["item"]["input"] == ""


def test_namespaces_become_functions_and_calls_find_their_way_back() -> None:
    first, second = parse(body(tools=[READ, FILES])).request.tools[1:]  # type: ignore[index]
    assert (first.function.name, second.function.name) == ("files__read", "files__apply_patch")
    assert first.function.description == "About files: On this disk.\n\nReads."
    assert "On this disk" not in (second.function.description or "")
    for function, kind in (("files__read", "function_call"), ("files__apply_patch", "custom_tool_call")):
        (item,) = whole(calls(function, "{}"), tools=[READ, FILES])["output"]
        assert (item["type"], item["namespace"]) == (kind, "files")
        assert item["name"] == function.removeprefix("files__")
    (own,) = whole(calls("read", "{}"), tools=[READ, FILES])["output"]
    assert (own["name"], "namespace" in own) == ("read", False)


def test_past_calls_are_understood_under_the_same_names() -> None:
    items = [
        {"role": "user", "content": "go"},
        {"type": "function_call", "call_id": "c1", "name": "read", "namespace": "files", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "text"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "apply_patch", "input": "p"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "Done"}]},
    ]
    parsed = parse(body(input=items, tools=[PATCH, FILES]))
    said = [call.function for message in parsed.request.messages for call in message.tool_calls or ()]
    assert [(call.name, call.arguments) for call in said] == [("files__read", "{}"), ("apply_patch", '{"input":"p"}')]
    assert [(m.tool_call_id, m.content) for m in parsed.request.messages if m.role == "tool"] == [
        ("c1", "text"),
        ("c2", "Done"),
    ]


def test_additional_tools_are_offered_too() -> None:
    item = {"type": "additional_tools", "id": "at_1", "role": "developer", "tools": [FILES]}
    assert names(input=[item, {"role": "user", "content": "go"}]) == ["files__read", "files__apply_patch"]
    with pytest.raises(BadRequest, match="nothing to answer"):
        parse(body(input=[item]))


def test_what_openai_runs_is_left_out_with_a_note() -> None:
    parsed = parse(body(tools=[{"type": "web_search", "external_web_access": True}, READ]))
    assert parsed.notes == ("dropped:tools.web_search",)
    assert [tool.function.name for tool in parsed.request.tools or ()] == ["read"]
    hosted = {"type": "namespace", "name": "n", "tools": [{"type": "file_search"}]}
    assert parse(body(tools=[hosted], tool_choice="auto")).request.tool_choice is None
    assert [tool["type"] for tool in whole(calls("read"), tools=[{"type": "web_search"}, READ])["tools"]] == [
        "function"
    ]


@pytest.mark.parametrize(
    "choice",
    [
        {"type": "web_search"},
        {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "web_search"}]},
        {"type": "function", "name": "apply_patch"},
        "required",
    ],
)
def test_a_choice_of_what_is_left_out_is_refused(choice: Any) -> None:
    tools = [{"type": "web_search"}] if choice == "required" else [{"type": "web_search"}, PATCH]
    with pytest.raises(BadRequest) as caught:
        parse(body(tools=tools, tool_choice=choice))
    assert caught.value.param == "tool_choice"


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ({"type": "custom", "name": "apply_patch"}, "files__apply_patch"),
        ({"type": "function", "name": "read", "namespace": "files"}, "files__read"),
    ],
)
def test_a_choice_names_the_clients_tool(choice: Any, name: str) -> None:
    chosen = parse(body(tools=[READ, FILES], tool_choice=choice)).request.tool_choice
    assert isinstance(chosen, NamedTool)
    assert chosen.function.name == name


def test_too_many_functions_are_refused() -> None:
    many = [
        {"type": "namespace", "name": f"n{k}", "tools": [READ | {"name": f"f{i}"} for i in range(128)]}
        for k in range(5)
    ]
    with pytest.raises(BadRequest, match="there are 640, and the most is 512"):
        parse(body(tools=many))


@pytest.mark.parametrize("arguments", ["*** Begin", '"*** Begin"', '{"input": "*** Begin"}'])
def test_the_input_of_a_custom_tool_is_read_whatever_the_model_wrote(arguments: str) -> None:
    assert custom_input(arguments) == "*** Begin"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_an_input_comes_back_as_it_was(text: str) -> None:
    assert custom_input(custom_arguments(text)) == text


NAMES = st.one_of(
    st.sampled_from(["a", "b", "a__b", "b__c", "a.b", "a_b", "x" * 64, "x" * 65, "é"]),
    st.text(alphabet="ab._é", min_size=1, max_size=80),
)


def own(name: str, custom: bool) -> dict[str, Any]:
    return {"type": "custom" if custom else "function", "name": name}


@given(st.lists(st.tuples(st.none() | NAMES, NAMES, st.booleans()), unique=True, max_size=12))
def test_names_are_legal_and_unique_and_lead_back(tools: list[tuple[str | None, str, bool]]) -> None:
    sent = [
        own(name, custom) if space is None else {"type": "namespace", "name": space, "tools": [own(name, custom)]}
        for space, name, custom in tools
    ]
    parsed = parse(body(tools=sent))
    made = [tool.function.name for tool in parsed.request.tools or ()]
    assert len(set(made)) == len(tools)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in made)
    expected = [ToolName(name, space, "custom" if custom else "function") for space, name, custom in tools]
    assert [parsed.tools.tool_of(name) for name in made] == expected
    assert [parsed.tools.function_of(tool) for tool in expected] == made


@pytest.mark.parametrize("type_", ["functon", "functions", "cutom", "namespaces"])
def test_a_misspelt_type_is_refused_not_left_out(type_: str) -> None:
    with pytest.raises(BadRequest, match="Did you mean"):
        parse(orjson.dumps({"model": "m", "input": "x", "tools": [{"type": type_, "name": "f"}]}))


def test_a_tool_that_is_called_what_anothers_hash_is_keeps_its_name() -> None:
    long = "n" * 80
    taken = function_name(ToolName(long))
    tools = [{"type": "function", "name": name, "parameters": {}} for name in (long, taken)]
    table = parse(orjson.dumps({"model": "m", "input": "x", "tools": tools})).tools
    assert table.functions[ToolName(taken)] == taken
    assert len(set(table.functions.values())) == 2
    assert all(table.tool_of(function) == name for name, function in table.functions.items())
