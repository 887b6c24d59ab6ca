"""What comes in on a connection, within limits: uvicorn's HTTP, which has none for heads and for slow senders.

Invariant: a connection that owes us the rest of a request is closed in the end, whatever it drips; who is answered
before all of its body came is told that the connection closes, and has a while to hear it.
"""

import asyncio
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from router.api.exchange import Receive
from router.api.failures import failure_bytes
from router.errors import HeadTooLarge, Overloaded, TooSlow
from router.setup import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

# How long an answer that came before its request was whole may be on its way.
LINGER_S = 5.0


class Arrivals:
    """The bodies of one server that are awaited now."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.awaited = 0

    def guard(self, receive: Receive) -> Receive:
        """Receive a body within its time; it raises TooSlow, or Overloaded where too many are awaited."""
        due: float | None = None
        whole = False

        async def guarded() -> "MutableMapping[str, Any]":
            nonlocal due, whole
            if whole:
                return await receive()
            if due is None:
                due = asyncio.get_running_loop().time() + self._limits.body_s
            message = await self._next(receive, due)
            whole = not message.get("more_body")
            return message

        return guarded

    async def _next(self, receive: Receive, due: float) -> "MutableMapping[str, Any]":
        full = self.awaited >= self._limits.bodies
        self.awaited += 1
        try:
            # Where there is no room to wait, what has come already is taken all the same.
            async with asyncio.timeout(0) if full else asyncio.timeout_at(due):
                return await receive()
        except TimeoutError:
            if full:
                told = f"{self._limits.bodies} requests are on their way in, which is the limit."
                raise Overloaded(told, retry_after=1) from None
            raise TooSlow(f"The body did not come within {self._limits.body_s:g} s.") from None
        finally:
            self.awaited -= 1


class Incoming(HttpToolsProtocol):
    """One connection."""

    limits: Limits = DEFAULT_LIMITS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; the first request has the time of a head."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._whole, self._headed = True, False
        self._size = 0
        self._keeps: bool | None = None
        self._give(self.limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; then see what is still owed, and give it its time."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if not self._whole:
            self._owed(len(data))
        elif self._timer is None and self.timeout_keep_alive_task is None and self._idle:
            # Bytes that belong to nothing have stopped uvicorn's own clock.
            self._give(self.limits.head_s)

    def _owed(self, size: int) -> None:
        if not self._headed:
            self._size += size
            if self._size > self.limits.head_bytes:
                self._refuse_head()
            elif self._timer is None:
                self._give(self.limits.head_s)
            return
        if self._keeps is None and not self._idle:
            # Whatever is answered before the rest has come, the connection is of no use afterwards.
            self._keeps, self.cycle.keep_alive = self.cycle.keep_alive, False
            self.cycle.transport = cast("asyncio.Transport", Lingering(self))
        if self._timer is None:
            self._give(self.limits.body_s + LINGER_S)

    @property
    def _idle(self) -> bool:
        """Whether nobody waits for an answer."""
        return self.cycle is None or self.cycle.response_complete

    def _give(self, seconds: float) -> None:
        self._rest()
        self._timer = self.loop.call_later(seconds, self._late)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        # What is not read at the moment, or stands behind another's answer, is not late by its own fault.
        if self.flow.read_paused or (not self._headed and not self._idle):
            self._give(self.limits.head_s)
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse_head(self) -> None:
        self._rest()
        error = HeadTooLarge(f"The head of the request is larger than {self.limits.head_bytes:,} bytes.")
        _, body, _ = failure_bytes(error)
        head = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
        self.transport.write(b"%bcontent-length: %d\r\nconnection: close\r\n\r\n%b" % (head, len(body), body))
        self.transport.close()

    def linger(self) -> None:
        """Close for writing now; for reading soon, lest the answer be lost under what the client still sends."""
        if self._whole:
            self.transport.close()
        elif not self.transport.is_closing():
            self.transport.write_eof()
            self._give(LINGER_S)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        self._whole, self._headed, self._size, self._keeps = False, False, 0, None
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._headed = True
        self._rest()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is."""
        self._whole = True
        self._rest()
        if self._keeps is not None and not self.cycle.response_started:
            self.cycle.keep_alive, self._keeps = self._keeps, None
        super().on_message_complete()


class Lingering:
    """A transport that closes in its own time, for who answers before all has come."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self.write = incoming.transport.write
        self.is_closing = incoming.transport.is_closing

    def close(self) -> None:
        """Say goodbye."""
        self._incoming.linger()


def incoming(limits: Limits) -> type[Incoming]:
    """The protocol of a server with these limits."""
    return type("Incoming", (Incoming,), {"limits": limits})
