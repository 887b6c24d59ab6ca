"""Limits per minute that say what they mean: in any 60 seconds no more than the limit.

What was taken is counted in slots of a second. A slot counts until all of it is a minute old, so it is let go a second
late at most, and never early. Servers take leases out of the window that they share, each good only within the slot in
which it was taken; what one does not use it gives back.

Invariant: the leases of any 61 slots in a row are never more than the limit together, however many servers take them;
only what an answer took beyond what was expected of it may go over.
"""

from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

SLOTS = 60
"""So many slots before the one that is now count with it."""


class Window(NamedTuple):
    """What was taken in each slot, by the slot's number since 1970."""

    taken: Mapping[int, int] = {}

    def at(self, slot: int) -> "Window":
        """What counts in a slot; what is later, by a clock that was ahead, counts too."""
        return Window({number: taken for number, taken in self.taken.items() if number >= slot - SLOTS and taken})

    @property
    def total(self) -> int:
        """All that was taken."""
        return sum(self.taken.values())

    def changed(self, slot: int, more: int) -> "Window":
        """With more, or less, in a slot, which never holds less than nothing."""
        return Window({**self.taken, slot: max(0, self.taken.get(slot, 0) + more)})

    def free_in(self, need: int, limit: int, slot: int) -> int | None:
        """Seconds from a slot until so much is free, if nobody takes more; None where it never is."""
        if need > limit:
            return None
        over, when = self.total + need - limit, slot
        for number in sorted(self.taken):
            if over <= 0:
                break
            over, when = over - self.taken[number], number + SLOTS + 1
        return max(0, when - slot)

    def empty_in(self, slot: int) -> int:
        """Seconds from a slot until nothing counts any more, if nobody takes more."""
        return max(self.at(slot).taken, default=slot - SLOTS - 1) + SLOTS + 1 - slot


class Lease(NamedTuple):
    """A window, and how much was taken out of it: nothing where what is needed was not free."""

    window: Window
    amount: int


def lease(window: Window, need: int, limit: int, slot: int) -> Lease:
    """Take what is needed, or a sixtieth of the limit where that is more, so that few ask often."""
    now = window.at(slot)
    free = limit - now.total
    if not 0 < need <= free:
        return Lease(now, 0)
    amount = min(free, max(need, ceil(limit / SLOTS)))
    return Lease(now.changed(slot, amount), amount)
