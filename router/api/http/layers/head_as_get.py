"""Answers HEAD wherever there is a GET: with the same status and headers, and no body."""

from collections.abc import Awaitable, MutableMapping, Sequence
from typing import Any

from starlette.routing import BaseRoute, Match

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.middleware import App


class HeadAsGet:
    """Turns a HEAD into the GET of its path, where there is one."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        if scope["method"] == "HEAD" and self._answers_get(scope):
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        return serve(scope, receive, send)

    def _answers_get(self, scope: Scope) -> bool:
        return any(route.matches({**scope, "method": "GET"})[0] is Match.FULL for route in self._routes)


def _without_body(send: Send) -> Send:
    """Send the head of an answer, and nothing after it."""

    async def bare(message: MutableMapping[str, Any]) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return bare
