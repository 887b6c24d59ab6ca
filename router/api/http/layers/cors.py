"""Lets web pages of listed origins ask, by CORS; without a list nobody's pages may.

Invariant: no answer allows cookies, so that an origin of `*` gives no page the standing of its reader; the admin routes
are for no page of another origin.
"""

import re
from collections.abc import Collection, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from router.api.http.asgi import Receive, Scope, Send, header
from router.api.http.layers.refusal import RenderError, refuse
from router.api.http.middleware import App
from router.errors import ConfigError, Forbidden

ANY = "*"
MAX_AGE_S = 600
NEVER_BELOW = "/admin/"
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:[ \t]*,[ \t]*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
MOST_NAMES = 4096


def checked_origins(given: Sequence[str]) -> tuple[str, ...]:
    """The origins of an option; raises ConfigError for what no browser would ever send."""
    faults = [fault for origin in given if origin != ANY and (fault := _fault(origin))]
    if faults:
        raise ConfigError(faults)
    return tuple(given)


def _fault(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
        right = f"{parts.scheme}://{parts.netloc}".lower()
        sound = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        sound, right = False, ""
    if sound and origin == right:
        return None
    hint = f"; did you mean {right}?" if sound else ", such as https://app.example.org, or *"
    return f"--cors-origin {origin!r}: this is to be a scheme, a host and perhaps a port{hint}"


class Cors:
    """Answers for pages of these origins."""

    def __init__(self, origins: Collection[str], render_error: RenderError) -> None:
        self._origins = frozenset(origins)
        self._render_error = render_error

    async def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer what a browser asks before it."""
        origin = header(scope, b"origin")
        if origin is None or scope["path"].startswith(NEVER_BELOW):
            await serve(scope, receive, send)
            return
        allowed = ANY in self._origins or origin in self._origins
        if scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method") is not None:
            await self._preflight(scope, send, origin, allowed=allowed)
        else:
            await serve(scope, receive, self._marked(send, origin) if allowed else send)

    async def _preflight(self, scope: Scope, send: Send, origin: str, *, allowed: bool) -> None:
        if not allowed:
            words = "Pages of this origin may not ask here; the operator lists those that may by --cors-origin."
            await refuse(scope, send, Forbidden(words), self._render_error)
            return
        lines = [
            *self._lines(origin),
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-max-age", str(MAX_AGE_S).encode()),
        ]
        names = header(scope, b"access-control-request-headers") or ""
        if len(names) <= MOST_NAMES and _NAMES.fullmatch(names):
            lines.append((b"access-control-allow-headers", names.encode()))
        if header(scope, b"access-control-request-private-network") == "true" and origin in self._origins:
            lines.append((b"access-control-allow-private-network", b"true"))
        await send({"type": "http.response.start", "status": 204, "headers": lines})
        await send({"type": "http.response.body", "body": b""})

    def _lines(self, origin: str) -> list[tuple[bytes, bytes]]:
        if ANY in self._origins:
            return [(b"access-control-allow-origin", b"*")]
        return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]

    def _marked(self, send: Send, origin: str) -> Send:
        lines = [*self._lines(origin), (b"access-control-expose-headers", b"*")]

        async def marked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *lines]}
            await send(message)

        return marked
