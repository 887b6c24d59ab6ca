"""Answers of the page to a browser: pages, redirections, files; with cookies where they are needed."""

import asyncio
import gzip
from collections.abc import Iterable

from router.api.http.asgi import Scope, Send, header
from router.page.rendering import page_headers

HTML, JSON_TYPE = b"text/html; charset=utf-8", b"application/json"
Pairs = Iterable[tuple[bytes, bytes]]


async def send(send_: Send, status: int, body: bytes, headers: Pairs) -> None:
    """Answer at once."""
    every = [(b"content-length", str(len(body)).encode()), *headers]
    await send_({"type": "http.response.start", "status": status, "headers": every})
    await send_({"type": "http.response.body", "body": body})


async def send_page(scope: Scope, send_: Send, status: int, body: bytes, nonce: str, more: Pairs = ()) -> None:
    """Answer with a page, compressed where the browser takes it."""
    headers = [(b"content-type", HTML), *page_headers(nonce), *more]
    if compresses(scope):
        body = await asyncio.to_thread(gzip.compress, body, 3)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
    await send(send_, status, body, headers)


async def redirect(send_: Send, to: str, more: Pairs = ()) -> None:
    """Lead to another page of ours."""
    location = (b"location", to.encode("latin-1", "ignore"))
    await send(send_, 303, b"", [location, (b"cache-control", b"no-store"), *more])


def cookie(scope: Scope, name: str, value: str, *, seconds: int, script: bool = False) -> tuple[bytes, bytes]:
    """A cookie that goes to this server alone, and that no script reads unless said."""
    parts = [f"{name}={value}", "Path=/", "SameSite=Strict", f"Max-Age={seconds}"]
    parts += [] if script else ["HttpOnly"]
    parts += ["Secure"] if is_secure(scope) else []
    return b"set-cookie", "; ".join(parts).encode()


def compresses(scope: Scope) -> bool:
    """Whether the browser takes gzip."""
    return "gzip" in (header(scope, b"accept-encoding") or "")


def is_secure(scope: Scope) -> bool:
    """Whether the request came over TLS, here or at a proxy that says so."""
    return scope.get("scheme") == "https" or header(scope, b"x-forwarded-proto") == "https"
