"""Asks the server's own admin API on behalf of who is signed in.

Invariant: nothing is asked but what the documented routes answer, with the rights of the session's key: what the page
shows, `curl` can fetch.
"""

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlencode

import orjson

from router.api.http.asgi import Scope
from router.api.http.middleware import App

_KEPT = (b"host", b"x-request-id")


class Refused(Exception):
    """An answer of the API that is an error: its status, code and sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class ApiClient:
    """The routes within, for one visit; `answers` keeps what they said, by path."""

    def __init__(self, serve: App, scope: Scope, secret: str | None) -> None:
        self._serve = serve
        self._scope = scope
        self._secret = secret
        self.answers: dict[str, Any] = {}

    async def get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        """The JSON at a path; raises Refused."""
        said = urlencode({name: value for name, value in (query or {}).items() if value not in (None, "")})
        status, body = await self._ask(path, said)
        if status >= 400:
            raise _refused(status, body)
        answer = orjson.loads(body)
        self.answers[f"{path}?{said}" if said else path] = answer
        return answer

    async def ready(self) -> Any:
        """What the server says of its own state, whether it is ready or not."""
        _, body = await self._ask("/readyz", "")
        return orjson.loads(body)

    async def text(self, path: str) -> tuple[str, str]:
        """The text at a path, and its ETag; raises Refused."""
        headers: dict[str, str] = {}
        status, body = await self._ask(path, "", headers)
        if status >= 400:
            raise _refused(status, body)
        return body.decode(), headers.get("etag", "")

    async def all(self, *paths: str) -> list[Any]:
        """The JSON at some paths, asked for together; raises Refused."""
        return list(await asyncio.gather(*(self.get(path) for path in paths)))

    async def _ask(self, path: str, query: str, seen: dict[str, str] | None = None) -> tuple[int, bytes]:
        headers = [(name, value) for name, value in self._scope["headers"] if name in _KEPT]
        if self._secret:
            headers.append((b"authorization", f"Bearer {self._secret}".encode()))
        asked = {
            **self._scope,
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
        }
        status, pieces = 500, []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if seen is not None:
                    seen.update({name.decode(): value.decode() for name, value in message["headers"]})
            else:
                pieces.append(message.get("body", b""))

        await self._serve(asked, receive, send)
        return status, b"".join(pieces)


def _refused(status: int, body: bytes) -> Refused:
    try:
        error = orjson.loads(body)["error"]
        return Refused(status, error.get("code") or error["type"], error["message"])
    except (ValueError, KeyError, TypeError):
        return Refused(status, "error", "")
