"""Large requests through a whole server: handed over, refused early, settled once, and sealed as ever."""

import json
import socket
from typing import Any

import pytest
from api.raw import CHAT
from api.servers import Running, Starter
from api.test_failures import until
from prometheus_client.parser import text_string_to_metric_families

from router.serving.limits import Limits
from router.serving.work.heavy_work import SMALL

LONG = "The quick brown fox. " * 4_000


def body(content: Any = LONG, **more: Any) -> dict[str, Any]:
    return {"model": "auto", "messages": [{"role": "user", "content": content}], **more}


def handed_over(running: Running) -> int:
    return running.service.state.heavy_work.handed_over


def last_receipt(running: Running) -> dict[str, Any]:
    running.ledger.flush()
    receipt: dict[str, Any] = json.loads(list(running.ledger.receipts())[-1])
    return receipt


@pytest.mark.parametrize(
    ("path", "sent", "times"),
    [
        (CHAT, body("hello"), 0),
        (CHAT, body("x" * (SMALL - 200)), 0),
        # Parsed, read and decided, settled.
        (CHAT, body(), 3),
        ("/v1/responses", {"model": "auto", "input": LONG}, 3),
        ("/v1/messages", body(max_tokens=9), 3),
        # Parsed, read and decided.
        ("/v1/route", body(), 2),
        ("/v1/messages/count_tokens", body(), 3),
    ],
)
def test_what_is_large_is_handed_over_and_what_is_small_is_not(
    server: Running, path: str, sent: dict[str, Any], times: int
) -> None:
    before = handed_over(server)
    with server.http() as http:
        assert http.post(path, json=sent).status_code == 200
    assert handed_over(server) - before == times


def test_a_model_that_is_not_there_is_refused_before_anything_is_counted(server: Running) -> None:
    before = handed_over(server)
    with server.http() as http:
        assert http.post(CHAT, json=body(model="nobody")).status_code == 404
    assert handed_over(server) - before == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [([{"type": "text", "text": "x"}] * 6_200, "6,201 messages, parts and calls"), (LONG, "more than 100,000 texts")],
)
def test_what_is_too_intricate_is_refused_in_a_sentence(server: Running, content: Any, code: str) -> None:
    more = {"unknown": [[]] * 60_000} if content is LONG else {}
    before = handed_over(server)
    with server.http() as http:
        found = http.post(CHAT, json=body(content, **more))
    assert found.status_code == 400
    assert code in found.json()["error"]["message"]
    assert handed_over(server) - before == 1


def test_all_of_the_room_is_free_again_whatever_became_of_a_body(start: Starter) -> None:
    running = start(limits=Limits(bodies_bytes=200_000))
    room = running.service.state.body_room
    with running.http() as http:
        for sent, status in ((body(), 200), (body(model="nobody"), 404), (body(LONG * 3), 503), (body("x"), 200)):
            assert http.post(CHAT, json=sent).status_code == status
            until(lambda: room.held == 0)


def test_a_large_requests_receipt_proves_what_was_said(server: Running) -> None:
    with server.http() as http:
        found = http.post(CHAT, json=body(model="gpt-5")).json()
        proof = http.get(f"/v1/receipts/{found['fungible']['receipt']}/proof")
    assert proof.status_code == 200
    assert found["usage"]["prompt_tokens"] > 10_000
    assert last_receipt(server)["usage"]["counted"] == "exact"


def test_a_client_that_leaves_a_large_request_leaves_one_receipt_or_none(start: Starter) -> None:
    running = start()
    data = json.dumps(body(stream=True)).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(data)}\r\n\r\n".encode()
    host, port = running.url.removeprefix("http://").split(":")
    for _ in range(5):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head + data)
    until(lambda: running.service.state.in_flight == 0 and handed_over(running) >= 5)
    with running.http() as http:
        assert http.post(CHAT, json=body("hello")).status_code == 200
    running.ledger.flush()
    receipts = [json.loads(receipt) for receipt in running.ledger.receipts()]
    assert len({receipt["id"] for receipt in receipts}) == len(receipts) <= 6


def test_a_server_says_it_in_its_metrics(start: Starter) -> None:
    with start().http() as http:
        text = http.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    buckets = [row for row in families["fungible_event_loop_lag_seconds"].samples if row.name.endswith("_bucket")]
    assert [row.labels["le"] for row in buckets][-2:] == ["2.5", "+Inf"]
    assert families["fungible_event_loop_lag_worst_seconds"].samples[0].value >= 0
