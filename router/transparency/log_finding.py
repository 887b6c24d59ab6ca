"""Findings of a verification: what is wrong with a log, as sentences.

Invariant: each finding says what happened, and to which entry where that is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Wrong = Literal["changed", "removed", "inserted", "reordered", "truncated", "forked", "clock", "omitted", "head"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `sequence` is the first entry that it touches, or None."""

    wrong: Wrong
    sentence: str
    sequence: int | None = None


def entries(first: int, last: int) -> str:
    """The subject of a sentence: `Entry 7 is`, or `Entries 7 to 9 are`."""
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"


def misplaced(wrong: Sequence[tuple[int, int]]) -> list[Finding]:
    """The finding for entries out of place, given as pairs of actual and stated place."""
    place, stated = wrong[0]
    if sorted(stated for _, stated in wrong) == sorted(place for place, _ in wrong):
        sentence = f"Entries {place} to {wrong[-1][0]} were reordered: entry {stated} stands at {place}."
        return [Finding("reordered", sentence, place)]
    if stated < place:
        sentence = (
            f"A row was inserted at entry {place}, or just before: entry {stated} stands there, and all later ones "
        )
        return [Finding("inserted", f"{sentence}stand too far.", place)]
    return [Finding("removed", f"The row of entry {place} was removed: entry {stated} stands there.", place)]
