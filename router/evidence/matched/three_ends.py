"""How an audit ends: another model answers, nothing was found though it would have been, or it is inconclusive.

Invariant: only a wealth of 1/alpha says that another model answers, and only a stated power says that none does.
"""

from dataclasses import dataclass
from typing import Literal

End = Literal["another_model", "nothing_found", "inconclusive"]
EXIT_CODES: dict[End, int] = {"nothing_found": 0, "another_model": 1, "inconclusive": 3}
# More failed rounds than this part of them, and what was left out may be what matters.
MOST_FAILED = 0.2


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an audit stands: whether it was shown at alpha, rounds that counted and that failed, and the two shares.

    `seen` is the share of swapped answers that would have been shown by now with 90 %, or None where none would;
    `wanted` is the one that must be for a clean end.
    """

    shown: bool
    rounds: int
    failed: int
    seen: float | None
    wanted: float

    @property
    def failing(self) -> bool:
        """Whether too many rounds failed for what is left to say anything."""
        return self.failed > MOST_FAILED * (self.rounds + self.failed)


def end_of(standing: Standing) -> End:
    """The end, were it to end now."""
    if standing.shown:
        return "another_model"
    if standing.failing or standing.seen is None or standing.seen > standing.wanted:
        return "inconclusive"
    return "nothing_found"
