"""Gives memory that large requests have left behind back to the system.

Invariant: it is done in a thread, between requests, and only where something large was worked on since the last time; a
C library that has no way to do it is left alone.
"""

import asyncio
import ctypes
from collections.abc import Callable

EVERY_S = 5.0
Trim = Callable[[], object]


def trim_of_system(library: Callable[[], object] = lambda: ctypes.CDLL(None)) -> Trim:
    """What gives free memory back, as glibc does when asked; nothing is done by other C libraries."""
    try:
        trim: Callable[[int], int] = library().malloc_trim  # type: ignore[attr-defined]
    except (OSError, AttributeError, TypeError):
        return lambda: None
    return lambda: trim(0)


class FreedMemory:
    """Watches how much large work there was: the allocator keeps what each thread has freed until it is asked."""

    def __init__(self, worked: Callable[[], int], trim: Trim | None = None) -> None:
        self._worked = worked
        self._trim = trim or trim_of_system()
        self._seen = worked()

    async def keep_giving_back(self, every_s: float = EVERY_S) -> None:
        """Look for as long as the server runs."""
        while True:
            await asyncio.sleep(every_s)
            await self.give_back()

    async def give_back(self) -> None:
        """Give back what is free, where there was large work since the last time."""
        if (worked := self._worked()) != self._seen:
            self._seen = worked
            await asyncio.to_thread(self._trim)
