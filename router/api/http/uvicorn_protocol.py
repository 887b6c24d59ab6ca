"""What comes in on a connection, within limits: uvicorn's HTTP, which has none for heads and for slow senders.

Invariant: a connection that owes us the rest of a request is closed in the end, whatever it drips; who is answered
before all of its body came is told that the connection closes, and has a while to hear it.
"""

import asyncio
import re
from collections.abc import Callable
from operator import itemgetter
from typing import cast
from urllib.parse import unquote

from httptools import parse_url
from uvicorn.protocols.http.flow_control import CLOSE_HEADER, HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from router.api.http.asgi import CONNECTION
from router.api.http.connection.clients import OpenConnections, client_of
from router.api.http.connection.framing import Framing
from router.api.http.connection.host_header import host_fault
from router.api.http.connection.request_cycle import RequestCycle
from router.api.http.error_responses import failure_bytes
from router.errors import BadRequest, RateLimited, RouterError
from router.serving.limits import DEFAULT_LIMITS, Limits

# How long an answer that came before its request was whole may be on its way.
LINGER_S = 5.0
# How long a connection that is one too many may take to hear so.
REFUSED_S = 2.0
# A head, its body and its end, or so many times `CHUNKS_AT_ONCE`, before the event loop gets its turn.
PIECES_AT_ONCE = 4
# Targets of requests that are remembered as they were read: how long, and how many.
LONGEST_KNOWN, MOST_KNOWN = 128, 256
_KNOWN_TARGETS: dict[bytes, tuple[str, bytes, bytes]] = {}
_EXPECT, _NAME = b"expect", itemgetter(0)
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


