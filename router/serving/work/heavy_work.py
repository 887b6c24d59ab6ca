"""Threads for work that would hold up every other request: parsing, reading and settling what is large.

Invariant: what is small never comes here; work that has begun is finished, whoever leaves meanwhile.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
SMALL = 32 * 1024
"""Up to so many bytes or characters, work takes less time than handing it to a thread and back could save."""
THREADS = 2


class HeavyWork:
    """A few threads: large requests wait for each other, and small ones for none of them."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, "heavy")
        self.handed_over = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Work in a thread; a cancellation leaves it, and where it has not begun it never does."""
        self.handed_over += 1
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def finish(self, work: Callable[[], T]) -> T:
        """Work in a thread that has to be done whoever leaves: a cancellation is raised once it is."""
        self.handed_over += 1
        working = asyncio.get_running_loop().run_in_executor(self._threads, work)
        left: asyncio.CancelledError | None = None
        while not working.done():
            try:
                await asyncio.wait([working])
            except asyncio.CancelledError as error:
                left = error
        if left is not None:
            raise left
        return working.result()

    def close(self) -> None:
        """End the threads, once what they do is done."""
        self._threads.shutdown(wait=False, cancel_futures=True)
