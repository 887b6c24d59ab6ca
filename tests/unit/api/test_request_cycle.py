"""The head of an answer is what uvicorn would write; what is no header is refused as it refuses it."""

import asyncio
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from router.api.http.connection.request_cycle import RequestCycle

LENGTH = (b"content-length", b"2")
JSON = (b"content-type", b"application/json")
HEADS: list[list[tuple[bytes, bytes]]] = [
    [JSON, LENGTH],
    [JSON, LENGTH, (b"x-tab", b"a\tb"), (b"x-latin", "é".encode("latin-1")), (b"x-empty", b"")],
    [JSON],
    [JSON, (b"X-Capital", b"1"), LENGTH],
    [LENGTH, (b"connection", b"close")],
    [(b"transfer-encoding", b"chunked")],
    [],
]
WRONG: list[tuple[bytes, bytes]] = [
    (b"x-line", b"a\r\nb: c"),
    (b"x-line", b"a\nb"),
    (b"x-zero", b"a\0b"),
    (b"x-del", b"a\x7fb"),
    (b"x line", b"a"),
    (b"x-line\r\ny", b"a"),
]


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.writes = 0
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data
        self.writes += 1

    def close(self) -> None:
        self.closed = True

    def resume_reading(self) -> None:
        """Nothing was paused."""


def cycle_of(kind: type[RequestResponseCycle], *, keep_alive: bool = True) -> tuple[RequestResponseCycle, Wire]:
    wire, log = Wire(), logging.getLogger("nobody")
    cycle = kind(
        scope={"method": "POST"},  # type: ignore[typeddict-item]
        transport=wire,  # type: ignore[arg-type]
        flow=FlowControl(wire),  # type: ignore[arg-type]
        logger=log,
        access_logger=log,
        access_log=False,
        default_headers=[(b"date", b"today")],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )
    return cycle, wire


def answered(kind: type[RequestResponseCycle], headers: Any, *, keep_alive: bool = True) -> tuple[bytes, bool, str]:
    """What is written, whether the connection was closed, and what was raised."""

    async def answer() -> tuple[bytes, bool, str]:
        cycle, wire = cycle_of(kind, keep_alive=keep_alive)
        try:
            await cycle.send({"type": "http.response.start", "status": 200, "headers": headers})
            await cycle.send({"type": "http.response.body", "body": b"{}", "more_body": False})
        except RuntimeError as error:
            return wire.written, wire.closed, str(error)
        return wire.written, wire.closed, ""

    return asyncio.run(answer())


@pytest.mark.parametrize("headers", HEADS)
@pytest.mark.parametrize("keep_alive", [True, False])
def test_an_answer_is_written_as_uvicorn_writes_it(headers: Any, *, keep_alive: bool) -> None:
    ours = answered(RequestCycle, headers, keep_alive=keep_alive)
    assert ours == answered(RequestResponseCycle, headers, keep_alive=keep_alive)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_header_is_never_written(wrong: tuple[bytes, bytes]) -> None:
    for headers in ([JSON, LENGTH, wrong], [wrong, LENGTH]):
        written, _, said = answered(RequestCycle, headers)
        assert (written, said) == (b"", answered(RequestResponseCycle, headers)[2])
        assert said


PIECES: list[list[bytes]] = [[b"{}"], [b"{", b"}"], [b"", b"{}"], [b"{}", b""], [b"{}", b"}"], [b"{"], []]


@pytest.mark.parametrize("headers", [[LENGTH], [], [(b"connection", b"close")]])
@pytest.mark.parametrize("pieces", PIECES)
@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("HEAD", 200), ("POST", 204)])
def test_pieces_are_written_as_uvicorn_writes_them(headers: Any, pieces: list[bytes], method: str, status: int) -> None:
    async def answer(kind: type[RequestResponseCycle]) -> tuple[bytes, bool, bool, str]:
        cycle, wire = cycle_of(kind)
        cycle.scope["method"] = method
        try:
            await cycle.send({"type": "http.response.start", "status": status, "headers": headers})
            for place, piece in enumerate(pieces):
                more = place < len(pieces) - 1
                await cycle.send({"type": "http.response.body", "body": piece, "more_body": more})
            if not pieces:
                await cycle.send({"type": "http.response.start", "status": 200})
        except RuntimeError as error:
            return wire.written, wire.closed, cycle.response_complete, str(error)
        return wire.written, wire.closed, cycle.response_complete, ""

    assert asyncio.run(answer(RequestCycle)) == asyncio.run(answer(RequestResponseCycle))


def test_a_head_goes_out_with_the_first_of_its_body_in_one_write() -> None:
    async def writes(*pieces: bytes) -> int:
        cycle, wire = cycle_of(RequestCycle)
        await cycle.send({"type": "http.response.start", "status": 200, "headers": [JSON]})
        for piece in pieces:
            await cycle.send({"type": "http.response.body", "body": piece, "more_body": True})
        return wire.writes

    assert asyncio.run(writes()) == 0
    assert asyncio.run(writes(b"{")) == 1
    assert asyncio.run(writes(b"{", b"}")) == 2


def test_a_server_that_stops_meanwhile_closes_behind_the_answer() -> None:
    async def closed() -> bool:
        cycle, wire = cycle_of(RequestCycle)
        await cycle.send({"type": "http.response.start", "status": 200, "headers": [LENGTH]})
        cycle.keep_alive = False
        await cycle.send({"type": "http.response.body", "body": b"{}"})
        return wire.closed

    assert asyncio.run(closed())


def test_a_body_that_is_there_is_given_at_once_and_one_that_is_not_is_awaited() -> None:
    async def receive() -> list[Any]:
        cycle, _ = cycle_of(RequestCycle)
        cycle.body += b"one"
        cycle.message_event.set()
        first = await cycle.receive()
        cycle.body, cycle.more_body = bytearray(b"two"), False
        second = await cycle.receive()
        waiting = asyncio.ensure_future(cycle.receive())
        await asyncio.sleep(0)
        cycle.disconnected = True
        cycle.message_event.set()
        return [first, second, await waiting]

    first, second, third = asyncio.run(receive())
    assert (first["body"], first["more_body"]) == (b"one", True)
    assert (second["body"], second["more_body"]) == (b"two", False)
    assert third["type"] in ("http.disconnect", "http.request")
