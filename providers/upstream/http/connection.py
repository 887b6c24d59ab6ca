"""One connection to a backend: HTTP/1.1 over asyncio, one request at a time.

Invariant: what comes back is held until it is taken, never more than `MOST_HELD` bytes ahead of the reader and never
more than the answer may have in all, whatever it is made of; whoever waits is woken once for all that a read brought. A
connection is used again only after an answer that was whole.

httptools parses. A client library would do, but its objects for each request cost more than all the rest of the
router: see docs/decisions/0012.
"""

import asyncio
import socket
from asyncio import Future, TimerHandle, Transport
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MOST_HELD = 128 * 1024
# What a reader is given at a time: a few hundred events at most.
AT_ONCE = 16 * 1024
MOST_HEAD = 64 * 1024
MOST_ANSWER = 64 * 1024 * 1024
KEPT_HEADERS = frozenset(
    {b"content-type", b"content-encoding", b"retry-after", b"retry-after-ms", b"location", b"date"}
)


class Broken(Exception):
    """The connection is of no use any more, in a sentence and as a code.

    `before` says whether it broke before the answer began.
    """

    def __init__(self, why: str, *, before: bool = False, code: str = "broken_off") -> None:
        super().__init__(why)
        self.before = before
        self.code = code


class Connection(asyncio.Protocol):
    """Sends a request, and gives out what comes back."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.ended = self.reusable = self.closed = False
        self.requests = 0
        self.idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._busy = self._paused = self._framed = self._left = False
        self._pieces: list[bytes] = []
        self._held = self._head = self._size = 0
        self._most = MOST_ANSWER
        self._failure: Broken | None = None
        self._waiter: Future[None] | None = None
        self._timer: TimerHandle | None = None
        self._due = 0.0

    def begin(self, request: bytes, most: int = MOST_ANSWER) -> None:
        """Send a request, whose answer has no more than `most` bytes; what an earlier one brought is forgotten."""
        self.status, self.headers, self._pieces = 0, {}, []
        self._held = self._head = self._size = 0
        self._most = most
        self.ended = self.reusable = self._framed = self._left = False
        self._busy = True
        self.requests += 1
        if self.closed:
            self._failure = Broken("closed the connection", before=True)
        else:
            self._transport.write(request)

    async def opened(self, due: float) -> None:
        """Wait for the status and the headers; raises TimeoutError at `due`, or Broken."""
        while not self.status:
            if self._failure:
                raise self._failure
            await self._wait(due)

    async def more(self, due: float) -> bytes:
        """What has come meanwhile, or nothing at the end; raises TimeoutError at `due`, or Broken."""
        while not self._pieces:
            if self.ended:
                return b""
            if self._failure:
                raise self._failure
            await self._wait(due)
        if self._left:
            # However much a backend sends at once, others get their turn, and a deadline its say.
            await asyncio.sleep(0)
        taken = self._taken()
        if self._paused and self._held <= AT_ONCE and not self.closed:
            self._paused = False
            self._transport.resume_reading()
        return taken

    def whole(self) -> bytes | None:
        """The body of an answer that has come whole; None where more is to come, and where it is not small."""
        if not self.ended or self._held > AT_ONCE:
            return None
        pieces, self._pieces, self._held = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _taken(self) -> bytes:
        """What is held; where that is much, the first of it."""
        pieces, self._pieces = self._pieces, []
        held = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._left = len(held) > AT_ONCE
        if self._left:
            self._pieces.append(held[AT_ONCE:])
        taken = held[:AT_ONCE] if self._left else held
        self._held = len(held) - len(taken)
        return taken

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self._drop_timer()
        if not self.closed:
            self.closed = True
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: no packet waits for the next."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("Transport", transport)
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, and wake whoever waits."""
        if not self._busy:
            # Nobody asked: most likely a word of farewell.
            self.abort()
            return
        if not self.status:
            self._head += len(data)
        self._size += len(data)
        if self._size > self._most:
            # Trailers and extensions of chunks count too, which nobody would see.
            self._break(f"sends more than {self._most:,} bytes", "too_large")
            self._wake()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._break("does not speak HTTP/1.1", "no_http")
        if not self.status and self._head > MOST_HEAD:
            self._break(f"sends headers of more than {MOST_HEAD:,} bytes", "too_large")
        if self._held > MOST_HELD and not self._paused and not self.closed:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side has closed, or we have."""
        self.closed, self.reusable = True, False
        self._drop_timer()
        if self._busy and not self.ended:
            if self.status and not self._framed and exc is None:
                # An answer without a length ends where the connection does.
                self.ended = True
            elif self._failure is None:
                where = "in the middle of its answer" if self.status else "before it answered"
                self._failure = Broken(f"closed the connection {where}", before=not self._head)
        self._wake()

    # What httptools calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the few headers that matter."""
        name = name.lower()
        if name in KEPT_HEADERS:
            self.headers[name] = value
        elif name in (b"content-length", b"transfer-encoding"):
            self._framed = True

    def on_headers_complete(self) -> None:
        """The head is whole; that of an interim answer is none."""
        if self.ended:
            raise ValueError("nobody asked for a second answer")
        status = self._parser.get_status_code()
        if status >= 200:
            self.status = status

    def on_body(self, body: bytes) -> None:
        """Hold a piece."""
        self._pieces.append(body)
        self._held += len(body)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was an interim one."""
        if self.status:
            self.ended = True
            self._busy = False
            self.reusable = self._parser.should_keep_alive() and not self.closed

    # Waiting.

    def _wait(self, due: float) -> "Future[None]":
        """What is done once something has come, or the time is up."""
        self._due = due
        if self._timer is None or self._timer.when() > due:
            self._drop_timer()
            self._timer = self._loop.call_at(due, self._time_is_up)
        self._waiter = waiter = self._loop.create_future()
        return waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self) -> None:
        """One timer serves many waits, and many requests: it looks whether the one under way is due."""
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._time_is_up)
        else:
            self._waiter.set_exception(TimeoutError())

    def _break(self, why: str, code: str) -> None:
        if self._failure is None:
            self._failure = Broken(why, code=code)
        self.abort()
