"""What is asked of Anthropic's API: bodies that its official types accept, and notes of what had to change."""

from typing import Any

import orjson
import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming, MessageCreateParamsStreaming
from pydantic import TypeAdapter
from stub_samples import DAY, WEATHER, call, model

from providers.anthropic.body import JSON_PLEASE, body
from router.errors import ProviderError
from router.types import (
    FunctionCall,
    Message,
    NamedFunction,
    NamedTool,
    Parameters,
    Part,
    ResponseFormat,
    SchemaFormat,
    ToolCall,
)

WHOLE: TypeAdapter[Any] = TypeAdapter(MessageCreateParamsNonStreaming)
STREAMED: TypeAdapter[Any] = TypeAdapter(MessageCreateParamsStreaming)


def consumed(value: Any) -> None:
    """The official types validate lists while they are read."""
    if isinstance(value, dict):
        value = value.values()
    elif isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        return
    for item in value:
        consumed(item)


def written(**ask: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body, after the official types have accepted it."""
    of = ask.pop("of", None)
    data, notes, *_ = body(call(of=of, **ask), "claude-up")
    parsed = orjson.loads(data)
    consumed((STREAMED if ask.get("stream") else WHOLE).validate_python(parsed))
    return parsed, notes


def test_the_least_body_has_a_limit_for_that_api_needs_one() -> None:
    body, notes = written()
    assert body == {
        "model": "claude-up",
        "max_tokens": 16_000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Why is the sky blue?"}]}],
    }
    assert notes == ()


@pytest.mark.parametrize(
    ("ask", "limit"),
    [({"max_tokens": 5}, 5), ({"max_completion_tokens": 9}, 9), ({"max_tokens": 5, "max_completion_tokens": 9}, 9)],
)
def test_the_client_s_limit_goes_before_the_catalog_s(ask: dict[str, int], limit: int) -> None:
    assert written(**ask)[0]["max_tokens"] == limit


def test_system_words_before_all_turns_stand_apart_in_their_order() -> None:
    body, _ = written(
        messages=(
            Message("system", "Be brief."),
            Message("developer", (Part("text", "Be kind.", extra={"cache_control": {"type": "ephemeral"}}),)),
            Message("user", "Hi"),
            Message("assistant", "Hello"),
            Message("user", ""),
            Message("user", (Part("text", ""), Part("text", "안녕"))),
        )
    )
    assert body["system"] == [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}},
    ]
    assert [(turn["role"], [block["text"] for block in turn["content"]]) for turn in body["messages"]] == [
        ("user", ["Hi"]),
        ("assistant", ["Hello"]),
        ("user", ["안녕"]),
    ]


def test_calls_and_their_results_become_blocks_and_results_share_a_turn() -> None:
    calls = (
        ToolCall("call_1", FunctionCall("get_weather", '{"city": "Seoul"}')),
        ToolCall("call_2", FunctionCall("get_weather", "not JSON")),
        ToolCall("call_3", FunctionCall("get_weather", "[1]")),
        ToolCall("call_4", FunctionCall("get_weather", "")),
    )
    body, _ = written(
        messages=(
            Message("user", "Weather?"),
            Message("assistant", "I'll look.", tool_calls=calls),
            Message("tool", "20 degrees", tool_call_id="call_1"),
            Message("tool", (Part("text", "none"),), tool_call_id="call_2"),
            Message("user", "And?"),
        )
    )
    assistant, user = body["messages"][1:]
    assert [block.get("input") for block in assistant["content"]] == [
        None,
        {"city": "Seoul"},
        {"arguments": "not JSON"},
        {"arguments": [1]},
        {},
    ]
    assert [block["type"] for block in user["content"]] == ["tool_result", "tool_result", "text"]
    assert user["content"][1]["content"] == [{"type": "text", "text": "none"}]


def test_images_and_documents_come_by_address_or_by_their_bytes() -> None:
    parts = (
        Part("image_url", image_url={"url": "data:image/png;base64,aGk="}),
        Part("image_url", image_url={"url": "https://example.org/a.png"}),
        Part("file", file={"file_data": "data:application/pdf;base64,aGk="}),
        Part("file", file={"file_data": "aGk="}),
        Part("refusal", refusal="No."),
    )
    body, _ = written(messages=(Message("user", parts),))
    blocks = body["messages"][0]["content"]
    assert [block["type"] for block in blocks] == ["image", "image", "document", "document", "text"]
    assert blocks[0]["source"] == {"type": "base64", "media_type": "image/png", "data": "aGk="}
    assert blocks[1]["source"] == {"type": "url", "url": "https://example.org/a.png"}
    assert blocks[3]["source"]["media_type"] == "application/pdf"


def test_a_file_by_its_id_is_passed_on() -> None:
    data, *_ = body(call(messages=(Message("user", (Part("file", file={"file_id": "file_1"}),)),)), "up")
    assert orjson.loads(data)["messages"][0]["content"][0]["source"] == {"type": "file", "file_id": "file_1"}


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Part("input_audio", input_audio={"data": "aGk=", "format": "wav"}), "takes no input_audio"),
        (Part("image_url", image_url={"url": "data:image/png,raw"}), "must be base64"),
        (Part("file", file={}), "its data or its id"),
    ],
)
def test_a_part_that_it_cannot_take_is_refused_and_never_left_out(part: Part, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        body(call(messages=(Message("user", (part,)),)), "up")
    assert caught.value.outcome == "rejected"


@pytest.mark.parametrize(
    ("ask", "choice"),
    [
        ({}, None),
        ({"tool_choice": "auto"}, {"type": "auto"}),
        ({"tool_choice": "none"}, {"type": "none"}),
        ({"tool_choice": "none", "parallel_tool_calls": False}, {"type": "none"}),
        ({"tool_choice": "required"}, {"type": "any"}),
        ({"parallel_tool_calls": True}, None),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        (
            {"tool_choice": NamedTool("function", NamedFunction("get_weather")), "parallel_tool_calls": False},
            {"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True},
        ),
    ],
)
def test_the_choice_of_tools_is_said_in_its_words(ask: dict[str, Any], choice: object) -> None:
    body, notes = written(tools=(WEATHER,), **ask)
    assert body.get("tool_choice") == choice
    assert body["tools"][0]["input_schema"] == WEATHER.function.parameters
    assert notes == ()


def test_a_choice_without_tools_says_nothing() -> None:
    assert "tool_choice" not in written(tool_choice="auto")[0]


def test_a_schema_is_a_form_of_its_own_and_json_without_one_is_asked_for_in_words() -> None:
    schema = {"type": "object", "properties": {}}
    body, notes = written(response_format=ResponseFormat("json_schema", SchemaFormat("form", schema)))
    closed = schema | {"additionalProperties": False}
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": closed}}
    assert notes == ("approximated:schema.additionalProperties",)
    body, notes = written(response_format=ResponseFormat("json_object"))
    assert body["system"][-1]["text"] == JSON_PLEASE
    assert notes == ("approximated:response_format",)
    assert written(response_format=ResponseFormat("text"))[1] == ()


def test_how_hot_and_where_to_stop() -> None:
    body, notes = written(temperature=1.5, top_p=0.9, stop=("END", ""), n=1)
    assert (body["temperature"], body["top_p"], body["stop_sequences"]) == (1.0, 0.9, ["END"])
    assert notes == ("clamped:temperature=1",)
    assert written(temperature=0.3, stop="")[0].keys() == {"model", "max_tokens", "messages", "temperature"}


@pytest.mark.parametrize(
    ("effort", "expected", "noted"),
    [
        ("high", "high", ()),
        ("minimal", "low", ("renamed:reasoning_effort=low",)),
        ("none", None, ("dropped:reasoning_effort",)),
    ],
)
def test_effort_is_said_in_its_words(effort: str, expected: str | None, noted: tuple[str, ...]) -> None:
    body, notes = written(reasoning_effort=effort)
    assert body.get("output_config", {}).get("effort") == expected
    assert notes == noted


def test_who_asks_is_passed_on() -> None:
    assert written(user="u1")[0]["metadata"] == {"user_id": "u1"}
    body, notes = written(user="u1", safety_identifier="s1")
    assert body["metadata"] == {"user_id": "s1"}
    assert notes == ()


def test_what_it_has_no_word_for_is_left_out_and_noted() -> None:
    body, notes = written(n=2, seed=4, logprobs=True, logit_bias={"5": 1.0}, extra={"min_p": 0.1, "top_k": 5})
    assert body["top_k"] == 5
    assert set(notes) == {"dropped:n", "dropped:seed", "dropped:logprobs", "dropped:logit_bias", "dropped:min_p"}
    assert not {"n", "seed", "logprobs", "logit_bias", "min_p"} & body.keys()


def test_what_the_catalog_says_that_a_model_refuses_is_left_out_and_noted() -> None:
    thinking = model(parameters=Parameters("a test", DAY, drops=("temperature", "top_p")))
    body, notes = written(of=thinking, temperature=0.5)
    assert "temperature" not in body
    assert notes == ("dropped:temperature",)


def test_a_stream_is_asked_for() -> None:
    assert written(stream=True)[0]["stream"] is True


def test_only_names_of_betas_become_a_header_and_only_objects_are_tools() -> None:
    words = {
        "betas": ["good-1", "x\r\nhost: elsewhere", 5],
        "client_tools": [5, {"type": "bash_20250124", "name": "b"}],
    }
    data, notes, headers = body(call(extra={"anthropic": words}), "claude-up")
    assert headers == {"anthropic-beta": "good-1"}
    assert orjson.loads(data)["tools"] == [{"type": "bash_20250124", "name": "b"}]
    assert "dropped:betas" in notes


@pytest.mark.parametrize("word", ["betas", "client_tools"])
@pytest.mark.parametrize("value", [5, "x\r\ny: z", {"a": 1}, True])
def test_what_is_no_list_is_no_beta_and_no_tool(word: str, value: Any) -> None:
    data, _, headers = body(call(extra={"anthropic": {word: value}}), "claude-up")
    assert headers is None
    assert "tools" not in orjson.loads(data)
