"""Bounds how long an answer is waited for: from one token to the next in a stream, and in all where that is bounded.

Invariant: a token costs one look at the clock; the timer itself looks, when it is due, whether there was one meanwhile.
"""

import asyncio
from collections.abc import Callable
from math import inf
from types import TracebackType
from typing import cast

from router.serving.limits import Limits


def _nothing() -> None:
    """What is called once the time no longer counts."""


class Patience:
    """The time that a request has, entered and left like a timeout: what it stops raises TimeoutError on leaving.

    With `streams` every token begins the time anew. `renew` is called whenever the timer begins anew.
    """

    __slots__ = (
        "_cancelling",
        "_end",
        "_expired",
        "_loop",
        "_over",
        "_renew",
        "_since",
        "_streams",
        "_task",
        "_timer",
        "silence_s",
        "total_s",
    )

    def __init__(self, limits: Limits, *, streams: bool, renew: Callable[[], object]) -> None:
        self.silence_s, self.total_s = limits.deadline_s, limits.total_s
        self._streams, self._renew = streams, renew
        self._since = 0.0
        self._end = inf
        self._expired = self._over = False

    def enter(self) -> None:
        """Begin, in the task that is to be stopped."""
        # As asyncio.timeout does, but for its objects, of which every request would need several.
        self._loop = asyncio.get_running_loop()
        self._task = cast("asyncio.Task[object]", asyncio.current_task(self._loop))
        self._cancelling = self._task.cancelling()
        self._since = self._loop.time()
        if self.total_s is not None:
            self._end = self._since + self.total_s
        self._timer: asyncio.Handle = self._loop.call_at(self._due, self._look)

    async def __aenter__(self) -> "Patience":
        self.enter()
        return self

    def leave(self, error: BaseException | None) -> None:
        """End; raises TimeoutError where the time had run out and this is what comes of it."""
        self._over = True
        self._timer.cancel()
        # What it calls may hold on to it: an answer that has ended goes at once.
        self._renew = _nothing
        if self._expired and self._task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave(error)

    @property
    def sentence(self) -> str:
        """What was waited for in vain."""
        if self._loop.time() >= self._end:
            return f"No whole answer within {self.total_s:g} s."
        return f"No answer within {self.silence_s:g} s."

    def token(self) -> None:
        """A token came."""
        if self._streams:
            self._since = self._loop.time()

    def expired(self) -> bool:
        """Whether the time has run out, or was ended."""
        return self._expired

    def stop(self) -> None:
        """End it now."""
        if not (self._expired or self._over):
            self._timer.cancel()
            self._timer = self._loop.call_soon(self._cancel)

    def _cancel(self) -> None:
        if not self._over:
            self._expired = True
            self._task.cancel()

    @property
    def _due(self) -> float:
        return min(self._since + self.silence_s, self._end)

    def _look(self) -> None:
        if self._loop.time() < self._due:
            self._renew()
            self._timer = self._loop.call_at(self._due, self._look)
        else:
            self._cancel()
