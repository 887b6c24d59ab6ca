"""How much one client may have on its way at once: requests, and bytes of bodies that are not whole yet.

Invariant: a client is its key where keys are asked for, else its address; what it has in flight is counted from here to
the last byte of its answer.
"""

from collections import Counter
from collections.abc import MutableMapping
from typing import Any

from router.api.http.asgi import Receive, Scope, Send, connection_of
from router.api.http.authentication import access_of
from router.api.http.connection.clients import client_of, limit_of
from router.api.http.layers.refusal import RenderError, refuse
from router.api.http.middleware import App
from router.api.http.request_observer import PROBES
from router.errors import RateLimited
from router.serving.limits import Limits

BODIES = 8
"""Bodies of the largest size that one client may be sending at once, unless said otherwise."""


class ClientLimits:
    """Stands behind authentication."""

    def __init__(self, limits: Limits, render_error: RenderError) -> None:
        self._limits = limits
        self._render_error = render_error
        self.in_flight: Counter[str] = Counter()
        self.receiving: Counter[str] = Counter()

    async def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, if its client has no more than its share on the way."""
        if scope["path"] in PROBES:
            await serve(scope, receive, send)
            return
        access = access_of(scope)
        client = access.key if access else client_of(scope.get("client"))
        limit = limit_of(self._limits.client_in_flight, client, max(1, self._limits.in_flight // 2))
        if limit is not None and self.in_flight[client] >= limit:
            words = f"{limit} requests of this client are in flight, which is the limit of one client."
            await refuse(scope, send, RateLimited(words, retry_after=1), self._render_error)
            return
        connection = connection_of(scope)
        # Of one that has come whole nothing is on its way in.
        body = None if connection is not None and connection.is_whole else _Body(self, client, receive)
        self.in_flight[client] += 1
        try:
            await serve(scope, body.receive if body else receive, send)
        finally:
            if body:
                body.let_go()
            self.in_flight[client] -= 1
            if not self.in_flight[client]:
                del self.in_flight[client]

    def take(self, client: str, size: int) -> None:
        """Count bytes that have come; raises RateLimited where they are too many."""
        self.receiving[client] += size
        limit = limit_of(self._limits.client_receiving_bytes, client, BODIES * self._limits.body_bytes)
        if limit is not None and self.receiving[client] > limit:
            words = f"More than {limit:,} bytes of bodies of this client are on their way in, the limit of one client."
            raise RateLimited(words, retry_after=1)

    def give_back(self, client: str, size: int) -> None:
        """Count bytes no more: their body is whole, or nobody waits for it."""
        self.receiving[client] -= size
        if not self.receiving[client]:
            del self.receiving[client]


class _Body:
    """The body of one request, for as long as it is not whole."""

    __slots__ = ("_client", "_limits", "_receive", "_size")

    def __init__(self, limits: ClientLimits, client: str, receive: Receive) -> None:
        self._limits, self._client, self._receive = limits, client, receive
        self._size = 0

    async def receive(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        if not message.get("more_body"):
            self.let_go()
        elif size := len(message.get("body", b"")):
            self._size += size
            self._limits.take(self._client, size)
        return message

    def let_go(self) -> None:
        if self._size:
            size, self._size = self._size, 0
            self._limits.give_back(self._client, size)
