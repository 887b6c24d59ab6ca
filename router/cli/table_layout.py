"""Which columns of a table stand beside one another in a given width.

Invariant: every column is laid out in its least width or more, or is left out by being a detail; none is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

GAP = 2


class Extent(NamedTuple):
    """The width that a column must have, and that which it would take."""

    least: int
    natural: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns in blocks below one another, the first column (0) apart, which is `stacked` above them or beside each."""

    blocks: tuple[tuple[int, ...], ...]
    stacked: bool
    left_out: tuple[int, ...]


def lay_out(extents: Sequence[Extent], details: Sequence[bool], room: int, indent: int) -> Layout:
    """Details leave, the last first, until all fits; what still does not fit goes below."""
    kept = list(range(1, len(extents)))
    for place in reversed(range(1, len(extents))):
        if details[place] and _total(extents, [0, *kept]) > room:
            kept.remove(place)
    left_out = tuple(place for place in range(1, len(extents)) if place not in kept)
    beside = extents[0].least + GAP
    stacked = any(beside + extents[place].least > room for place in kept)
    return Layout(_even(kept, extents, room - (indent if stacked else beside)), stacked, left_out)


def widths(extents: Sequence[Extent], room: int) -> list[int]:
    """What each of these columns takes, beside one another: its natural width, where there is room for it."""
    taken = [extent.least for extent in extents]
    spare = max(0, room - sum(taken) - GAP * (len(taken) - 1))
    by_need = sorted(range(len(extents)), key=lambda place: extents[place].natural - extents[place].least)
    for number, place in enumerate(by_need):
        more = min(extents[place].natural - extents[place].least, spare // (len(by_need) - number))
        taken[place] += more
        spare -= more
    return taken


def _total(extents: Sequence[Extent], places: Sequence[int]) -> int:
    return sum(extents[place].least for place in places) + GAP * (len(places) - 1)


def _even(places: Sequence[int], extents: Sequence[Extent], room: int) -> tuple[tuple[int, ...], ...]:
    """As few blocks as there is room for, and of those the evenest."""
    best = _packed(places, extents, room)
    for narrower in range(room - 1, 0, -1):
        blocks = _packed(places, extents, narrower)
        if len(blocks) > len(best):
            break
        best = blocks
    return best


def _packed(places: Sequence[int], extents: Sequence[Extent], room: int) -> tuple[tuple[int, ...], ...]:
    """Column after column, and a new block where one is full; there is always one block, if an empty one."""
    blocks: list[list[int]] = [[]]
    for place in places:
        if blocks[-1] and _total(extents, [*blocks[-1], place]) > room:
            blocks.append([])
        blocks[-1].append(place)
    return tuple(tuple(block) for block in blocks)
