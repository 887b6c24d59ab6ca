"""One HTTP request in plain ASGI: a bounded body in, bytes out, and word of a client that leaves.

Invariant: a body is never held beyond the limit; whatever goes wrong is answered with OpenAI's error envelope.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from router.errors import TooLarge
from router.ids import random_hex
from router.serving.request_trace import RequestTrace

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

JSON: tuple[bytes, bytes] = (b"content-type", b"application/json")
EVENTS: tuple[bytes, bytes] = (b"content-type", b"text/event-stream; charset=utf-8")
MOST_ID = 128
TRAIL = "fungible.request_trace"
_ID = "fungible.request_id"
PATIENCE_S = 0.02


class ClientLeft(Exception):
    """The client closed the connection before its request was whole."""


async def read_body(receive: Receive, scope: Scope, limit: int) -> bytes:
    """The whole body; raises TooLarge, before reading where the client tells its size, or ClientLeft."""
    told = header(scope, b"content-length")
    if told and told.isdigit() and int(told) > limit:
        raise TooLarge(f"The body has {int(told):,} bytes; the limit is {limit:,}.")
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        piece: bytes = message.get("body", b"")
        body += piece
        if len(body) > limit:
            raise TooLarge(f"The body is larger than the limit of {limit:,} bytes.")
        if not message.get("more_body"):
            return body


def header(scope: Scope, name: bytes) -> str | None:
    """A header of the request, or None."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def joined_header(scope: Scope, name: bytes) -> str | None:
    """All lines of a header that holds a list, in their order (RFC 9110, 5.3), or None."""
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ", ".join(lines) if lines else None


def request_id(scope: Scope) -> str:
    """The client's own id for its request, where it is sane, else a new one; the same whenever it is asked for."""
    found: str | None = scope.get(_ID)
    if found is None:
        given = header(scope, b"x-request-id")
        sane = given and len(given) <= MOST_ID and given.isascii() and given.isprintable()
        found = scope[_ID] = given if given and sane else f"req_{random_hex()}"
    return found


def trail_of(scope: Scope) -> RequestTrace | None:
    """What is seen of a request, where somebody watches."""
    request_trace: RequestTrace | None = scope.get(TRAIL)
    return request_trace


async def send_bytes(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Answer at once."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [JSON, length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def until_client_leaves(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Watch:
    """Cancels the surrounding task when the client leaves, so that no backend works for nobody.

    It begins to listen after `PATIENCE_S`: most answers in process are done before, and need no second task.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._listener: asyncio.Future[None] | None = None
        self.left = False

    async def __aenter__(self) -> "Watch":
        """Begin to listen, soon."""
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._listen)
        return self

    def _listen(self) -> None:
        self._listener = asyncio.ensure_future(until_client_leaves(self._receive))
        self._listener.add_done_callback(self._leave)

    def _leave(self, listener: "asyncio.Future[None]") -> None:
        if not listener.cancelled() and self._task is not None:
            self.left = True
            self._task.cancel()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        """Stop listening; a cancellation that came from the client's leaving ends here."""
        self._timer.cancel()
        if self._listener is not None:
            self._listener.remove_done_callback(self._leave)
            self._listener.cancel()
        return self.left and kind is asyncio.CancelledError


def without_body(send: Send) -> Send:
    """Send the head of an answer, and nothing after it."""

    async def bare(message: MutableMapping[str, Any]) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return bare
