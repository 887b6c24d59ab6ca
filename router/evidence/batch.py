"""Many runs of pairs at once: the same bets as `observe`, over arrays.

Invariant: the wealths after each pair equal those of `observe`, run by run, up to rounding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.evidence.betting import MOST, Floats, factors, together
from router.evidence.pairs import Question


@dataclass(frozen=True, slots=True)
class Runs:
    """The state of each run: pairs so far, sums by run, and both parts of both wealths, (2, runs), promotion first."""

    pairs: int
    total: Floats
    squares: Floats
    patient: Floats
    bold: Floats

    def kept(self, which: NDArray[np.bool_]) -> "Runs":
        """Only some of the runs."""
        return Runs(self.pairs, self.total[which], self.squares[which], self.patient[:, which], self.bold[:, which])


def fresh(count: int) -> Runs:
    """So many runs before their first pair."""
    return Runs(0, np.zeros(count), np.zeros(count), np.ones((2, count)), np.ones((2, count)))


def extend(question: Question, runs: Runs, outcomes: Floats) -> tuple[Runs, Floats]:
    """Settle further outcomes D, as (runs, pairs); both wealths after each of them come as (2, runs, pairs)."""
    total = runs.total[:, None] + np.cumsum(outcomes, axis=1)
    squares = runs.squares[:, None] + np.cumsum(outcomes**2, axis=1)
    sums = _earlier(runs.total, total), _earlier(runs.squares, squares)
    before = np.arange(runs.pairs, runs.pairs + outcomes.shape[1], dtype=np.float64)
    margin = np.asarray(question.margin)
    sides = (
        factors(outcomes, before, sums[0], sums[1], -margin, margin),
        factors(-outcomes, before, -sums[0], sums[1], margin, margin),
    )
    patient, bold = (
        np.stack([_settled(start[side], sides[side][part]) for side in (0, 1)])
        for part, start in enumerate((runs.patient, runs.bold))
    )
    after = Runs(runs.pairs + outcomes.shape[1], total[:, -1], squares[:, -1], patient[..., -1], bold[..., -1])
    return after, together(patient, bold)


def _settled(start: Floats, by: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.minimum(start[:, None] * np.cumprod(by, axis=1), MOST)


def _earlier(start: Floats, sums: Floats) -> Floats:
    """The sums before each pair, from those after it."""
    return np.concatenate([start[:, None], sums[:, :-1]], axis=1)
