"""Answers a request with an error before any route has it."""

from collections.abc import Callable

from router.api.http.asgi import Headers, Scope, Send, request_id, send_bytes
from router.errors import RouterError

# Status, body and headers of an error for whoever sent a request.
RenderError = Callable[[Scope, RouterError, str], tuple[int, bytes, Headers]]


async def refuse(scope: Scope, send: Send, error: RouterError, render_error: RenderError) -> None:
    """Send the error, in the words that the clients of the path expect."""
    id_ = request_id(scope)
    status, body, headers = render_error(scope, error, id_)
    await send_bytes(send, status, body, [(b"x-request-id", id_.encode()), *headers])
