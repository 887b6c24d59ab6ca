"""Keeps a stream of events from looking dead: where nothing is said for a while, something is sent that means nothing.

Invariant: what is sent goes out one after another, in whole events; nothing is sent before the first pause is over, so
a failure that comes sooner still has its own status.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from router.api.http.asgi import Send

COMMENT = b": ping\n\n"


class StreamPings:
    """Sends for one stream, and pings in its pauses; `start` makes the message that begins it.

    A timer looks once in a pause whether anything was sent meanwhile, so that a token costs next to nothing.
    """

    def __init__(self, send: Send, start: Callable[[], dict[str, Any]], ping: bytes, pause_s: float | None) -> None:
        self.started = False
        self._send, self._start, self._ping, self._pause_s = send, start, ping, pause_s
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._pinging: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "StreamPings":
        if self._pause_s is not None:
            self._timer = self._loop.call_later(self._pause_s, self._look)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._pinging is not None:
            self._pinging.cancel()
            await asyncio.gather(self._pinging, return_exceptions=True)

    async def send(self, body: bytes, *, more: bool) -> None:
        """Send some events, after a ping that is under way."""
        if self._pinging is not None:
            await asyncio.gather(self._pinging, return_exceptions=True)
        self._busy = True
        try:
            await self._begin()
            await self._send({"type": "http.response.body", "body": body, "more_body": more})
        finally:
            self._busy, self._last = False, self._loop.time()

    async def _begin(self) -> None:
        if not self.started:
            self.started = True
            await self._send(self._start())

    def _look(self) -> None:
        """Ping, if it is time, and look again when it may be."""
        pause_s = self._pause_s or 0.0
        due = self._last + pause_s
        if self._busy or self._loop.time() < due:
            self._timer = self._loop.call_at(due if not self._busy else self._loop.time() + pause_s, self._look)
            return
        self._pinging = self._loop.create_task(self._one())
        self._timer = None

    async def _one(self) -> None:
        with suppress(Exception):
            await self._begin()
            await self._send({"type": "http.response.body", "body": self._ping, "more_body": True})
        self._last, self._pinging = self._loop.time(), None
        self._timer = self._loop.call_later(self._pause_s or 0.0, self._look)
