"""What the Responses API is asked, in the line's own words; and what is refused of it."""

import json
from typing import Any

import pytest

from router.api.surfaces.openai_responses.parse import parse
from router.errors import BadRequest
from router.types import ChatRequest, Message, Options, Part, ResponseFormat, Tool
from router.types.chat import FunctionCall, FunctionSpec, NamedFunction, NamedTool, SchemaFormat, ToolCall

HELLO = {"role": "user", "content": "hello"}
TOOL = {"type": "function", "name": "f", "description": "does", "parameters": {"type": "object"}, "strict": True}

CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}", "id": "fc_1", "status": "completed"}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hm", "annotations": []}]}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "21"}]}


def heard(**body: Any) -> ChatRequest:
    request, *_ = parse(json.dumps({"model": "auto", "input": "hello", **body}).encode())
    return request


def notes(**body: Any) -> tuple[str, ...]:
    return parse(json.dumps({"model": "auto", "input": "hello", **body}).encode())[1]


def refused(**body: Any) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        heard(**body)
    return caught.value


def messages(*items: dict[str, Any], **body: Any) -> tuple[Message, ...]:
    return heard(input=list(items), **body).messages


def test_every_word_has_its_place_in_the_request() -> None:
    request = heard(
        instructions="be brief",
        tools=[TOOL],
        tool_choice="auto",
        parallel_tool_calls=False,
        max_output_tokens=7,
        temperature=0.5,
        top_p=0.25,
        top_logprobs=3,
        text={"format": {"type": "json_object"}, "verbosity": "low"},
        reasoning={"effort": "high"},
        stream=True,
        metadata={"a": "b"},
        user="u",
        prompt_cache_key="k",
        safety_identifier="s",
        service_tier="flex",
        include=["message.output_text.logprobs"],
        truncation="disabled",
        store=False,
        fungible={"consent": "family"},
        top_k=5,
    )
    assert request == ChatRequest(
        "auto",
        (Message("system", "be brief"), Message("user", "hello")),
        max_completion_tokens=7,
        stream=True,
        temperature=0.5,
        top_p=0.25,
        tools=(Tool("function", FunctionSpec("f", "does", {"type": "object"}, True)),),
        tool_choice="auto",
        parallel_tool_calls=False,
        response_format=ResponseFormat("json_object"),
        user="u",
        metadata={"a": "b"},
        fungible=Options(consent="family"),
        logprobs=True,
        top_logprobs=3,
        reasoning_effort="high",
        verbosity="low",
        service_tier="flex",
        prompt_cache_key="k",
        safety_identifier="s",
        extra={"top_k": 5},
    )


def test_what_was_not_said_is_not_asked() -> None:
    nothing = dict.fromkeys(["tools", "text", "previous_response_id", "conversation", "prompt", "top_k", "reasoning"])
    plain = ChatRequest("auto", (Message("user", "hello"),))
    assert heard() == heard(**nothing, background=False, tools_are_none=None) == plain
    assert heard(tool_choice="auto", parallel_tool_calls=True, text={"format": {"type": "text"}}) == plain
    assert notes(store=False, truncation="disabled", stream_options={"include_obfuscation": False}) == ()


def test_a_schema_for_the_answer() -> None:
    form = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True, "description": "d"}
    response_format = heard(text={"format": form}).response_format
    assert response_format == ResponseFormat("json_schema", SchemaFormat("n", {"type": "object"}, "d", True))
    assert refused(text={"format": {"type": "json_schema", "name": "n"}}).param == "text.format.schema"


def test_a_choice_of_tools() -> None:
    other = TOOL | {"name": "g"}
    assert heard(tools=[TOOL], tool_choice={"type": "function", "name": "f"}).tool_choice == NamedTool(
        "function", NamedFunction("f")
    )
    some = heard(
        tools=[TOOL, other],
        tool_choice={"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "g"}]},
    )
    assert [tool.function.name for tool in some.tools or ()] == ["g"]
    assert some.tool_choice == "required"
    assert "'h'" in refused(tools=[TOOL], tool_choice={"type": "function", "name": "h"}).message
    assert refused(tool_choice="required").param == "tool_choice"
    assert "web_search is no tool of yours" in refused(tools=[TOOL], tool_choice={"type": "web_search"}).message


def test_parts_become_parts_and_one_text_a_text() -> None:
    assert messages({"role": "user", "content": [{"type": "input_text", "text": "hi"}]}) == (Message("user", "hi"),)
    (message,) = messages(
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "look"},
                {"type": "input_image", "image_url": "https://a/b.png", "detail": "low"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA"},
                {"type": "input_file", "file_data": "data:application/pdf;base64,AA", "filename": "a.pdf"},
                {"type": "input_file", "file_id": "file_1"},
                {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
            ],
        }
    )
    assert message.content == (
        Part("text", "look"),
        Part("image_url", image_url={"url": "https://a/b.png", "detail": "low"}),
        Part("image_url", image_url={"url": "data:image/png;base64,AA"}),
        Part("file", file={"file_data": "data:application/pdf;base64,AA", "filename": "a.pdf"}),
        Part("file", file={"file_id": "file_1"}),
        Part("input_audio", input_audio={"data": "AA", "format": "wav"}),
    )


def test_what_nobody_has_named_goes_on_to_the_backend() -> None:
    cached = {"type": "input_text", "text": "hi", "cache_control": {"type": "ephemeral"}, "annotations": []}
    (message,) = messages({"role": "user", "content": [cached], "id": "msg_1", "status": "completed", "mood": "good"})
    assert message.extra == {"mood": "good"}
    assert message.content == (Part("text", "hi", extra={"cache_control": {"type": "ephemeral"}}),)


