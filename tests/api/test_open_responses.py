"""What the Open Responses specification requires of every answer, and the routes beside it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openai import NotFoundError, OpenAI

from api.servers import Running

NUMBERS = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "top_logprobs", "created_at")
WORDS = ("id", "object", "status", "model", "truncation", "service_tier")
SWITCHES = ("store", "background", "parallel_tool_calls")
NAMED = (
    *("completed_at", "incomplete_details", "previous_response_id", "instructions", "output", "error", "tools"),
    *("tool_choice", "text", "reasoning", "user", "usage", "max_output_tokens", "max_tool_calls", "metadata"),
    *("safety_identifier", "prompt_cache_key"),
)
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TOOL = {
    "type": "function",
    "name": "tide",
    "parameters": {"type": "object", "properties": {"harbour": {"type": "string"}}, "required": ["harbour"]},
}


def user(content: Any) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": content}


ASKS: dict[str, dict[str, Any]] = {
    "words": {"input": [user("Name three rivers.")]},
    "a stream": {"input": [user("Count to four.")], "stream": True},
    "system words": {"input": [{"type": "message", "role": "system", "content": "Be brief."}, user("Hello.")]},
    "a tool": {"input": [user("When is the tide in this harbour?")], "tools": [TOOL]},
    "a tool in a stream": {"input": [user("When is the tide in this harbour?")], "tools": [TOOL], "stream": True},
    "a picture": {
        "input": [user([{"type": "input_text", "text": "What is it?"}, {"type": "input_image", "image_url": PIXEL}])]
    },
    "turns": {"input": [user("I am Bo."), {"type": "message", "role": "assistant", "content": "Hi!"}, user("Who?")]},
}


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


@pytest.fixture
def client(server: Running) -> OpenAI:
    return OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_every_field_is_there_and_a_number_where_one_must_be(http: httpx.Client, ask: dict[str, Any]) -> None:
    reply = http.post("/v1/responses", json=ask | {"model": "gpt-5"})
    assert reply.status_code == 200, reply.text
    if ask.get("stream"):
        events = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: ")]
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        answers = [event["response"] for event in events if "response" in event]
    else:
        answers = [reply.json()]
    for answer in answers:
        assert set(answer) >= {*NUMBERS, *WORDS, *SWITCHES, *NAMED}
        assert all(type(answer[name]) in (int, float) for name in NUMBERS)
        assert all(type(answer[name]) is str for name in WORDS)
        assert all(type(answer[name]) is bool for name in SWITCHES)
        for tool in answer["tools"]:
            assert set(tool) >= {"type", "name", "description", "parameters", "strict"}
    assert ("function_call" in [item["type"] for item in answers[-1]["output"]]) == ("tools" in ask)


def test_what_was_asked_is_repeated(http: httpx.Client) -> None:
    asked = {
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": -1,
        "frequency_penalty": 0.25,
        "service_tier": "flex",
    }
    answer = http.post("/v1/responses", json={"model": "gpt-5", "input": "Hi", **asked}).json()
    assert {name: answer[name] for name in asked} == asked
    wrong = http.post("/v1/responses", json={"model": "gpt-5", "input": "Hi", "presence_penalty": 3})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "presence_penalty")


def test_whoever_names_no_model_gets_the_default_policy(client: OpenAI) -> None:
    answer = client.responses.create(input="Hi")
    assert answer.model_extra is not None
    assert answer.model_extra["fungible"]["asked"] == "auto"


def test_tokens_are_counted_without_an_answer(client: OpenAI, http: httpx.Client) -> None:
    counted = client.responses.input_tokens.count(model="gpt-5", input="How many tokens are there?")
    answer = client.responses.create(model="gpt-5", input="How many tokens are there?")
    assert answer.usage is not None
    assert counted.object == "response.input_tokens"
    assert counted.input_tokens == answer.usage.input_tokens
    assert client.responses.input_tokens.count(input=[{"role": "user", "content": "Hi"}]).input_tokens > 0
    assert http.get("/v1/responses/input_tokens").status_code == 405
    wrong = http.post("/v1/responses/input_tokens", json={"input": 5})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "input")


def test_compaction_is_refused_by_its_name(client: OpenAI) -> None:
    with pytest.raises(NotFoundError, match="/v1/responses/compact: conversations are not compacted here"):
        client.post("/responses/compact", cast_to=object, body={"model": "gpt-5", "input": "x"})
