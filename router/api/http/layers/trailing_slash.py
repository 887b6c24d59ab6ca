"""Answers a path that ends in a slash as the same path without it, with no redirect on the way."""

from collections.abc import Awaitable

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.middleware import App


def without_trailing_slash(serve: App, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    """Serve one request."""
    path: str = scope["path"]
    if path.endswith("/") and (bare := path.rstrip("/")):
        raw = scope.get("raw_path") or path.encode()
        scope = {**scope, "path": bare, "raw_path": raw.rstrip(b"/")}
    return serve(scope, receive, send)
