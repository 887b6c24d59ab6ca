"""Requests on their way in: too many are shed before they are read, and who is slow does not stay."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from api.raw import CHAT, closed, connected, head, reply, rest
from api.servers import ADMIN_KEY, Running, Starter
from api.test_failures import Scripted, until
from router.api.http import uvicorn_protocol
from router.api.http.body_limits import BodyLimits
from router.serving.limits import Limits
from router.types import Chunk

BODY = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "hello"}]}).encode()
SOON = Limits(in_flight=1, bodies=2, body_bytes=1000, body_s=0.8, head_s=0.8, head_bytes=4096, deadline_s=5)


@pytest.fixture(scope="module")
def soon(start_shared: Starter) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uvicorn_protocol, "LINGER_S", 1.0)
        yield start_shared(limits=SOON)


def test_more_than_can_be_answered_are_shed_before_their_body(start: Starter) -> None:
    gate = [0.0] * 400
    backend = Scripted({"gpt-5": [*(0.01 for _ in gate), Chunk(0, "done", None, "stop")]})
    running = start(limits=Limits(in_flight=1), providers=dict.fromkeys(("gpt", "mai", "phi", "llama"), backend))
    busy = json.dumps({"model": "gpt-5", "messages": [{"role": "user", "content": "x"}]}).encode()
    with connected(running) as first, connected(running) as second, connected(running) as third:
        first.sendall(head(len(busy)) + busy)
        until(lambda: running.service.state.in_flight == 1)
        second.sendall(head(1_000_000) + b'{"model"')
        shed = reply(second)
        third.sendall(head(1_000_000, CHAT, "expect: 100-continue"))
        asked = reply(third)
        assert closed(second)
        assert running.service.state.in_flight == 1
    for response in (shed, asked):
        assert response.status == 503
        assert (response.headers["retry-after"], response.headers["connection"]) == ("1", "close")
        assert json.loads(response.body)["error"]["code"] == "overloaded"


def test_a_body_that_never_comes_whole_is_given_up_and_the_connection_too(soon: Running) -> None:
    with connected(soon) as connection:
        connection.sendall(head(900) + b"half")
        late = reply(connection)
        assert (late.status, json.loads(late.body)["error"]["code"]) == (408, "request_timeout")
        assert "0.8 s" in json.loads(late.body)["error"]["message"]
        assert late.headers["connection"] == "close"
        assert closed(connection)
    assert soon.service.state.in_flight == 0


@pytest.mark.parametrize("path", ["/v1/route", "/v1/feedback", "/admin/v1/policies/lint"])
def test_quiet_routes_have_the_same_patience(soon: Running, path: str) -> None:
    with connected(soon) as connection:
        connection.sendall(head(900, path, f"authorization: Bearer {ADMIN_KEY}") + b"half")
        assert reply(connection).status == 408


def test_no_more_bodies_are_awaited_than_the_limit_but_what_is_whole_is_answered(soon: Running) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(soon)) for _ in range(2)]
        for connection in slow:
            connection.sendall(head(900) + b"half")
        another, whole = (stack.enter_context(connected(soon)) for _ in range(2))
        time.sleep(0.05)
        another.sendall(head(900) + b"half")
        assert reply(another).status == 503
        whole.sendall(head(len(BODY)) + BODY)
        assert reply(whole).status == 200
        assert [reply(connection).status for connection in slow] == [408, 408]


def drip(running: Running, pieces: bytes, first: bytes = b"") -> float:
    """Seconds until the server closes on a client that sends a byte at a time."""
    with connected(running) as connection:
        connection.sendall(first)
        if first:
            reply(connection)
        started = time.monotonic()
        for place in range(len(pieces)):
            try:
                connection.sendall(pieces[place : place + 1])
            except OSError:
                break
            time.sleep(0.02)
        else:
            assert closed(connection)
        return time.monotonic() - started


WHOLE = head(len(BODY)) + BODY


@pytest.mark.parametrize(
    ("pieces", "first"),
    [
        (b"", b""),
        (b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-slow: " + b"y" * 400, b""),
        (b"\r\n" * 300, b""),
        (b"\r\n" * 300, WHOLE),
        (b"GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: " + b"y" * 400, WHOLE),
        (b"y" * 600, head(5000) + b"too large"),
    ],
    ids=[
        "says nothing",
        "drips its head",
        "drips lines",
        "drips lines later",
        "drips a second head",
        "drips a refused",
    ],
)
def test_whoever_drips_is_closed_on(soon: Running, pieces: bytes, first: bytes) -> None:
    assert drip(soon, pieces, first) < 7


def test_a_head_that_is_too_large_is_refused(soon: Running) -> None:
    with connected(soon) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        for number in range(200):
            try:
                connection.sendall(f"x-{number}: {'y' * 500}\r\n".encode())
            except OSError:
                break
        response = reply(connection)
    assert (response.status, json.loads(response.body)["error"]["code"]) == (431, "request_head_too_large")


def test_a_refused_upload_hears_why_even_while_it_sends(soon: Running) -> None:
    with connected(soon) as connection:
        connection.sendall(head(2_000_000))
        refused: list[Any] = []
        reading = threading.Thread(target=lambda: refused.append(reply(connection)))
        reading.start()
        for _ in range(20):
            connection.sendall(b"y" * 65_536)
        reading.join()
    assert (refused[0].status, refused[0].headers["connection"]) == (413, "close")


def test_a_body_in_pieces_keeps_its_connection(soon: Running) -> None:
    with connected(soon) as connection:
        for _ in range(3):
            connection.sendall(head(len(BODY)) + BODY[:10])
            time.sleep(0.05)
            connection.sendall(BODY[10:])
            answer = reply(connection)
            assert (answer.status, answer.headers.get("connection")) == (200, None)


def test_pipelined_requests_are_answered_in_order(soon: Running) -> None:
    with connected(soon) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n" + WHOLE + WHOLE[:-5])
        time.sleep(0.05)
        connection.sendall(WHOLE[-5:])
        read = connection.makefile("rb")
        data = b""
        while data.count(b"HTTP/1.1 200 OK") < 3:
            data += read.read1(65_536)
        read.close()
    assert data.index(b'"ok"') < data.index(b"chat.completion")


def test_guarded_bodies_count_only_while_they_are_awaited() -> None:
    body_limits = BodyLimits(Limits(bodies=1, body_s=5))

    async def wait() -> None:
        came: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        receive = body_limits.guard(came.get)  # type: ignore[arg-type]
        waiting = asyncio.create_task(receive())  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert body_limits.awaited == 1
        came.put_nowait({"type": "http.request", "body": b"x"})
        await waiting
        assert body_limits.awaited == 0
        came.put_nowait({"type": "http.disconnect"})
        assert (await receive())["type"] == "http.disconnect"

    asyncio.run(wait())


@pytest.mark.parametrize("offer", ["Upgrade: h2c", "upgrade: websocket"])
def test_an_offer_of_another_protocol_is_not_taken_up_and_costs_no_body(soon: Running, offer: str) -> None:
    with connected(soon) as connection:
        for _ in range(2):
            connection.sendall(head(len(BODY), CHAT, "connection: Upgrade, HTTP2-Settings", offer) + BODY)
            assert reply(connection).status == 200


def test_what_is_broken_behind_a_request_waits_for_its_answer(soon: Running) -> None:
    with connected(soon) as connection:
        connection.sendall(WHOLE + b"\x00 no HTTP\r\n\r\n")
        said = rest(connection)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b"HTTP/1.1 400 ") == 1


def test_what_is_no_http_is_refused_in_our_envelope(soon: Running) -> None:
    with connected(soon) as connection:
        connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
        response = reply(connection)
    assert (response.status, json.loads(response.body)["error"]["code"]) == (400, "invalid_request")


def test_a_pipelining_client_that_leaves_stops_the_call(start: Starter) -> None:
    backend = Scripted({"gpt-5": [5.0, Chunk(0, "done", None, "stop")]})
    running = start(providers=dict.fromkeys(("gpt", "mai", "phi", "llama"), backend))
    ask = json.dumps({"model": "gpt-5", "messages": [{"role": "user", "content": "x"}]}).encode()
    with connected(running) as connection:
        connection.sendall((head(len(ask)) + ask) * 2)
        until(lambda: running.service.state.in_flight == 1)
    until(lambda: running.service.state.in_flight == 0, 2)
    assert backend.called == ["gpt-5"]


def test_what_follows_a_request_that_was_refused_too_early_is_let_go(soon: Running) -> None:
    with connected(soon) as connection:
        connection.sendall(head(5000) + b"y")
        assert reply(connection).status == 413
        connection.sendall(b"y" * 4999 + WHOLE * 2)
        assert closed(connection)
    until(lambda: not soon.connections)
