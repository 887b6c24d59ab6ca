"""Coroutines that wait until their receipts are on disk.

Invariant: each is woken once, when its receipt is written or a write has failed, whichever comes first; a group of
receipts wakes its event loop once.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import NamedTuple


class _Waiter(NamedTuple):
    id: str
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[bool]"


class Waiters:
    """The waiting coroutines; the writer's thread wakes them."""

    def __init__(self) -> None:
        self._waiters: list[_Waiter] = []
        self._nobody_writes = False
        self._turn = Lock()

    async def wait(self, id: str, is_pending: Callable[[str], bool]) -> bool:  # noqa: A002
        """Whether the receipt is on disk, once that is known."""
        loop = asyncio.get_running_loop()
        waiter = _Waiter(id, loop, loop.create_future())
        with self._turn:
            if not is_pending(id):
                return True
            if self._nobody_writes:
                return False
            self._waiters.append(waiter)
        return await waiter.future

    def wake(self, is_pending: Callable[[str], bool], *, failed: bool, last: bool = False) -> None:
        """Wake those whose receipts are written; with `failed`, the others too, since theirs are not.

        With `last` nobody writes any more, and nobody waits from now on.
        """
        with self._turn:
            self._nobody_writes |= last
            done = [waiter for waiter in self._waiters if failed or not is_pending(waiter.id)]
            self._waiters = [] if failed else [waiter for waiter in self._waiters if is_pending(waiter.id)]
        for loop in {waiter.loop for waiter in done}:
            answers = [(waiter.future, not is_pending(waiter.id)) for waiter in done if waiter.loop is loop]
            # A loop that has closed meanwhile has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_answer, answers)


def _answer(answers: "list[tuple[asyncio.Future[bool], bool]]") -> None:
    for future, written in answers:
        if not future.done():
            future.set_result(written)
