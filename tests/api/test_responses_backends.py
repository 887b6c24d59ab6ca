"""The Responses API over backends: what they say beside the answer, what they refuse, and what becomes of a break."""

import json
from pathlib import Path
from typing import Any

import pytest
from openai import AzureOpenAI, OpenAI

from api.backends import house_in
from api.response_shapes import checked_event, checked_response, read_events
from api.servers import Running, Starter
from api.test_disclosure import TEXT
from api.test_failures import scripted
from api.test_responses import ASK, RESPONSES
from router.bench.http.fake_backend import (
    DONE,
    STREAM_END,
    STREAM_HEAD,
    Upstream,
    answer,
    completion,
    event,
    piece,
    used,
)
from router.config import load
from router.config.load import with_policies
from router.errors import ProviderError
from router.serving.limits import Limits
from router.types import Chunk


def test_reasoning_words_and_calls_reach_the_client_in_their_order(start: Starter, tmp_path: Path) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    events = [
        piece({"reasoning_content": "Let me "}),
        piece({"reasoning_content": "think."}),
        piece({"content": "Hm"}),
        piece({"content": "."}),
        piece({"tool_calls": [call]}),
        piece({}, reason="tool_calls"),
        event({"model": "up", "choices": [], "usage": used(50, 9, 20)}),
        event(DONE),
    ]
    with Upstream(lambda _: [STREAM_HEAD, *events, STREAM_END]) as upstream:
        running = start(folder=house_in(tmp_path / "config", {"first": upstream.url}, models={"first": "up"}))
        with running.http() as http:
            body = {"model": "first", "input": ASK, "stream": True, "max_output_tokens": 99, "top_k": 5}
            text = http.post(RESPONSES, json=body).text
        asked = upstream.asked[0].data
    events_ = read_events(text)
    for sent in events_:
        checked_event(sent)
    last = events_[-1]["response"]
    assert [item["type"] for item in last["output"]] == ["reasoning", "message", "function_call"]
    assert last["output"][0]["content"] == [{"type": "reasoning_text", "text": "Let me think."}]
    assert last["output"][1]["content"][0]["text"] == "Hm."
    assert (last["usage"]["input_tokens_details"]["cached_tokens"], last["status"]) == (20, "completed")
    assert asked["messages"] == [{"role": "user", "content": ASK}]
    assert (asked["max_completion_tokens"], asked["top_k"], "store" in asked) == (99, 5, False)


def test_a_refusal_is_told_as_one(start: Starter, tmp_path: Path) -> None:
    message = {"role": "assistant", "content": None, "refusal": "I won't."}
    reasoning = used(10, 30) | {"completion_tokens_details": {"reasoning_tokens": 25}}
    choice = {"index": 0, "message": message, "finish_reason": "content_filter"}
    with Upstream(lambda _: [answer(completion(choices=[choice], usage=reasoning))]) as upstream:
        running = start(folder=house_in(tmp_path / "config", {"first": upstream.url}, models={"first": "up"}))
        with running.http() as http:
            body = http.post(RESPONSES, json={"model": "first", "input": ASK}).json()
    checked_response(body)
    assert body["output"][0]["content"] == [{"type": "refusal", "refusal": "I won't."}]
    assert (body["status"], body["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})
    assert body["usage"]["output_tokens_details"] == {"reasoning_tokens": 25}


@pytest.mark.parametrize("end", [30.0, ProviderError("cut_off", "gone"), None], ids=["hangs", "fails", "stops"])
def test_a_stream_that_breaks_ends_with_a_failed_response_and_its_receipt(start: Starter, end: Any) -> None:
    steps: list[Any] = [Chunk(0, "half an "), Chunk(0, "answer"), *([] if end is None else [end])]
    running, _ = scripted(start, {"gpt-5": steps}, Limits(deadline_s=0.3))
    with running.http() as http:
        events = read_events(http.post(RESPONSES, json={"model": "gpt-5", "input": ASK, "stream": True}).text)
    for sent in events:
        checked_event(sent)
    last = events[-1]["response"]
    assert (events[-1]["type"], last["status"], last["error"]["code"]) == ("response.failed", "failed", "server_error")
    assert last["output"][0]["content"][0]["text"] == "half an answer"
    receipt = json.loads(running.ledger.receipt(last["fungible"]["receipt"]) or b"{}")
    assert receipt["outcome"] in ("cut_off", "timeout")
    assert receipt["usage"]["output_tokens"] == last["usage"]["output_tokens"] > 0


def test_a_failure_before_the_first_word_is_a_status(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": [ProviderError("rejected", "no such thing")]})
    with running.http() as http:
        response = http.post(RESPONSES, json={"model": "gpt-5", "input": ASK, "stream": True})
    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize("mode", ["receipt", "header", "silent"])
def test_the_mode_of_disclosure_is_kept_to(start_shared: Starter, mode: str) -> None:
    running = start_shared(with_policies(load(), TEXT.encode()))
    body = {"model": "gpt-5", "input": ASK, "fungible": {"consent": "any", "policy": mode}}
    with running.http() as http:
        plain, streamed = http.post(RESPONSES, json=body), http.post(RESPONSES, json=body | {"stream": True})
    events = read_events(streamed.text)
    for shown in (plain.json(), events[-1]["response"]):
        assert ("fungible" in shown) is (mode == "receipt")
        assert shown["model"] == ("model-router" if mode == "silent" else plain.headers["x-fungible-served"])
    assert {event["response"]["model"] for event in events if "response" in event} == {plain.json()["model"]}


def test_azure_s_paths_by_its_client_and_by_openai_s(server: Running) -> None:
    with AzureOpenAI(azure_endpoint=server.url, api_key="any", api_version="2025-04-01-preview") as azure:
        assert azure.responses.create(model="mai-1", input=ASK).model == "mai-1"
        assert "balanced" in {model.id for model in azure.models.list()}
    with OpenAI(base_url=f"{server.url}/openai/v1", api_key="any") as newer:
        assert newer.responses.create(model="mai-1", input=ASK).model == "mai-1"
    with server.http() as http:
        path = "/openai/deployments/mai-1/responses?api-version=2025-04-01-preview"
        assert http.post(path, json={"model": "gpt-5", "input": ASK}).json()["model"] == "mai-1"
