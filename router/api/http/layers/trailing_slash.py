"""Answers a path that ends in a slash as the same path without it, with no redirect on the way."""

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.middleware import App


async def without_trailing_slash(serve: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one request."""
    path: str = scope["path"]
    if path.endswith("/") and (bare := path.rstrip("/")):
        raw = scope.get("raw_path") or path.encode()
        scope = {**scope, "path": bare, "raw_path": raw.rstrip(b"/")}
    await serve(scope, receive, send)
