"""What comes in on a connection, within limits: uvicorn's HTTP, which has none for heads and for slow senders.

Invariant: a connection that owes us the rest of a request is closed in the end, whatever it drips; who is answered
before all of its body came is told that the connection closes, and has a while to hear it.
"""

import asyncio
import re
from typing import cast

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from router.api.http.error_responses import failure_bytes
from router.errors import BadRequest, HeadTooLarge, RouterError
from router.serving.limits import DEFAULT_LIMITS, Limits

# How long an answer that came before its request was whole may be on its way.
LINGER_S = 5.0
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


class Incoming(HttpToolsProtocol):
    """One connection."""

    limits: Limits = DEFAULT_LIMITS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; the first request has the time of a head."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._whole, self._headed, self._lingers = True, False, False
        self._size = 0
        self._headers: list[tuple[bytes, bytes]] | None = None
        self._answered: RequestResponseCycle | None = None
        self._give(self.limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """End; uvicorn tells the last request of it, and this the one that is being answered."""
        self._rest()
        self._tell_gone()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; then see what is still owed, and give it its time."""
        if self._lingers:
            # Whatever it is, it comes too late.
            return
        super().data_received(_without_upgrade(data) if self._whole else data)
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
        if self._headers is None and not self._idle:
            # Whatever is answered before the rest has come, the connection is of no use afterwards.
            self._headers = self.cycle.default_headers
            self.cycle.default_headers = [*self._headers, CLOSE_HEADER]
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
        waits = self.flow.read_paused or (not self._headed and not self._idle)
        if waits and not self._lingers:
            self._give(self.limits.head_s)
        elif not self.transport.is_closing():
            self.transport.close()

    def _tell_gone(self) -> None:
        if (cycle := self._answered) is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def _refuse_head(self) -> None:
        self._refuse(HeadTooLarge(f"The head of the request is larger than {self.limits.head_bytes:,} bytes."))

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in our envelope."""
        self._refuse(BadRequest(msg))

    def _refuse(self, error: RouterError) -> None:
        self._rest()
        cycle = self._answered
        if cycle is not None and not (cycle.response_complete or cycle.more_body):
            # What is wrong stands behind a request that is being answered: that goes first, and is the last.
            cycle.keep_alive = False
            self.pipeline.clear()
            self.flow.pause_reading()
            return
        status, body, _ = failure_bytes(error)
        head = b"%bcontent-type: application/json\r\nconnection: close\r\n" % STATUS_LINE[status]
        self.transport.write(b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body))
        self.transport.close()
        self._tell_gone()

    def linger(self) -> None:
        """Close for writing now; for reading soon, lest the answer be lost under what the client still sends."""
        if self._answered is None or not self._answered.more_body:
            self.transport.close()
        elif not self.transport.is_closing():
            self._lingers = True
            self.pipeline.clear()
            self.transport.write_eof()
            self._give(LINGER_S)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        self._whole, self._headed, self._size, self._headers = False, False, 0, None
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._headed = True
        self._rest()
        super().on_headers_complete()
        if self._answered is None or self._answered.response_complete:
            self._answered = self.cycle

    def on_response_complete(self) -> None:
        """It was answered; the one behind it is next."""
        following = self.pipeline[-1][0] if self.pipeline else None
        super().on_response_complete()
        self._answered = following or self._answered

    def on_message_complete(self) -> None:
        """All of it is."""
        self._whole = True
        self._rest()
        if self._headers is not None:
            self.cycle.default_headers, self._headers = self._headers, None
        super().on_message_complete()


def _without_upgrade(data: bytes) -> bytes:
    """A request without its offer of another protocol, which is never taken up.

    Java's client offers HTTP/2 with its first request, and the parser takes such a one to have no body.
    """
    end = data.find(b"\r\n\r\n")
    if b"pgrade" not in data[:end]:
        return data
    return _UPGRADE.sub(b"\r\nx-not-taken:", data[:end]) + data[end:] if end > 0 else data


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
