"""A second call beside one whose first token is late: who answers first answers, the other is stopped.

Invariant: one call comes out that has begun, or the error of the first; every other was abandoned, and is told as an
attempt.
"""

import asyncio
from collections.abc import Callable

from router.decision.recorded_words import TriedCall
from router.errors import ProviderError
from router.serving.provider_call import ProviderCall


async def race(
    first: ProviderCall,
    after_s: float,
    another: Callable[[ProviderCall], ProviderCall | None],
    tell: Callable[[TriedCall], object],
) -> ProviderCall:
    """Begin the first; `after_s` later begin another, if there is one. Raises the first's ProviderError if all fail."""
    running: dict[asyncio.Future[None], ProviderCall] = {asyncio.ensure_future(first.begin()): first}
    try:
        await asyncio.wait(running, timeout=after_s)
        if not any(task.done() for task in running) and (second := another(first)) is not None:
            running[asyncio.ensure_future(second.begin())] = second
        return await _first_of(running, tell)
    finally:
        for task, call in running.items():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            tell(await call.abandon("overtaken"))


async def _first_of(
    running: "dict[asyncio.Future[None], ProviderCall]", tell: Callable[[TriedCall], object]
) -> ProviderCall:
    """The first call that has begun; what is left in `running` is to be stopped."""
    while True:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            call = running.pop(task)
            if (error := task.exception()) is None:
                return call
            if not running or not isinstance(error, ProviderError):
                raise Failed(call, error)
            tell(await call.abandon(error.outcome, error))


class Failed(Exception):
    """The last call failed; its error is the cause."""

    def __init__(self, call: ProviderCall, error: BaseException) -> None:
        super().__init__(str(error))
        self.call = call
        self.error = error
