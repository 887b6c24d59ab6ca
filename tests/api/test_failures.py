"""Bad input and bad backends: always OpenAI's envelope, always a clear sentence, never a 500."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from openai import APIError

from api.servers import Running, Starter
from router.decision.candidates import in_words
from router.errors import ProviderError
from router.serving.limits import Limits
from router.types import Call, Chunk

CHAT = "/v1/chat/completions"
USER = [{"role": "user", "content": "hello"}]
GOOD: dict[str, Any] = {"model": "auto", "messages": USER}

BAD: list[tuple[str, bytes, int, str, str | None]] = [
    ("malformed JSON", b'{"model": ', 400, "not valid JSON", None),
    ("not an object", b"[1, 2]", 400, "object", None),
    ("empty body", b"", 400, "not valid JSON", None),
    ("no messages", b'{"model": "auto"}', 400, "required", "messages"),
    ("empty messages", b'{"model": "auto", "messages": []}', 400, "at least 1", "messages"),
    ("wrong type", b'{"model": 5, "messages": [{"role": "user", "content": "x"}]}', 400, "string", "model"),
    (
        "wrong role",
        b'{"model": "auto", "messages": [{"role": "boss", "content": "x"}]}',
        400,
        "'user'",
        "messages.0.role",
    ),
    ("too hot", json.dumps(GOOD | {"temperature": 3}).encode(), 400, "less than or equal to 2", "temperature"),
    ("too many", json.dumps(GOOD | {"n": 1000}).encode(), 400, "less than or equal to 16", "n"),
    ("unknown model", json.dumps(GOOD | {"model": "gpt5"}).encode(), 404, "Did you mean 'gpt-5'", "model"),
    (
        "unknown policy",
        json.dumps(GOOD | {"model": "gpt-5", "fungible": {"policy": "blanced"}}).encode(),
        400,
        "Did you mean 'balanced'",
        "policy",
    ),
    ("unknown option", json.dumps(GOOD | {"fungible": {"polcy": "x"}}).encode(), 400, "nexpected", "fungible.polcy"),
    (
        "wrong consent",
        json.dumps(GOOD | {"fungible": {"consent": "maybe"}}).encode(),
        400,
        "'exact'",
        "fungible.consent",
    ),
    ("not UTF-8", b'{"model": "auto", "messages": [{"role": "user", "content": "\xff"}]}', 400, "not valid JSON", None),
    ("lone surrogate", b'{"model": "auto", "messages": [{"role": "user", "content": "\\ud800"}]}', 400, "JSON", None),
]


@pytest.mark.parametrize(("name", "body", "status", "words", "param"), BAD, ids=[row[0] for row in BAD])
@pytest.mark.parametrize("path", [CHAT, "/v1/route"])
def test_bad_bodies(
    server: Running, path: str, name: str, body: bytes, status: int, words: str, param: str | None
) -> None:
    with server.http() as http:
        answer = http.post(path, content=body)
    error = answer.json()["error"]
    assert answer.status_code == status
    assert words in error["message"]
    assert error["param"] == param
    assert set(error) >= {"message", "type", "param", "code"}
    assert "Traceback" not in answer.text


def test_a_body_over_the_limit_is_refused_told_or_untold(server: Running) -> None:
    limit = server.service.state.limits.body_bytes
    with server.http() as http:
        declared = http.post(CHAT, content=b" " * (limit + 1))
        untold = http.post(CHAT, content=(b" " * 65_536 for _ in range(limit // 65_536 + 2)))
    for answer in (declared, untold):
        assert answer.status_code == 413
        assert f"{limit:,}" in answer.json()["error"]["message"]


def test_a_context_that_no_model_can_hold_lists_every_model(server: Running) -> None:
    with server.http() as http:
        answer = http.post(CHAT, json=GOOD | {"messages": [{"role": "user", "content": "1 " * 900_000}]})
    assert answer.status_code == 400
    listed = answer.json()["error"]["candidates"]
    assert {row["model"] for row in listed} == {row.id for row in server.service.config.models if in_words(row)}
    assert {row["code"] for row in listed} == {"context"}


def test_paths_and_methods_that_do_not_exist(server: Running) -> None:
    with server.http() as http:
        assert http.get("/v2/nothing").json()["error"]["code"] == "not_found"
        assert (http.get(CHAT).status_code, http.get(CHAT).headers["allow"]) == (405, "POST")
        assert http.delete("/v1/models").status_code == 405
        assert "error" in http.delete("/v1/models").json()


def test_a_wrong_consent_header(server: Running) -> None:
    with server.http() as http:
        answer = http.post(CHAT, json=GOOD, headers={"x-fungible-consent": "maybe"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "x-fungible-consent"


def test_a_request_id_comes_back_unless_it_is_absurd(server: Running) -> None:
    with server.http() as http:
        assert http.post(CHAT, json=GOOD, headers={"x-request-id": "mine-1"}).headers["x-request-id"] == "mine-1"
        odd = http.post(CHAT, json=GOOD, headers={"x-request-id": "x" * 500}).headers["x-request-id"]
    assert odd.startswith("req_")


class Scripted:
    """A backend that does what a test says, model by model."""

    def __init__(self, script: dict[str, list[Any]]) -> None:
        self.script = script
        self.called: list[str] = []
        self.closed = asyncio.Event()

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        self.called.append(call.model.id)
        try:
            for step in self.script.get(call.model.id, [Chunk(0, "fine", None, "stop")]):
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.closed.set()


def scripted(start: Starter, script: dict[str, list[Any]], limits: Limits | None = None) -> tuple[Running, Scripted]:
    backend = Scripted(script)
    names = ("gpt", "mai", "phi", "llama")
    running = start(limits=limits or Limits(deadline_s=5), providers=dict.fromkeys(names, backend))
    return running, backend


def down(outcome: Any = "unavailable", **more: Any) -> list[Any]:
    return [ProviderError(outcome, "it is down", **more)]


def test_a_failure_falls_back_in_ranked_order(start: Starter) -> None:
    running, backend = scripted(start, {"gpt-5": down()})
    with running.http() as http:
        answer = http.post(
            CHAT, json=GOOD | {"model": "quality", "messages": [{"role": "user", "content": "Prove it."}]}
        )
    fungible = answer.json()["fungible"]
    assert answer.status_code == 200
    assert fungible["chosen"] == "gpt-5" != fungible["served"]
    assert fungible["reason"] == "fallback"
    assert fungible["substituted"] is True
    assert answer.headers["x-fungible-served"] == fungible["served"] == answer.json()["model"] == backend.called[1]


def test_exact_consent_is_never_broken_by_a_failure(start: Starter) -> None:
    running, backend = scripted(start, {"gpt-5": down()})
    with running.http() as http:
        answer = http.post(CHAT, json=GOOD | {"model": "gpt-5"})
    assert answer.status_code == 502
    # Nobody else may answer, so the same backend is asked once more.
    assert [a["model"] for a in answer.json()["error"]["attempts"]] == ["gpt-5", "gpt-5"] == backend.called


def test_a_limit_upstream_is_passed_on_with_its_wait(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": down("rate_limited", retry_after=7)})
    with running.http() as http:
        answer = http.post(CHAT, json=GOOD | {"model": "gpt-5"})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "7"


def test_a_rejected_request_is_not_shopped_around(start: Starter) -> None:
    running, backend = scripted(start, {name: down("rejected") for name in ("phi-4-mini", "phi-4", "gpt-5-nano")})
    with running.http() as http:
        answer = http.post(CHAT, json=GOOD | {"model": "cost"})
    assert answer.status_code == 400
    assert len(backend.called) == 1


def test_an_adapter_with_a_bug_is_unavailable_not_a_500(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": [KeyError("secret")]})
    with running.http() as http:
        answer = http.post(CHAT, json=GOOD | {"model": "gpt-5"})
    assert answer.status_code == 502
    assert "secret" not in answer.text


def test_the_deadline_holds_before_the_first_chunk(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": [30.0]}, Limits(deadline_s=0.2))
    with running.http() as http:
        answer = http.post(CHAT, json=GOOD | {"model": "gpt-5"})
    assert answer.status_code == 504
    assert answer.json()["error"]["code"] == "deadline_exceeded"
    assert running.service.state.in_flight == 0


@pytest.mark.parametrize("end", [30.0, ProviderError("cut_off", "gone"), None], ids=["hangs", "fails", "stops"])
def test_a_stream_that_breaks_ends_with_an_error_event_and_a_receipt(start: Starter, end: Any) -> None:
    steps: list[Any] = [Chunk(0, "half an "), *([] if end is None else [end])]
    running, backend = scripted(start, {"gpt-5": steps}, Limits(deadline_s=0.3))
    with running.http() as http, http.stream("POST", CHAT, json=GOOD | {"model": "gpt-5", "stream": True}) as answer:
        events = [line[6:] for line in answer.iter_lines() if line.startswith("data: ")]
    last = json.loads(events[-1])
    assert answer.status_code == 200
    assert "error" in last
    receipt = json.loads(running.ledger.receipt(last["fungible"]["receipt"]) or b"{}")
    assert receipt["outcome"] in ("cut_off", "timeout")
    assert receipt["usage"]["output_tokens"] > 0
    assert backend.called == ["gpt-5"]


def test_the_official_client_sees_an_error_in_a_stream(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": [Chunk(0, "half"), ProviderError("cut_off", "gone")]})
    stream = running.openai().chat.completions.create(model="gpt-5", messages=USER, stream=True)  # type: ignore[call-overload]
    with pytest.raises(APIError, match="gone"):
        list(stream)


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_the_call_and_gets_a_receipt(start: Starter, stream: bool) -> None:
    running, backend = scripted(start, {"gpt-5": [Chunk(0, "one "), 30.0, Chunk(0, "two", None, "stop")]})
    body = json.dumps(GOOD | {"model": "gpt-5", "stream": stream}).encode()
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST {CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        until(lambda: backend.called == ["gpt-5"])
        time.sleep(0.1)
    until(backend.closed.is_set)
    until(lambda: running.service.state.in_flight == 0)
    running.ledger.flush()
    (receipt,) = [json.loads(body) for body in running.ledger.receipts()]
    assert receipt["outcome"] == "client_left"


def test_a_client_that_takes_nothing_meets_the_deadline_quietly(
    start: Starter, caplog: pytest.LogCaptureFixture
) -> None:
    endless = [Chunk(0, "x" * 200_000) for _ in range(400)]
    running, _ = scripted(start, {"gpt-5": endless}, Limits(deadline_s=0.5))
    body = json.dumps(GOOD | {"model": "gpt-5", "stream": True}).encode()
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST {CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        # The request may come and go between two looks: what stays is its receipt.
        until(lambda: len(list(running.ledger.receipts())) == 1)
    (receipt,) = [json.loads(body) for body in running.ledger.receipts()]
    assert receipt["outcome"] == "timeout"
    assert not caplog.records


def until(true: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_too_many_at_once_is_a_clear_503(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": [0.5, Chunk(0, "slow", None, "stop")]}, Limits(in_flight=2))

    async def many() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=running.url) as http:
            return await asyncio.gather(*(http.post(CHAT, json=GOOD | {"model": "gpt-5"}) for _ in range(6)))

    answers = asyncio.run(many())
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503, 503]
    shed = next(answer for answer in answers if answer.status_code == 503)
    assert shed.headers["retry-after"] == "1"
    assert "the limit" in shed.json()["error"]["message"]


def test_faults_by_configuration_are_survived(start: Starter) -> None:
    running = start(settings={"faults": {"rate": 0.5, "outcomes": ["unavailable"]}})
    with running.http() as http:
        answers = [
            http.post(CHAT, json=GOOD | {"messages": [{"role": "user", "content": f"hello {n}"}]}) for n in range(40)
        ]
    assert {answer.status_code for answer in answers} <= {200, 502}
    fallbacks = [a for a in answers if a.status_code == 200 and a.headers["x-fungible-reason"] == "fallback"]
    assert fallbacks
    assert all(a.json()["model"] == a.headers["x-fungible-served"] for a in fallbacks)


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "max_tokens": 10**20}, "max_tokens"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "seed": 2**63}, "seed"),
        ("/v1/responses", {"input": "x", "max_output_tokens": 10**20}, "max_output_tokens"),
        ("/v1/messages", {"messages": [{"role": "user", "content": "x"}], "max_tokens": 10**20}, "max_tokens"),
        ("/v1/messages", {"messages": [{"role": "user", "content": "x"}], "max_tokens": 1, "top_k": 2**70}, "top_k"),
        ("/v1/embeddings", {"input": "x", "dimensions": 10**20}, "dimensions"),
    ],
)
def test_a_number_that_no_receipt_can_hold_is_refused_by_its_name(
    server: Running, path: str, body: dict[str, Any], param: str
) -> None:
    for streamed in (False, True):
        with server.http() as http:
            refused = http.post(path, json={"model": "auto", "stream": streamed} | body)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
    assert server.service.state.in_flight == 0
