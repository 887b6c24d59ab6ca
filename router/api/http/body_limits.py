"""Bodies on their way in: each has its time, and no more are awaited at once than the limit.

Invariant: what has come whole with its head never waits, and is never refused for the sake of those that do.
"""

import asyncio
from collections.abc import Awaitable, MutableMapping
from typing import Any

from router.api.http.asgi import Connection, Receive, Scope, Send, connection_of
from router.api.http.middleware import App
from router.errors import Overloaded, TooSlow
from router.serving.limits import Limits


class BodyLimits:
    """The bodies of one server that are awaited now."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.awaited = 0

    def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request, whose body has its time."""
        return serve(scope, self.guard(receive, connection_of(scope)), send)

    def guard(self, receive: Receive, connection: Connection | None = None) -> Receive:
        """Receive a body within its time; it raises TooSlow, or Overloaded where too many are awaited."""
        if connection is not None and connection.is_whole:
            # Nobody waits for it.
            return receive
        due: float | None = None
        whole = False

        async def guarded() -> MutableMapping[str, Any]:
            nonlocal due, whole
            if whole:
                return await receive()
            if due is None:
                due = asyncio.get_running_loop().time() + self._limits.body_s
            message = await self._next(receive, due)
            whole = not message.get("more_body")
            return message

        return guarded

    async def _next(self, receive: Receive, due: float) -> MutableMapping[str, Any]:
        full = self.awaited >= self._limits.bodies
        self.awaited += 1
        try:
            # Where there is no room to wait, what has come already is taken all the same.
            async with asyncio.timeout(0) if full else asyncio.timeout_at(due):
                return await receive()
        except TimeoutError:
            if full:
                message = f"{self._limits.bodies} requests are on their way in, which is the limit."
                raise Overloaded(message, retry_after=1) from None
            raise TooSlow(f"The body did not come within {self._limits.body_s:g} s.") from None
        finally:
            self.awaited -= 1
