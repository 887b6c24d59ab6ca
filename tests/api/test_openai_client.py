"""The official client, over a socket: every answer must validate as the client's own type."""

import json

import pytest
from jsonschema import validate
from openai import BadRequestError, NotFoundError, OpenAI

from api.servers import Running

ASK = [{"role": "user", "content": "Prove that there are infinitely many primes."}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}},
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.fixture
def client(server: Running) -> OpenAI:
    return server.openai()


@pytest.mark.parametrize(
    "model", ["auto", "model-router", "balanced", "cost", "quality", "house-first", "gpt-5", "phi-4"]
)
def test_every_name_is_answered_by_the_model_that_the_answer_names(client: OpenAI, server: Running, model: str) -> None:
    answer = client.chat.completions.create(model=model, messages=ASK)
    assert answer.model in server.service.active.models
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage and answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    if model in server.service.active.models:
        assert answer.model == model


def test_a_stream_gives_the_same_text_as_a_plain_answer(client: OpenAI) -> None:
    plain = client.chat.completions.create(model="gpt-5", messages=ASK, seed=7)
    pieces = list(client.chat.completions.create(model="gpt-5", messages=ASK, seed=7, stream=True))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert text == plain.choices[0].message.content
    assert len(pieces) > 5
    assert all(len(piece.choices) == 1 and piece.usage is None for piece in pieces)
    assert pieces[-1].choices[0].finish_reason == "stop"
    assert pieces[-1].model_extra["fungible"]["served"] == "gpt-5"


def test_usage_comes_in_a_last_chunk_without_choices_when_asked_for(client: OpenAI) -> None:
    plain = client.chat.completions.create(model="gpt-5", messages=ASK)
    options = {"include_usage": True}
    *pieces, last = client.chat.completions.create(model="gpt-5", messages=ASK, stream=True, stream_options=options)
    assert last.choices == []
    assert last.usage == plain.usage
    assert all(piece.usage is None for piece in pieces)


def test_several_choices_differ_and_are_numbered(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-5", messages=ASK, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) == 3
    pieces = client.chat.completions.create(model="gpt-5", messages=ASK, n=3, stream=True)
    ended = [piece.choices[0].index for piece in pieces if piece.choices[0].finish_reason]
    assert sorted(ended) == [0, 1, 2]


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_limits_hold(client: OpenAI, limit: str) -> None:
    answer = client.chat.completions.create(model="gpt-5", messages=ASK, **{limit: 12})
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage and answer.usage.completion_tokens <= 12


def test_a_stop_text_ends_the_answer_before_it(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-5", messages=ASK, stop=["answer"])
    assert "answer" not in (answer.choices[0].message.content or "")
    assert answer.choices[0].finish_reason == "stop"


def test_the_same_seed_gives_the_same_text(client: OpenAI) -> None:
    texts = {
        client.chat.completions.create(model="mai-1", messages=ASK, seed=5).choices[0].message.content for _ in "abc"
    }
    assert len(texts) == 1


def test_conversations_with_content_parts(client: OpenAI, server: Running) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is in this picture?"}, image]},
        {"role": "assistant", "content": "A cat."},
        {"role": "user", "content": [{"type": "text", "text": "Are you sure?"}]},
    ]
    answer = client.chat.completions.create(model="cost", messages=messages)
    assert "vision" in server.service.active.models[answer.model].capabilities


def test_a_forced_tool_is_called_with_arguments_that_fit(client: OpenAI) -> None:
    forced = {"type": "function", "function": {"name": "get_weather"}}
    answer = client.chat.completions.create(model="auto", messages=ASK, tools=[WEATHER], tool_choice=forced)
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.function.name == "get_weather"
    validate(json.loads(call.function.arguments), WEATHER["function"]["parameters"])
    result = [*ASK, answer.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}]
    final = client.chat.completions.create(model="auto", messages=result, tools=[WEATHER])
    assert "21 degrees" in final.choices[0].message.content


def test_a_streamed_tool_call_adds_up(client: OpenAI) -> None:
    pieces = client.chat.completions.create(
        model="auto", messages=ASK, tools=[WEATHER], tool_choice="required", stream=True
    )
    deltas = [call for piece in pieces for call in piece.choices[0].delta.tool_calls or []]
    assert deltas[0].function.name == "get_weather" and deltas[0].id
    validate(json.loads("".join(d.function.arguments or "" for d in deltas)), WEATHER["function"]["parameters"])


def test_structured_answers_validate(client: OpenAI) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    answer = client.chat.completions.create(model="auto", messages=ASK, response_format=schema)
    validate(json.loads(answer.choices[0].message.content), PERSON)
    free = client.chat.completions.create(model="auto", messages=ASK, response_format={"type": "json_object"})
    assert isinstance(json.loads(free.choices[0].message.content), dict)


def test_models_and_policies_are_listed(client: OpenAI, server: Running) -> None:
    listed = {model.id: model for model in client.models.list()}
    assert set(server.service.active.models) | {"auto", "model-router", "balanced", "cost", "quality"} <= set(listed)
    assert client.models.retrieve("gpt-5").owned_by == "OpenAI"
    with pytest.raises(NotFoundError, match="Did you mean 'gpt-5'"):
        client.models.retrieve("gpt-55")


def test_an_unknown_model_names_the_nearest(client: OpenAI) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'mai-1'") as caught:
        client.chat.completions.create(model="mai-2", messages=ASK)
    assert caught.value.code == "model_not_found"
    assert caught.value.request_id


def test_wrong_types_name_the_parameter(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.chat.completions.create(model="auto", messages=ASK, extra_body={"n": "many"})
    assert caught.value.param == "n"
