"""The Responses API by the official client, over a socket: every answer and every event fits the client's own types."""

import json
from typing import Any

import pytest
from jsonschema import validate
from openai import BadRequestError, NotFoundError, OpenAI
from pydantic import BaseModel

from api.response_shapes import checked_event, checked_response, read_events
from api.servers import Running, Starter
from api.test_openai_client import WEATHER

RESPONSES = "/v1/responses"
ASK = "Prove that there are infinitely many primes."
FUNCTION = {"type": "function", **WEATHER["function"], "strict": True}


class Person(BaseModel):
    name: str
    age: int


@pytest.fixture
def client(server: Running) -> OpenAI:
    return server.openai()


def whole(server: Running, **body: Any) -> dict[str, Any]:
    with server.http() as http:
        answer = http.post(RESPONSES, json={"model": "auto", "input": ASK, **body})
    assert answer.status_code == 200, answer.text
    checked_response(answer.json())
    response: dict[str, Any] = answer.json()
    return response


def events(server: Running, **body: Any) -> list[dict[str, Any]]:
    with server.http() as http:
        answer = http.post(RESPONSES, json={"model": "auto", "input": ASK, "stream": True, **body})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = read_events(answer.text)
    for event in events:
        checked_event(event)
    return events


def test_an_answer_says_what_served_and_repeats_what_was_asked(server: Running) -> None:
    asked = {"instructions": "Be brief.", "temperature": 0.5, "top_p": 0.9, "metadata": {"a": "b"}, "user": "u"}
    asked |= {
        "max_output_tokens": 4000,
        "text": {"verbosity": "low"},
        "reasoning": {"effort": "low"},
        "tools": [FUNCTION],
    }
    asked |= {"parallel_tool_calls": False, "prompt_cache_key": "k", "safety_identifier": "s", "top_logprobs": 2}
    body = whole(server, tool_choice="none", **asked)
    assert body["model"] == body["fungible"]["served"] in server.service.active.models
    assert (body["status"], body["tool_choice"], body["output"][0]["status"]) == ("completed", "none", "completed")
    repeated = {name: body[name] for name in asked}
    expected = {
        "text": {"format": {"type": "text"}, "verbosity": "low"},
        "reasoning": {"effort": "low", "summary": None},
    }
    assert repeated == asked | expected
    assert body["usage"]["total_tokens"] == body["usage"]["input_tokens"] + body["usage"]["output_tokens"]
    assert body["id"] == f"resp_{body['fungible']['receipt']}"
    assert body["created_at"] <= body["completed_at"]


def test_the_same_words_are_the_same_request_as_in_chat(server: Running, client: OpenAI) -> None:
    chat = client.chat.completions.create(model="auto", messages=[{"role": "user", "content": ASK}])
    answer = client.responses.create(
        model="auto", input=[{"role": "user", "content": [{"type": "input_text", "text": ASK}]}]
    )
    assert answer.output_text == chat.choices[0].message.content
    receipts = [
        json.loads(server.ledger.receipt(each.id.partition("_")[2] or each.id.removeprefix("chatcmpl-")) or b"")
        for each in (chat, answer)
    ]
    for name in ("ask", "features", "decision", "usage", "cost"):
        assert receipts[0][name] == receipts[1][name]


def test_a_stream_gives_the_same_answer_as_a_plain_one(server: Running) -> None:
    plain, sent = whole(server, model="gpt-5"), events(server, model="gpt-5")
    kinds = dict.fromkeys(event["type"].removeprefix("response.") for event in sent)
    assert " ".join(kinds) == (
        "created in_progress output_item.added content_part.added output_text.delta "
        "output_text.done content_part.done output_item.done completed"
    )
    last = sent[-1]["response"]
    text = "".join(event["delta"] for event in sent if event["type"] == "response.output_text.delta")
    assert text == plain["output"][0]["content"][0]["text"] == last["output"][0]["content"][0]["text"]
    assert len(sent) > 12
    assert last.keys() == plain.keys()
    assert last["usage"] == plain["usage"]
    assert last["fungible"]["served"] == last["model"] == "gpt-5"


def test_the_client_s_own_stream_ends_with_what_it_parsed(client: OpenAI) -> None:
    with client.responses.stream(model="gpt-5", input=ASK, text_format=Person) as stream:
        texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert final.output_parsed == Person.model_validate_json("".join(texts))
    assert (final.model_extra or {})["fungible"]["served"] == "gpt-5"


def test_structured_answers_validate(client: OpenAI) -> None:
    assert isinstance(client.responses.parse(model="auto", input=ASK, text_format=Person).output_parsed, Person)
    free = client.responses.create(model="auto", input=ASK, text={"format": {"type": "json_object"}})
    assert isinstance(json.loads(free.output_text), dict)


