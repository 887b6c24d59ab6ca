"""One HTTP request in plain ASGI: a bounded body in, bytes out, and word of a client that leaves.

Invariant: a body is never held beyond the limit; whatever goes wrong is answered with OpenAI's error envelope.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

from router.errors import TooLarge
from router.ids import random_hex
from router.serving.request_trace import RequestTrace
from router.serving.work.body_room import BodyRoom
from router.serving.work.heavy_work import SMALL

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

JSON: tuple[bytes, bytes] = (b"content-type", b"application/json")
EVENTS: tuple[bytes, bytes] = (b"content-type", b"text/event-stream; charset=utf-8")
MOST_ID = 128
TRAIL = "fungible.request_trace"
CONNECTION = "fungible.connection"
_ID, _FIRST = "fungible.request_id", "fungible.first_lines"
PATIENCE_S = 0.02
PIECES_AT_ONCE = 32


class ClientLeft(Exception):
    """The client closed the connection before its request was whole."""


class Connection(Protocol):
    """What our own server says of the connection of a request beside ASGI's messages; others say nothing."""

    @property
    def is_whole(self) -> bool:
        """Whether all of the request has come."""

    def when_client_leaves(self, call: Callable[[], object]) -> Callable[[], None]:
        """Call this once the client has gone, which may be now; what comes back takes that back."""


def connection_of(scope: Scope) -> Connection | None:
    """The connection of a request, where the server says something of it."""
    connection: Connection | None = scope.get(CONNECTION)
    return connection


async def read_body(receive: Receive, scope: Scope, limit: int, room: BodyRoom | None = None) -> bytes:
    """The whole body; raises TooLarge, before reading where the client tells its size, or ClientLeft.

    A large one takes its size of the room, which whoever asked gives back; raises Overloaded where there is none.
    """
    length = header(scope, b"content-length")
    if length and length.isdigit() and int(length) > limit:
        raise TooLarge(f"The body has {int(length):,} bytes; the limit is {limit:,}.")
    first, more = _piece(await receive())
    if not more and (room is None or len(first) <= min(SMALL, limit)):
        # Most bodies come in one small piece, which takes no room.
        return _within(first, limit)
    pieces, taken = [], 0
    try:
        async for piece, size in _pieces(first, receive, limit, more=more):
            pieces.append(piece)
            if room is not None:
                taken = room.grow(taken, size)
    except BaseException:
        if room is not None:
            room.give_back(taken)
        raise
    return b"".join(pieces) if len(pieces) > 1 else pieces[0]


async def _pieces(first: bytes, receive: Receive, limit: int, *, more: bool) -> AsyncIterator[tuple[bytes, int]]:
    """What comes of a body, with its size so far."""
    size = len(_within(first, limit))
    yield first, size
    while more:
        piece, more = _piece(await receive())
        size += len(piece)
        yield _within(piece, limit, size), size


def _piece(message: Mapping[str, Any]) -> tuple[bytes, bool]:
    """A piece of a body, and whether there is more; raises ClientLeft."""
    if message["type"] == "http.disconnect":
        raise ClientLeft
    return message.get("body", b""), bool(message.get("more_body"))


def _within(piece: bytes, limit: int, size: int | None = None) -> bytes:
    """The piece, where the body with it has no more than `limit` bytes."""
    if (len(piece) if size is None else size) > limit:
        raise TooLarge(f"The body is larger than the limit of {limit:,} bytes.")
    return piece


def first_lines(scope: Scope) -> Mapping[bytes, bytes]:
    """The first line of each header of a request: made once, for most are looked for in vain."""
    lines = scope["headers"]
    known: tuple[Any, Mapping[bytes, bytes]] | None = scope.get(_FIRST)
    if known is None or known[0] is not lines:
        # A layer may have put others in their place.
        known = scope[_FIRST] = lines, dict(reversed(lines))
    return known[1]


def header(scope: Scope, name: bytes) -> str | None:
    """A header of the request, or None."""
    value = first_lines(scope).get(name)
    return None if value is None else value.decode("latin-1")


def joined_header(scope: Scope, name: bytes) -> str | None:
    """All lines of a header that holds a list, in their order (RFC 9110, 5.3), or None."""
    if name not in first_lines(scope):
        return None
    return ", ".join([value.decode("latin-1") for key, value in scope["headers"] if key == name])


def request_id(scope: Scope) -> str:
    """The client's own id for its request, where it is sane, else a new one; the same whenever it is asked for."""
    known: str | None = scope.get(_ID)
    if known is None:
        given = header(scope, b"x-request-id")
        sane = given and len(given) <= MOST_ID and given.isascii() and given.isprintable()
        known = scope[_ID] = given if given and sane else f"req_{random_hex()}"
    return known


def trail_of(scope: Scope) -> RequestTrace | None:
    """What is seen of a request, where somebody watches."""
    request_trace: RequestTrace | None = scope.get(TRAIL)
    return request_trace


async def send_bytes(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Answer at once."""
    await send(_start(status, len(body), headers))
    await send({"type": "http.response.body", "body": body})


async def send_whole(send: Send, body: bytes | Sequence[bytes], headers: Headers) -> None:
    """Answer with 200; what is long goes out bit by bit, no faster than the client takes it."""
    if isinstance(body, bytes):
        await send(_start(200, len(body), headers))
        await send({"type": "http.response.body", "body": body})
        return
    await send(_start(200, sum(map(len, body)), headers))
    for place in range(0, len(body) - 1, PIECES_AT_ONCE):
        some = b"".join(body[place : min(place + PIECES_AT_ONCE, len(body) - 1)])
        await send({"type": "http.response.body", "body": some, "more_body": True})
    await send({"type": "http.response.body", "body": body[-1]})


def _start(status: int, size: int, headers: Headers) -> dict[str, Any]:
    """The head of an answer in JSON."""
    lines = [JSON, (b"content-length", b"%d" % size), *headers]
    return {"type": "http.response.start", "status": status, "headers": lines}


async def until_client_leaves(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _nothing() -> None:
    """What takes back what has been taken back."""


class Watch:
    """Cancels the surrounding task when the client leaves, so that no backend works for nobody.

    Where the server does not say so itself it listens, which it begins after `PATIENCE_S`: most answers in process are
    done before, and need no second task.
    """

    def __init__(self, receive: Receive, connection: Connection | None = None) -> None:
        self._receive = receive
        self._connection = connection
        self._listener: asyncio.Future[None] | None = None
        self._task: asyncio.Task[object] | None = None
        self._rest: Callable[[], None] = _nothing
        self.left = False

    def __enter__(self) -> "Watch":
        """Begin to listen, soon."""
        self._task = asyncio.current_task()
        if self._connection is not None:
            self._rest = self._connection.when_client_leaves(self._leave)
        else:
            self._rest = asyncio.get_running_loop().call_later(PATIENCE_S, self._listen).cancel
        return self

    def _listen(self) -> None:
        self._listener = asyncio.ensure_future(until_client_leaves(self._receive))
        self._listener.add_done_callback(self._done)

    def _done(self, listener: "asyncio.Future[None]") -> None:
        if not listener.cancelled():
            self._leave()

    def _leave(self) -> None:
        if self._task is not None:
            self.left = True
            self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        """Stop listening; a cancellation that came from the client's leaving ends here."""
        # Its task holds on to it, and what takes it back does: both go at once, not when garbage is looked for.
        rest, self._rest, self._task = self._rest, _nothing, None
        rest()
        if self._listener is not None:
            self._listener.remove_done_callback(self._done)
            self._listener.cancel()
            self._listener = None
        return self.left and kind is asyncio.CancelledError
