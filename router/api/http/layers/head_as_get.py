"""Answers HEAD wherever there is a GET: with the same status and headers, and no body."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.middleware import App


class HeadAsGet:
    """Turns a HEAD into the GET of its path, where that has an answer."""

    def __init__(self, answers_get: Callable[[Scope], Awaitable[bool]]) -> None:
        self._answers_get = answers_get

    def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        if scope["method"] == "HEAD":
            return self._head(serve, scope, receive, send)
        return serve(scope, receive, send)

    async def _head(self, serve: App, scope: Scope, receive: Receive, send: Send) -> None:
        if await self._answers_get(scope):
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await serve(scope, receive, send)


def _without_body(send: Send) -> Send:
    """Send the head of an answer, and nothing after it."""

    async def bare(message: MutableMapping[str, Any]) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return bare
