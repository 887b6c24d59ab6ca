"""A closed-loop HTTP load: each connection sends its next request when the last is answered.

Invariant: only whole answers are counted, and everything but a 200 is counted apart.
"""

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial


@dataclass(slots=True)
class Tally:
    """What came back: latencies of good answers in seconds, and how many were bad."""

    latencies: list[float] = field(default_factory=list)
    bad: int = 0


class _Connection(asyncio.Protocol):
    """One keep-alive connection that never rests until the time is up."""

    def __init__(self, payload: bytes, until: float, tally: Tally, done: "asyncio.Future[None]") -> None:
        self._payload, self._until, self._tally, self._done = payload, until, tally, done
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Collect until an answer is whole."""
        self._buffer += data
        head, gap, body = self._buffer.partition(b"\r\n\r\n")
        if not gap or len(body) < _length(head):
            return
        self._buffer = b""
        if head.startswith(b"HTTP/1.1 200"):
            self._tally.latencies.append(time.perf_counter() - self._sent)
        else:
            self._tally.bad += 1
        if time.perf_counter() < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Closed by us when the time is up, else a failure."""
        if exc is not None or time.perf_counter() < self._until:
            self._tally.bad += 1
        if not self._done.done():
            self._done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._payload)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


def post(path: str, body: bytes) -> bytes:
    """The bytes of a POST request with a JSON body."""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def reply(body: bytes) -> bytes:
    """The bytes of an answer with a JSON body."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


async def hammer(port: int, payload: bytes, connections: int, seconds: float) -> Tally:
    """Load a local port for a time."""
    loop = asyncio.get_running_loop()
    tally, until = Tally(), time.perf_counter() + seconds
    waiting = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        await loop.create_connection(partial(_Connection, payload, until, tally, done), "127.0.0.1", port)
        waiting.append(done)
    await asyncio.gather(*waiting)
    return tally
