"""Errors that clients' programs act on: what is too long, and what a backend refused, in each API's own words."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import anthropic
import httpx
import openai
import pytest

from api.servers import Running, Starter
from api.test_failures import scripted
from router.errors import BackendRefusal, Overflow, ProviderError
from router.types import Chunk

LONG = "word " * 40_000
USER = [{"role": "user", "content": "hello"}]
PATHS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"messages": USER}),
    "responses": ("/v1/responses", {"input": "hello"}),
    "completions": ("/v1/completions", {"prompt": "hello"}),
    "messages": ("/v1/messages", {"messages": USER, "max_tokens": 100}),
}
# Decisions rest on an estimate of what a model's own tokenizer would make of it.
TOKENS = r"4[0-4]\d{3}"
SENTENCE = "This model's maximum context length is 16384 tokens. However, your "


def asked(shape: str, text: str = "hello", **more: Any) -> tuple[str, dict[str, Any]]:
    path, body = PATHS[shape]
    words: dict[str, Any] = {"input": text} if "input" in body else {"prompt": text}
    if "messages" in body:
        words = {"messages": [{"role": "user", "content": text}]}
    return path, body | words | {"model": "phi-4"} | more


def post(running: Running, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    with running.http() as http:
        return http.post(path, json=body, headers=headers)


@pytest.mark.parametrize(
    ("shape", "param", "words"),
    [
        ("chat", "messages", f"{SENTENCE}messages resulted in {TOKENS} tokens[.]"),
        ("responses", "input", "Your input exceeds the context window of this model."),
        ("responses", "input", f"{SENTENCE}input resulted in {TOKENS} tokens[.]"),
        ("completions", "prompt", f"{SENTENCE}messages resulted in {TOKENS} tokens[.]"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_too_long_for_every_model_is_openais_error(
    server: Running, shape: str, param: str, words: str, stream: bool
) -> None:
    answer = post(server, *asked(shape, LONG, stream=stream))
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["code"], error["type"], error["param"]) == ("context_length_exceeded", "invalid_request_error", param)
    assert re.search(words, error["message"])
    assert {row["code"] for row in error["candidates"] if row["model"] == "phi-4"} == {"context"}


def test_too_long_for_every_model_is_anthropics_error(server: Running) -> None:
    answer = post(server, *asked("messages", LONG))
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (400, "invalid_request_error")
    assert re.match(f"prompt is too long: {TOKENS} tokens > 16384 maximum", error["message"])


def test_where_the_answer_has_no_room_that_is_said(server: Running) -> None:
    chat = post(server, *asked("chat", "word " * 14_900, max_tokens=1_000)).json()["error"]
    room = r"you requested 1\d{4} tokens \(1\d{4} in the messages, 1000 in the completion\)\."
    assert re.search(room, chat["message"])
    message = post(server, *asked("messages", "word " * 14_900, max_tokens=1_000)).json()["error"]["message"]
    assert re.match(r"input length and `max_tokens` exceed context limit: 1\d{4} \+ 1000 > 16384, decrease", message)


def test_the_most_is_that_of_the_largest_that_may_answer(server: Running) -> None:
    body = asked("chat", "1 " * 900_000, model="auto", fungible={"consent": "any"})
    largest = max(model.context for model in server.service.config.models)
    assert f"maximum context length is {largest} tokens" in post(server, *body).json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "shape"), [("/v1/messages/count_tokens", "messages"), ("/v1/responses/input_tokens", "responses")]
)
def test_what_is_too_long_is_counted(server: Running, path: str, shape: str) -> None:
    _, body = asked(shape, LONG)
    body.pop("max_tokens", None)
    answer = post(server, path, body)
    assert (answer.status_code, answer.json()["input_tokens"]) == (200, 40_005)
    for_all = "1 " * 900_000
    longer = {"input": for_all} if "input" in body else {"messages": [{"role": "user", "content": for_all}]}
    assert post(server, path, body | longer | {"model": "auto"}).json()["input_tokens"] > 800_000


CASES = [
    BackendRefusal("content_filter", None, "prompt", "ResponsibleAIPolicyViolation"),
    BackendRefusal("invalid_prompt", "invalid_request_error"),
    BackendRefusal("image_parse_error", "invalid_request_error", "messages[0].content[1].image_url"),
    BackendRefusal("unsupported_value", "invalid_request_error", "reasoning_effort"),
    BackendRefusal("context_length_exceeded", "invalid_request_error", "messages", overflow=Overflow(8192, 9000)),
    BackendRefusal("context_length_exceeded", "invalid_request_error", "messages", overflow=Overflow()),
]


def refusing(
    start: Starter, refusal: BackendRefusal | None, outcome: Any = "rejected", first: Sequence[Chunk] = ()
) -> Running:
    error = ProviderError(outcome, "the backend answered 400: No.", refusal=refusal)
    return scripted(start, {name: [*first, error] for name in ("gpt-5", "phi-4")})[0]


@pytest.mark.parametrize("refusal", CASES, ids=lambda case: case.code)
def test_a_backends_refusal_keeps_its_names(start: Starter, refusal: BackendRefusal) -> None:
    running = refusing(start, refusal)
    client = running.openai()
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="gpt-5", messages=USER)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.param) == (refusal.code, refusal.param)
    assert caught.value.type == (refusal.type or "invalid_request_error")
    assert "the backend answered 400: No." in caught.value.message
    if refusal.inner:
        assert caught.value.body["innererror"] == {"code": refusal.inner}  # type: ignore[index]
    renamed = {"messages": "input", "reasoning_effort": "reasoning.effort"}
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="gpt-5", input="hello")
    first = (refusal.param or "").partition("[")[0]
    assert (caught.value.code, caught.value.param) == (refusal.code, renamed.get(first, refusal.param))
    running.ledger.flush()
    for receipt in running.ledger.receipts():
        assert b"No." not in receipt


@pytest.mark.parametrize(
    ("overflow", "words"),
    [(Overflow(8192, 9000), "prompt is too long: 9000 tokens > 8192 maximum"), (Overflow(), "prompt is too long")],
)
def test_a_client_of_another_api_reads_its_own_words(start: Starter, overflow: Overflow, words: str) -> None:
    refusal = BackendRefusal("context_length_exceeded", "invalid_request_error", "messages", overflow=overflow)
    running = refusing(start, refusal)
    client = anthropic.Anthropic(base_url=running.url, api_key="none", max_retries=0)
    with client, pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(model="gpt-5", max_tokens=9, messages=USER)  # type: ignore[arg-type]
    error = caught.value.body["error"]  # type: ignore[index]
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith(words)


def test_a_quota_that_is_used_up_says_so(start: Starter) -> None:
    running = refusing(start, BackendRefusal("insufficient_quota", "insufficient_quota"), "rate_limited")
    with pytest.raises(openai.RateLimitError) as caught:
        running.openai().chat.completions.create(model="gpt-5", messages=USER)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.type) == ("insufficient_quota", "insufficient_quota")
    other = refusing(start, BackendRefusal("rate_limit_exceeded", "tokens"), "rate_limited")
    with pytest.raises(openai.RateLimitError) as caught:
        other.openai().chat.completions.create(model="gpt-5", messages=USER)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.type) == ("rate_limit_exceeded", "rate_limit_error")


def test_what_a_backend_finds_too_large_is_a_413(start: Starter) -> None:
    running = refusing(start, BackendRefusal("request_too_large", "request_too_large"))
    assert post(running, *asked("chat")).status_code == 413
    answer = post(running, *asked("messages"))
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "request_too_large")


def test_in_silence_the_names_stay_and_the_model_does_not(start: Starter) -> None:
    refusal = BackendRefusal(
        "context_length_exceeded", "invalid_request_error", "messages", overflow=Overflow(8192, 9000)
    )
    running = refusing(start, refusal)
    config = running.service.config
    policies = {name: replace(policy, disclosure="silent") for name, policy in config.policies.items()}
    running.service.active = replace(running.service.active, config=replace(config, policies=policies))
    answer = post(running, *asked("chat", model="gpt-5", fungible={"consent": "any"}))
    assert answer.json()["error"]["code"] == "context_length_exceeded"
    assert not {"8192", "gpt-5", "backend"} & set(answer.text.replace(",", " ").split())
    assert (
        post(running, *asked("messages", model="gpt-5", fungible={"consent": "any"}))
        .json()["error"]["message"]
        .startswith("prompt is too long. ")
    )


@pytest.mark.parametrize("shape", ["chat", "completions", "responses", "messages"])
def test_a_failure_in_the_middle_keeps_the_names_too(start: Starter, shape: str) -> None:
    refusal = BackendRefusal(
        "context_length_exceeded", "invalid_request_error", "messages", overflow=Overflow(8192, 9000)
    )
    running = refusing(start, refusal, first=[Chunk(0, "half")])
    path, body = asked(shape, stream=True)
    text = post(running, path, body).text
    last = json.loads([line[6:] for line in text.splitlines() if line.startswith("data: {")][-1])
    error = last.get("error") or last["response"]["error"]
    assert error.get("code") == "context_length_exceeded"
    assert ("prompt is too long: 9000 tokens > 8192 maximum" if shape == "messages" else "8192") in error["message"]


@pytest.mark.parametrize("path", ["/v1/models/nobody", "/v1/models?limit=0", "/v1/nothing"])
def test_errors_of_the_models_come_in_the_shape_of_who_asks(server: Running, path: str) -> None:
    with server.http() as http:
        ours = http.get(path, headers={"anthropic-version": "2023-06-01"})
        plain = http.get(path)
    assert ours.json()["type"] == "error"
    assert ours.json()["error"]["type"] == ("invalid_request_error" if "limit" in path else "not_found_error")
    assert ours.headers["request-id"] == ours.json()["request_id"]
    assert set(plain.json()) == ({"object", "data"} if "limit" in path else {"error"})
    client = anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0)
    with client, pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("nobody")
