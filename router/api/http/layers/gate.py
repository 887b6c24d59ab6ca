"""Lets requests pass that a check has nothing against; the others get its error, in the words of their path."""

from collections.abc import Awaitable, Callable

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.layers.refusal import RenderError, refuse
from router.api.http.middleware import App
from router.errors import RouterError

Check = Callable[[Scope], Awaitable[None] | None]
"""Raises RouterError for what may not pass, at once or when what it returns is awaited."""


class Gate:
    """Stands before everything within."""

    def __init__(self, check: Check, render_error: RenderError) -> None:
        self._check = check
        self._render_error = render_error

    def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request, if it may pass."""
        try:
            checking = self._check(scope)
        except RouterError as error:
            return refuse(scope, send, error, self._render_error)
        if checking is None:
            return serve(scope, receive, send)
        return self._once_checked(checking, serve, scope, receive, send)

    async def _once_checked(
        self, checking: Awaitable[None], serve: App, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            await checking
        except RouterError as error:
            await refuse(scope, send, error, self._render_error)
            return
        await serve(scope, receive, send)
