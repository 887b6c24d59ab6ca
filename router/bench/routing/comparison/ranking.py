"""Says whether a table ranks anything that was measured on it, and else about how many prompts it would take.

Invariant: pure; where it says that nothing is told apart, none of the intervals of the differences leaves out nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, isfinite, log10

from router.bench.routing.comparison.simultaneous import Corrected, Drawn, together
from router.bench.routing.resampling import NORMAL
from router.bench.routing.strong_weak import PairScore


@dataclass(frozen=True, slots=True)
class Unranked:
    """The clearest difference of APGR that a table shows, which it does not show for certain.

    `prompts` is about how many such prompts would show one as large, None where there is none at all.
    """

    ahead: str
    behind: str
    gap: float
    prompts: int | None

    def sentence(self, measured: int) -> str:
        """What a reader of the table is told; `measured` is how many prompts it has."""
        start = f"{measured:,} prompts rank nothing here: no difference of APGR is certain, from chance neither."
        if self.prompts is None:
            return start
        about = f"about {self.prompts:,} would show one as large as the clearest ({self.ahead} over {self.behind}"
        return f"{start} Of prompts like these, {about}, {self.gap:.2f})."


def unranked(pairs: Sequence[PairScore], prompts: int) -> Unranked | None:
    """None where any two readers, or one and chance, are told apart by their APGR on so many prompts."""
    known = [pair for pair in pairs if isfinite(pair.apgr.value)]
    both = list(combinations(known, 2))
    apart = together([_difference(first, other) for first, other in both])
    if not both or any(row.low > 0 or row.high < 0 for row in apart):
        return None
    ranked = sorted(zip(both, apart, strict=True), key=lambda each: _clear(each[1]))
    (first, other), clearest = ranked[-1]
    ahead, behind = (other, first) if clearest.value > 0 else (first, other)
    share = _clear(clearest)
    needed = None if share == 0 else _rounded(prompts / share**2)
    return Unranked(ahead.reader, behind.reader, abs(clearest.value), needed)


def _difference(first: PairScore, other: PairScore) -> Drawn:
    """Widened as the wider of the two is: the interval of one that learned from the table has more in it than draws."""
    wide = max(_widened(pair) for pair in (first, other))
    return Drawn(other.apgr.value - first.apgr.value, other.draws - first.draws, wide)


def _widened(pair: PairScore) -> float:
    spread = float(pair.draws.std())
    return max(1.0, (pair.apgr.high - pair.apgr.low) / (2 * NORMAL * spread)) if spread else 1.0


def _clear(row: Corrected) -> float:
    """How much of its half interval a difference is: at 1 it would be certain. Intervals shrink by the square root."""
    half = row.high - row.value
    return abs(row.value) / half if half > 0 and isfinite(half) else 0.0


def _rounded(prompts: float) -> int:
    """Up to two figures: no more is known."""
    step = int(10 ** max(0, int(log10(prompts)) - 1))
    return ceil(prompts / step) * step