class Incoming(HttpToolsProtocol):
    """One connection. A request that stands behind another is read once that is answered."""

    limits: Limits = DEFAULT_LIMITS
    clients = OpenConnections(DEFAULT_LIMITS)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; the first request has the time of a head."""
        super().connection_made(transport)
        self.timeout_keep_alive = self.limits.keep_alive_s  # type: ignore[assignment]
        self._framing = Framing(self.limits.head_bytes)
        self._timer: asyncio.TimerHandle | None = None
        self._turn: asyncio.Handle | None = None
        self._whole, self._deaf = True, False
        # Rests between two requests: since when, and who looks whether that is too long.
        self._resting, self._since = False, 0.0
        self._looks: asyncio.TimerHandle | None = None
        self._headers: list[tuple[bytes, bytes]] | None = None
        self._fault: RouterError | None = None
        self._call: Callable[[], object] | None = None
        # One for all requests, which come one after another: who still waits for an earlier one hears that it is over.
        self._message_event = asyncio.Event()
        self._client = client_of(self.client)
        self._too_many = self.clients.enter(self._client)
        self._give(self.limits.head_s if self._too_many is None else min(self.limits.head_s, REFUSED_S))
        if self._too_many is not None and self.clients.too_many(self._client, self._too_many):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; whoever answers a request is told."""
        self._rest()
        if self._looks is not None:
            self._looks.cancel()
        self._deaf = True
        self.clients.leave(self._client)
        super().connection_lost(exc)
        self._forget()
        self._tell_of_leaving()

    def _forget(self) -> None:
        """What a request that is over holds of its connection: nothing, so that both go at once."""
        if self.scope is not None:
            self.scope.pop(CONNECTION, None)  # type: ignore[misc]

    @property
    def is_whole(self) -> bool:
        """Whether all of the request has come that is answered now."""
        return self._whole

    def when_client_leaves(self, call: Callable[[], object]) -> Callable[[], None]:
        """Call this once the client of the request has gone that is answered now; what comes back takes that back."""
        # A large body may have stopped the reading, without which nobody sees that a client goes.
        self.flow.resume_reading()
        self._call = call
        if self.cycle.disconnected:
            self.loop.call_soon(self._tell_of_leaving)

        def take_back() -> None:
            if self._call is call:
                self._call = None

        return take_back

    def _tell_of_leaving(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()

    def data_received(self, data: bytes) -> None:
        """Take what has come, and see what is still owed."""
        if self._deaf:
            # Whatever it is, it comes too late.
            return
        if self._too_many is not None:
            words = f"This client has {self._too_many} connections open, which is the limit of one client."
            self._refuse(RateLimited(words, retry_after=1))
            return
        self._resting = False
        self._framing.feed(data)
        if self._turn is None:
            self._go_on()

    def _go_on(self) -> None:
        """Parse what can be parsed now."""
        self._turn = None
        framing = self._framing
        try:
            for _ in range(PIECES_AT_ONCE):
                # What stands behind a request that is being answered is left for later.
                behind = framing.in_head and not self._idle
                piece = None if behind or self._deaf else framing.next()
                if piece is None:
                    break
                self._parse(piece)
            else:
                # A great many small pieces hold up nobody else.
                self._turn = self.loop.call_soon(self._go_on)
        except RouterError as error:
            self._refuse(error)
        if not self._deaf:
            self._see_what_is_owed()

    def _parse(self, piece: bytes) -> None:
        super().data_received(_without_upgrade(piece) if self._whole else piece)
        if self._fault is not None:
            raise self._fault
        if self._whole != self._framing.in_head and not self._deaf:
            raise BadRequest("It is not clear where this request ends.")

    def _see_what_is_owed(self) -> None:
        if self._framing.held > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        if self._framing.in_head:
            # Bytes that belong to nothing have stopped uvicorn's own clock, too.
            if self._timer is None and not self._resting and self._idle:
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
        # What is not read at the moment is not late by its own fault.
        if self.flow.read_paused and not self._deaf:
            self._give(self.limits.head_s)
        elif not self.transport.is_closing():
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in our envelope."""
        self._refuse(BadRequest(msg))

    def _refuse(self, error: RouterError) -> None:
        if self._deaf:
            return
        self._deaf = True
        self._rest()
        if self._idle or not self.cycle.response_started:
            status, body, more = failure_bytes(error)
            head = b"%bcontent-type: application/json\r\nconnection: close\r\n" % STATUS_LINE[status]
            head += b"".join(b"%b: %b\r\n" % line for line in more)
            self.transport.write(b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body))
        if not self._idle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._tell_of_leaving()
        self._close_softly()

    def linger(self) -> None:
        """Close for writing now; for reading soon, lest the answer be lost under what the client still sends."""
        self._rest()
        if not self.cycle.more_body:
            self.transport.close()
        else:
            self._close_softly()

    def _close_softly(self) -> None:
        if not self.transport.is_closing():
            self._deaf = True
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self.flow.resume_reading()
            self._give(LINGER_S)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        self._whole, self._headers = False, None
        self.url, self.headers = b"", []

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of its head."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._rest()
        self._fault = self._fault_of_head()
        if self._fault is None:
            self._begin_request()

    def _begin_request(self) -> None:
        """Hand it to the application, as uvicorn does: but there is none behind it, and it is never upgraded."""
        version = self.parser.get_http_version()
        path, raw_path, query = _KNOWN_TARGETS.get(self.url) or _target(self.url)
        self.scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": self.parser.get_method().decode("ascii"),
            "root_path": "",
            "path": path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": self.headers,
            "state": self.app_state.copy(),
            CONNECTION: self,  # type: ignore[misc]
        }
        self._message_event.clear()
        self.cycle = RequestCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=self._message_event,
            expect_100_continue=_EXPECT in map(_NAME, self.headers) and self._is_awaited(),
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self.cycle, self.app)

    def _is_awaited(self) -> bool:
        """Whether the client waits for a word before it sends its body."""
        return any(name == _EXPECT and value.lower() == b"100-continue" for name, value in self.headers)

    def _fault_of_head(self) -> RouterError | None:
        """What the parser accepts and we don't; an error that is raised here would lose its words."""
        try:
            self._framing.follow(self.headers)
        except RouterError as error:
            return error
        fault = host_fault(self.headers, required=self.parser.get_http_version() == "1.1")
        return BadRequest(fault) if fault else None

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        cycle = self.cycle
        if self._fault is None and not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        """All of it is."""
        self._whole = True
        self._rest()
        if self._fault is not None:
            return
        if self._headers is not None:
            self.cycle.default_headers, self._headers = self._headers, None
        if not self.cycle.response_complete:
            self.cycle.more_body = False
            self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        """It was answered; the one behind it is next."""
        self._forget()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if not self._framing.held:
            self._begin_to_rest()
        elif self._turn is None and not self._deaf:
            self._turn = self.loop.call_soon(self._go_on)

    def _begin_to_rest(self) -> None:
        """Nothing is owed: one timer looks after many rests."""
        self._resting, self._since = True, self.loop.time()
        if self._looks is None:
            self._looks = self.loop.call_later(self.timeout_keep_alive, self._look)

    def _look(self) -> None:
        """Close what rests too long."""
        self._looks, until = None, self._since + self.timeout_keep_alive
        if not self._resting or self.transport.is_closing():
            return
        if self.loop.time() >= until:
            self.transport.close()
        else:
            self._looks = self.loop.call_at(until, self._look)


def _target(url: bytes) -> tuple[str, bytes, bytes]:
    """The path of a request as text and as it was sent, and its query; raises HttpParserInvalidURLError."""
    parsed = parse_url(url)
    path = parsed.path.decode("ascii")
    parts = unquote(path) if "%" in path else path, parsed.path, parsed.query or b""
    if len(url) <= LONGEST_KNOWN and len(_KNOWN_TARGETS) < MOST_KNOWN:
        _KNOWN_TARGETS[url] = parts
    return parts


def _without_upgrade(head: bytes) -> bytes:
    """A request without its offer of another protocol, which is never taken up.

    Java's client offers HTTP/2 with its first request, and the parser takes such a one to have no body.
    """
    return _UPGRADE.sub(b"\r\nx-not-taken:", head) if b"pgrade" in head.lower() else head


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
    return type("Incoming", (Incoming,), {"limits": limits, "clients": OpenConnections(limits)})