MADE = ToolCall("c1", FunctionCall("f", "{}"))
MADE_TOO = ToolCall("c2", FunctionCall("f", "{}"))


def test_a_turn_s_words_and_calls_stand_in_one_message() -> None:
    result = RESULT
    thought = {"type": "reasoning", "id": "r", "summary": []}
    turn = messages(HELLO, thought, SAID, CALL, thought, CALL | {"call_id": "c2"}, result, result | {"output": "22"})
    assert turn == (
        Message("user", "hello"),
        Message("assistant", "hm", tool_calls=(MADE, MADE_TOO)),
        Message("tool", "21", tool_call_id="c1"),
        Message("tool", "22", tool_call_id="c1"),
    )
    assert messages(HELLO, CALL, SAID)[1] == Message("assistant", "hm", tool_calls=(MADE,))
    twice = messages(HELLO, SAID, CALL, SAID)[1]
    assert twice == Message("assistant", (Part("text", "hm"), Part("text", "hm")), tool_calls=(MADE,))
    assert messages(HELLO, SAID, SAID)[1:] == (Message("assistant", "hm"), Message("assistant", "hm"))


def test_a_refusal_is_what_the_model_said() -> None:
    (_, said) = messages(HELLO, {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]})
    assert said.content == (Part("refusal", refusal="no"),)


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ({"store": True}, "store"),
        ({"truncation": "auto"}, "truncation"),
        ({"stream_options": {"include_obfuscation": True}}, "stream_options"),
        ({"include": ["file_search_call.results", "x\n" * 99]}, "include=file_search_call.results"),
        ({"reasoning": {"summary": "auto"}}, "reasoning.summary"),
        ({"max_tool_calls": 1}, "max_tool_calls"),
        ({"tools": [TOOL | {"defer_loading": True, "async": None}]}, "tools.defer_loading"),
        ({"text": {"verbosity": "low", "other": 1}}, "text.other"),
        ({"input": [HELLO, CALL | {"caller": {"type": "program"}, "async": None}]}, "function_call.caller"),
        ({"input": [HELLO, CALL, RESULT | {"caller": {"type": "direct"}}]}, "function_call_output.caller"),
        ({"context_management": [{"type": "compaction"}]}, "context_management"),
        ({"input": [{"type": "reasoning"}, HELLO]}, "reasoning"),
        ({"input": [HELLO | {"phase": "commentary"}]}, "phase"),
    ],
)
def test_what_is_dropped_is_noted(body: dict[str, Any], note: str) -> None:
    noted = notes(**body)
    assert noted[0] == f"dropped:{note}"
    assert all(len(note) < 120 and note.isprintable() for note in noted)


def test_notes_of_a_client_s_words_are_few() -> None:
    assert len(notes(reasoning={f"word {number}": 1 for number in range(1000)})) == 32


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id", "Send its items again"),
        ({"conversation": {"id": "c"}}, "conversation", "Send the items"),
        ({"background": True}, "background", "Leave it out"),
        ({"prompt": {"id": "p"}}, "prompt", "`instructions` and `input`"),
        (
            {"tools": [TOOL, {"type": "file_search"}], "tool_choice": {"type": "file_search"}},
            "tool_choice",
            "file_search",
        ),
        ({"tools": [{"type": "computer_use_preview"}], "tool_choice": "required"}, "tool_choice", "no tools"),
        ({"input": [HELLO, {"id": "msg_1"}]}, "input.1", "'msg_1' can't be looked up"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input.0", "Send the item itself"),
        ({"input": [{"type": "web_search_call"}]}, "input.0", "web_search_call"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
            "input.0.content.0",
            "kept",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "u"}]}]},
            "input.0.content.0",
            "data",
        ),
        ({"input": [{"type": "reasoning"}]}, "input", "Send a message"),
        ({"messages": [HELLO]}, "messages", "Say `input`"),
        ({"max_tokens": 5}, "max_tokens", "Say `max_output_tokens`"),
        ({"n": 2}, "n", "a word of chat completions"),
        ({"input": []}, "input", "at least 1 item"),
        ({"input": [5]}, "input.0", "object"),
        ({"input": [HELLO | {"content": [{"type": "input_image"}]}]}, "input.0.content.0.image_url", "required"),
        ({"input": [{"type": ["x"]}]}, "input.0", "one of: message, function_call"),
        ({"input": [HELLO | {"role": "tool"}]}, "input.0.role", "'user', 'assistant'"),
        ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input.0.content.0.text", "required"),
        ({"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, "input.0.content.0", "input_text"),
        ({"tools": [{"type": "function"}]}, "tools.0.name", "required"),
        ({"tools": [5]}, "tools.0", "object"),
        ({"temperature": 3}, "temperature", "less than or equal to 2"),
        ({"stream": "yes"}, "stream", "boolean"),
        ({"tool_choice": "any"}, "tool_choice", "'none', 'auto' or 'required'"),
        ({"fungible": {"consnt": "any"}}, "fungible.consnt", "unexpected"),
    ],
)
def test_what_is_refused_says_where_and_what_would_be_right(body: dict[str, Any], param: str, says: str) -> None:
    error = refused(**body)
    assert error.param == param
    assert says in error.message


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"{}", b'{"model": "auto"}', b'{"input": NaN}'])
def test_bodies_that_are_none(body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse(body)
