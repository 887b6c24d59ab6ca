"""Lets requests pass that a check has nothing against; the others get its error, in the words of their path."""

from collections.abc import Awaitable, Callable

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.layers.refusal import RenderError, refuse
from router.api.http.middleware import App
from router.errors import RouterError


class Gate:
    """Stands before everything within; `check` raises RouterError for what may not pass."""

    def __init__(self, check: Callable[[Scope], Awaitable[None]], render_error: RenderError) -> None:
        self._check = check
        self._render_error = render_error

    async def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, if it may pass."""
        try:
            await self._check(scope)
        except RouterError as error:
            await refuse(scope, send, error, self._render_error)
            return
        await serve(scope, receive, send)
