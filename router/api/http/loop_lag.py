"""Measures how late the event loop is: how long whoever came just then had to wait for those before.

Invariant: it costs a few microseconds fifty times a second, whatever the load; what it saw in the last minute is kept
apart, so that a stall of this morning hides none of now.
"""

import asyncio
from bisect import bisect_left
from time import monotonic

EVERY_S = 0.02
WINDOW_S = 60.0
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, float("inf"))


class LoopLag:
    """How late a timer was, again and again. A stall that began between two looks is seen short by a look at most."""

    def __init__(self) -> None:
        self.counts = [0] * len(BOUNDS_S)
        self.seconds = 0.0
        self._until = 0.0
        self._worst = self._worst_before = 0.0

    @property
    def worst_s(self) -> float:
        """The longest of the last minute or two."""
        return max(self._worst, self._worst_before)

    def note(self, lag_s: float, now_s: float) -> None:
        """A timer was so late, at this time of a clock that never goes back."""
        if now_s >= self._until:
            self._worst_before, self._worst = self._worst, 0.0
            self._until = now_s + WINDOW_S
        lag_s = max(0.0, lag_s)
        self.seconds += lag_s
        self.counts[bisect_left(BOUNDS_S, lag_s)] += 1
        self._worst = max(self._worst, lag_s)

    async def keep_watch(self) -> None:
        """Look for as long as the server runs."""
        while True:
            due = monotonic() + EVERY_S
            await asyncio.sleep(EVERY_S)
            now = monotonic()
            self.note(now - due, now)
