"""One client can't take it all: connections, requests in flight, and bodies that are not whole."""

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from api.raw import CHAT, closed, connected, head, reply
from api.servers import Running, Starter
from api.test_failures import Scripted, until

from router.api.http.connection.clients import CONNECTIONS, OpenConnections, client_of, limit_of
from router.serving.limits import Limits
from router.types import Chunk

BODY = json.dumps({"model": "gpt-5", "messages": [{"role": "user", "content": "x"}]}).encode()
SLOW = {"gpt-5": [5.0, Chunk(0, "done", None, "stop")]}


@contextmanager
def several(running: Running, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(connected(running)) for _ in range(count)]


def test_a_connection_too_many_is_told_so_and_one_that_ends_makes_room(start: Starter) -> None:
    running = start(limits=Limits(client_connections=3))
    ask = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with several(running, 3) as held:
        until(lambda: len(running.connections) == 3)
        with connected(running) as another:
            another.sendall(ask)
            told = reply(another)
            assert closed(another)
        assert (told.status, told.headers["retry-after"], told.headers["connection"]) == (429, "1", "close")
        error = json.loads(told.body)["error"]
        assert (error["code"], "3 connections" in error["message"]) == ("rate_limit_exceeded", True)
        held[0].sendall(ask)
        assert reply(held[0]).status == 200
        held[0].close()
        until(lambda: len(running.connections) == 2)
        with connected(running) as next_one:
            next_one.sendall(ask)
            assert reply(next_one).status == 200


def test_a_flood_of_connections_is_not_even_told(start: Starter) -> None:
    running = start(limits=Limits(client_connections=2))
    with several(running, 4) as held:
        until(lambda: len(running.connections) == 4)
        with connected(running) as fifth:
            assert closed(fifth)
        assert len(held) == 4


def test_requests_in_flight_of_one_client_are_bounded(start: Starter) -> None:
    backend = Scripted(SLOW)
    running = start(limits=Limits(client_in_flight=2), providers=dict.fromkeys(("gpt", "mai", "phi", "llama"), backend))
    with several(running, 2) as held, connected(running) as another:
        for connection in held:
            connection.sendall(head(len(BODY)) + BODY)
        until(lambda: running.service.state.in_flight == 2)
        another.sendall(head(len(BODY), "/v1/messages") + BODY)
        told = reply(another)
        assert (told.status, told.headers["retry-after"]) == (429, "1")
        assert json.loads(told.body)["type"] == "error"
        # What looks whether the server lives is never refused.
        with running.http() as http:
            assert http.get("/readyz").status_code == 200
    until(lambda: running.service.state.in_flight == 0)
    with connected(running) as again:
        again.sendall(b"GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert reply(again).status == 200


def test_each_key_is_a_client_of_its_own(start: Starter) -> None:
    backend = Scripted(SLOW)
    providers = dict.fromkeys(("gpt", "mai", "phi", "llama"), backend)
    running = start(limits=Limits(in_flight=4), providers=providers, keys=True)
    one, two = (f"authorization: Bearer {running.key(name)}" for name in ("one", "two"))
    with several(running, 4) as held:
        for connection in held[:2]:
            connection.sendall(head(len(BODY), CHAT, one) + BODY)
        until(lambda: running.service.state.in_flight == 2)
        # Half of all places, unless said otherwise.
        held[2].sendall(head(len(BODY), CHAT, one) + BODY)
        assert reply(held[2]).status == 429
        held[3].sendall(head(len(BODY), CHAT, two) + BODY)
        until(lambda: running.service.state.in_flight == 3)


def test_unfinished_bodies_of_one_client_are_bounded_and_whole_ones_are_not(start: Starter) -> None:
    running = start(limits=Limits(client_receiving_bytes=100_000))
    whole = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "x " * 90_000}]}).encode()
    assert len(whole) > 100_000
    with several(running, 2) as held:
        for connection in held:
            connection.sendall(head(90_000) + b"y" * 60_000)
        (refused,), _, _ = select.select(held, [], [], 5)
        assert reply(refused).status == 429
        (taken,) = (connection for connection in held if connection is not refused)
        taken.sendall(b"y" * 30_000)
        assert reply(taken).status == 400
    until(lambda: not running.connections)
    with connected(running) as connection:
        for _ in range(3):
            connection.sendall(head(len(BODY)) + BODY)
            assert reply(connection).status == 200


@pytest.mark.parametrize(
    ("address", "client"),
    [
        (None, ""),
        (("10.0.0.7", 1), "10.0.0.7"),
        (("::1", 1), "::1"),
        (("::ffff:10.0.0.7", 1), "10.0.0.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (("no:address", 1), "no:address"),
    ],
)
def test_who_a_client_is(address: tuple[str, int] | None, client: str) -> None:
    assert client_of(address) == client


def test_this_machine_s_own_have_no_limit_but_a_given_one() -> None:
    for here in ("", "127.0.0.1", "::1"):
        assert (limit_of(None, here, 5), limit_of(2, here, 5), limit_of(0, here, 5)) == (None, 2, None)
    for elsewhere in ("10.0.0.7", "2001:db8::/64", "a-key"):
        assert (limit_of(None, elsewhere, 5), limit_of(2, elsewhere, 5), limit_of(0, elsewhere, 5)) == (5, 2, None)
    open_ = OpenConnections(Limits())
    assert [open_.enter("10.0.0.7") for _ in range(CONNECTIONS + 1)][-2:] == [None, CONNECTIONS]
    assert not open_.too_many("10.0.0.7", CONNECTIONS)
