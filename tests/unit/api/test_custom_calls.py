"""Custom tools as functions of one text, and back."""

from hypothesis import given
from hypothesis import strategies as st

from router.api.surfaces.openai_chat.custom_calls import CustomCalls, customised
from router.types import ChatRequest, Chunk, Message, ToolCallPiece
from router.types.chat import CustomCall, CustomSpec, CustomTool, CustomToolCall, NamedCustom, NamedFunction
from router.types.custom_tools import custom_arguments, custom_description, custom_input

EDIT = CustomTool("custom", CustomSpec("edit"))


@given(st.text(st.characters(codec="utf-8")))
def test_an_input_comes_back_as_it_was(text: str) -> None:
    assert custom_input(custom_arguments(text)) == text


def test_whatever_a_model_wrote_is_an_input() -> None:
    assert custom_input('"x"') == "x"
    for odd in ("no JSON", "[1]", '{"input": 5}', "[" * 100_000):
        assert custom_input(odd) == odd


def test_what_a_model_is_told_of_one() -> None:
    grammar = {"syntax": "lark", "definition": "start: x"}
    assert (
        custom_description(["Edits.", None], grammar) == "Edits.\n\nThe input must follow this lark grammar:\nstart: x"
    )
    assert custom_description([None], {"definition": "x"}) == "The input must follow this grammar:\nx"
    assert custom_description([], {"syntax": "lark"}) is custom_description([None], "x") is None


def test_each_has_the_face_of_a_function() -> None:
    assert (EDIT.function.name, EDIT.function.description) == ("edit", None)
    assert CustomToolCall("c", CustomCall("edit", "x")).function.arguments == '{"input":"x"}'
    assert NamedCustom("custom", NamedFunction("edit")).function.name == "edit"


def begun(position: int, name: str, arguments: str = "") -> Chunk:
    return Chunk(tool_call=ToolCallPiece(position, f"c{position}", name, arguments))


def test_calls_wait_for_their_end_and_all_else_passes() -> None:
    chunks = [
        Chunk(text="So."),
        begun(0, "edit", '{"input":'),
        begun(1, "read", "{}"),
        Chunk(tool_call=ToolCallPiece(0, arguments='"x"}'), text="!"),
        begun(2, "edit"),
        Chunk(tool_call=ToolCallPiece(3, "c3", "edit", "plain", plain=True)),
        Chunk(1, finish_reason="stop"),
        Chunk(finish_reason="tool_calls"),
    ]
    request = ChatRequest("m", (Message("user", "x"),), tools=(EDIT,))
    assert list(customised(request, chunks)) == [
        chunks[0],
        chunks[2],
        Chunk(text="!"),
        *chunks[5:7],
        Chunk(tool_call=ToolCallPiece(0, "c0", "edit", "x", plain=True), more=True),
        Chunk(tool_call=ToolCallPiece(2, "c2", "edit", "", plain=True), more=True),
        chunks[7],
    ]
    without = ChatRequest("m", (Message("user", "x"),))
    assert customised(without, chunks) is chunks
    assert list(CustomCalls(frozenset()).take(chunks[1])) == [chunks[1]]