@pytest.mark.parametrize("choice", ["required", {"type": "function", "name": "get_weather"}, "allowed"])
def test_a_function_is_called_and_its_result_comes_back(client: OpenAI, choice: Any) -> None:
    other = {"type": "function", "name": "other", "parameters": {}, "strict": False}
    if choice == "allowed":
        choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_weather"}]}
    tools: Any = [FUNCTION] if choice == "required" else [other, FUNCTION]
    answer = client.responses.create(model="auto", input=ASK, tools=tools, tool_choice=choice)
    (call,) = answer.output
    assert (call.type, call.name) == ("function_call", "get_weather")
    validate(json.loads(call.arguments), WEATHER["function"]["parameters"])
    result: Any = [
        {"role": "user", "content": ASK},
        *(item.model_dump(exclude_none=True) for item in answer.output),
        {"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"},
    ]
    final = client.responses.create(model="auto", input=result, tools=[FUNCTION])
    assert "21 degrees" in final.output_text


def test_a_streamed_call_adds_up(server: Running) -> None:
    sent = events(server, tools=[FUNCTION], tool_choice="required")
    deltas = [event["delta"] for event in sent if event["type"] == "response.function_call_arguments.delta"]
    (item,) = sent[-1]["response"]["output"]
    assert "".join(deltas) == item["arguments"]
    assert len(deltas) > 1
    added = next(event["item"] for event in sent if event["type"] == "response.output_item.added")
    assert (added["name"], added["call_id"], added["id"]) == (item["name"], item["call_id"], item["id"])


def test_an_answer_that_meets_its_limit_is_incomplete(server: Running) -> None:
    for body in (whole(server, max_output_tokens=12), events(server, max_output_tokens=12)[-1]["response"]):
        assert body["status"] == "incomplete"
        assert body["incomplete_details"] == {"reason": "max_output_tokens"}
        assert body["output"][0]["status"] == "incomplete"
        assert body["usage"]["output_tokens"] <= 12
    assert events(server, max_output_tokens=12)[-1]["type"] == "response.incomplete"


def test_what_can_t_be_honoured_stands_in_the_receipt(server: Running) -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "..."}
    body = whole(
        server,
        input=[thought, {"role": "user", "content": ASK}],
        store=True,
        truncation="auto",
        include=["reasoning.encrypted_content"],
        reasoning={"effort": "low", "summary": "auto"},
        max_tool_calls=3,
    )
    noted = [
        "dropped:max_tool_calls",
        "dropped:reasoning.summary",
        "dropped:store",
        "dropped:truncation",
        "dropped:reasoning",
    ]
    assert body["fungible"]["notes"] == noted
    assert json.loads(server.ledger.receipt(body["fungible"]["receipt"]) or b"")["notes"] == noted
    assert (body["store"], body["truncation"], body["reasoning"]["summary"]) == (False, "disabled", None)


def test_consent_and_policy_come_in_the_body(client: OpenAI) -> None:
    answer = client.responses.create(
        model="gpt-5", input=ASK, extra_body={"fungible": {"consent": "any", "policy": "cost"}}
    )
    assert (answer.model_extra or {})["fungible"]["policy"] == "cost"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"previous_response_id": "resp_1"}, "nothing that was said is kept here"),
        ({"conversation": "conv_1"}, "Send the items of the conversation"),
        ({"background": True}, "no answer is kept here"),
        ({"prompt": {"id": "pmpt_1"}}, "templates are kept at OpenAI"),
        ({"tool_choice": {"type": "web_search"}, "tools": [{"type": "web_search"}]}, "web_search is no tool of yours"),
    ],
)
def test_the_client_sees_why_it_was_refused(client: OpenAI, body: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequestError, match=says) as caught:
        client.responses.create(model="auto", input=ASK, extra_body=body)
    assert str(caught.value.param).startswith(next(iter(body)))


def test_an_unknown_model_names_the_nearest(client: OpenAI) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'mai-1'"):
        client.responses.create(model="mai-2", input=ASK)


def test_the_document_describes_the_request(server: Running) -> None:
    with server.http() as http:
        document = http.get("/openapi.json").json()
    schema = document["paths"][RESPONSES]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert {"model", "input", "instructions", "tools", "text", "fungible"} <= set(schema["properties"])
    named = set(document["components"]["schemas"])
    assert {"FunctionTool", "MessageItem", "ChatRequest", "Options"} - named == {"ChatRequest"}
    refs = {
        ref.rpartition("/")[2] for ref in json.dumps(document).split('"') if ref.startswith("#/components/schemas/")
    }
    assert refs <= named


def test_no_response_is_kept_but_its_receipt_is(client: OpenAI, server: Running) -> None:
    answer = client.responses.create(model="auto", input=ASK)
    for ask in (client.responses.retrieve, client.responses.delete, client.responses.cancel):
        with pytest.raises(NotFoundError, match="Its receipt, if any, is at /v1/receipts/"):
            ask(answer.id)
    with server.http() as http:
        assert http.get(f"/v1/receipts/{answer.id.removeprefix('resp_')}").is_success
        assert "nothing at POST" in http.post("/v1/responses/elsewhere").json()["error"]["message"]


def test_a_server_of_keys_asks_for_one(start: Starter) -> None:
    with start(keys=True).http() as http:
        assert http.post(RESPONSES, json={"model": "auto", "input": ASK}).status_code == 401
