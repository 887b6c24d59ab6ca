"""What is asked of a backend over OpenAI's API: what the client said, but for what is noted."""

from typing import Any

import orjson
import pytest
from stub_samples import DAY, WEATHER, call, model

from providers.openai.body import body
from providers.openai.kinds import KINDS
from router.api.surfaces.openai_chat.surface import parse
from router.types import Call, ChatRequest, Message, Parameters, Part

FULL: dict[str, Any] = {
    "model": "any",
    "messages": [
        {"role": "developer", "content": "Be brief."},
        {
            "role": "user",
            "name": "kim",
            "content": [
                {"type": "text", "text": "이게 뭐야?", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}},
                {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
                {"type": "file", "file": {"file_id": "f1"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "Hm.",
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "20"},
    ],
    "max_completion_tokens": 50,
    "n": 2,
    "stop": ["END"],
    "seed": 4,
    "temperature": 0.5,
    "top_p": 0.9,
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": True}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "parallel_tool_calls": False,
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}},
    "user": "u1",
    "metadata": {"a": "b"},
    "frequency_penalty": 0.5,
    "presence_penalty": -0.5,
    "logit_bias": {"50256": -100.0},
    "logprobs": True,
    "top_logprobs": 3,
    "reasoning_effort": "minimal",
    "verbosity": "low",
    "service_tier": "flex",
    "store": False,
    "prompt_cache_key": "k",
    "safety_identifier": "s",
    "modalities": ["text"],
    "audio": {"voice": "alloy", "format": "mp3"},
    "prediction": {"type": "content", "content": "x"},
    "web_search_options": {},
    "top_k": 5,
    "chat_template_kwargs": {"enable_thinking": False},
    "extra": {"a": 1},
}


def parsed(**changes: Any) -> ChatRequest:
    return parse(orjson.dumps(FULL | changes))


def written(request: ChatRequest, parameters: Parameters | None = None, **how: Any) -> tuple[Any, tuple[str, ...]]:
    asked = Call(request, model(parameters=parameters), call().features)
    data, notes, *_ = body(asked, "up", **({"kind": KINDS["compatible"], "usage_in_streams": True} | how))
    return orjson.loads(data), notes


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(value) for key, value in value.items() if value is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


PRICED = ("service_tier", "audio", "prediction", "web_search_options")


def test_all_that_costs_what_was_held_for_reaches_the_backend() -> None:
    body, notes = written(parsed())
    full = without_nulls(FULL) | {"model": "up"}
    full["messages"][1]["content"][0].pop("cache_control")
    assert body == {name: value for name, value in full.items() if name not in (*PRICED, "extra")}
    assert set(notes) == {"dropped:content.cache_control", "dropped:extra", *(f"dropped:{name}" for name in PRICED)}


def test_what_is_for_the_router_does_not() -> None:
    body, _ = written(parsed(fungible={"consent": "any"}, stream_options={"include_usage": False}, stream=False))
    assert not {"fungible", "stream_options", "stream"} & body.keys()


def test_a_stream_is_asked_to_count_unless_its_backend_refuses_that() -> None:
    streamed = call(stream=True).request
    assert written(streamed)[0]["stream_options"] == {"include_usage": True}
    assert "stream_options" not in written(streamed, usage_in_streams=False)[0]


@pytest.mark.parametrize("name", ["models", "route", "fallbacks"])
def test_nobody_else_may_replace_the_model(name: str) -> None:
    body, notes = written(parsed(**{name: ["other"]}))
    assert name not in body
    assert f"dropped:{name}" in notes


DROPS = ("temperature", "top_p", "top_k", "suffix")


def refusing(*drops: str, **more: Any) -> Parameters:
    return Parameters("a test", DAY, drops, **more)


def test_what_a_model_refuses_is_left_out_and_noted_where_it_was_said() -> None:
    body, notes = written(call(temperature=0.5, top_p=0.5, extra={"top_k": 5}).request, refusing(*DROPS))
    assert not {"temperature", "top_p", "top_k"} & body.keys()
    assert notes == ("dropped:temperature", "dropped:top_p", "dropped:top_k")


@pytest.mark.parametrize(
    ("ask", "name", "limit", "notes"),
    [
        ({"max_tokens": 5}, "max_completion_tokens", 5, ("renamed:max_tokens=max_completion_tokens",)),
        ({"max_completion_tokens": 5}, "max_completion_tokens", 5, ()),
        ({"max_completion_tokens": 5}, "max_tokens", 5, ("renamed:max_completion_tokens=max_tokens",)),
        (
            {"max_tokens": 9, "max_completion_tokens": 5},
            "max_tokens",
            5,
            ("renamed:max_completion_tokens=max_tokens",),
        ),
        ({}, "max_tokens", None, ()),
    ],
)
def test_the_limit_has_the_name_that_the_model_knows(
    ask: dict[str, int], name: Any, limit: int | None, notes: tuple[str, ...]
) -> None:
    body, noted = written(call(**ask).request, refusing(max_tokens=name))
    assert [body.get(key) for key in ("max_tokens", "max_completion_tokens") if key in body] == [limit] * bool(limit)
    assert body.get(name) == limit
    assert noted == notes


def test_a_role_that_it_does_not_know_is_the_one_that_it_knows() -> None:
    messages = (Message("developer", "a"), Message("developer", "b"), Message("user", "c"))
    body, notes = written(call(messages=messages).request, refusing(developer="system"))
    assert [message["role"] for message in body["messages"]] == ["system", "system", "user"]
    assert notes == ("renamed:developer=system",)


def test_tools_are_passed_on_without_what_was_not_said() -> None:
    body, _ = written(call(tools=(WEATHER,)).request)
    assert body["tools"][0]["function"].keys() == {"name", "description", "parameters"}


def test_a_picture_from_a_tool_is_shown_after_the_results() -> None:
    picture = Part("image_url", image_url={"url": "data:image/png;base64,aGk="})
    messages = (
        Message("tool", (Part("text", "It is:"), picture), tool_call_id="c1"),
        Message("tool", (picture,), tool_call_id="c2"),
        Message("user", "Well?"),
    )
    body, notes = written(call(messages=messages).request)
    assert [message["role"] for message in body["messages"]] == ["tool", "tool", "user", "user"]
    assert [message["content"] for message in body["messages"][:2]] == [
        "It is:",
        "The result is shown in the next turn.",
    ]
    assert [part["type"] for part in body["messages"][2]["content"]] == ["image_url", "image_url"]
    assert notes.count("approximated:a picture or file that a tool gave") == 1
    last, _ = written(call(messages=messages[:1]).request)
    assert [message["role"] for message in last["messages"]] == ["tool", "user"]
