"""Where the mean of D can lie, at every moment at once: a confidence sequence by the same bets.

For each mean of a grid one wealth bets against "at most this", another against "at least this"; the interval is what
neither has refuted (Waudby-Smith and Ramdas, 2024), and never widens. Invariant: the true mean lies in all intervals
of a run with probability at least 1 - 2 alpha, and beyond each one end with at least 1 - alpha. The lower end reaches
-margin only where the pairs promote, the upper end only where they harm.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from router.evidence.betting import MOST, Floats, factors, together
from router.evidence.pairs import Question, in_range

# Near the margin the grid is a tenth of it; farther away, coarser: nobody decides there.
_NEAR = 4
_STEPS = 10
_FAR = 10


@cache
def grid(margin: float) -> Floats:
    """The means that are tried, rising, within (-1, 1); -margin is one of them."""
    near = margin / _STEPS * np.arange(1, _NEAR * _STEPS + 1)
    near[_STEPS - 1] = margin
    far = np.geomspace(near[-1], 0.999, _FAR + 1)[1:]
    half = np.unique(np.concatenate([near, far]))
    half = half[half < 1]
    means = np.concatenate([-half[::-1], [0.0], half])
    means.setflags(write=False)
    return means


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval so far, with what continues it: sums, and the wealths against each mean of the grid.

    `against` holds four rows over the grid: patient and bold against "at most", patient and bold against "at least".
    Where `low` exceeds `high` the pairs had no one mean: something changed while they were gathered.
    """

    question: Question
    pairs: int = 0
    total: float = 0.0
    squares: float = 0.0
    low: float = -1.0
    high: float = 1.0
    against: tuple[tuple[float, ...], ...] = ()


def narrow(interval: Interval, outcome: float) -> Interval:
    """The interval after one more D; raises ValueError unless it lies in [-1, 1]."""
    d, means = in_range(outcome), grid(interval.question.margin)
    wealth = np.array(interval.against) if interval.against else np.ones((4, len(means)))
    wealth = np.minimum(wealth * _grown(interval, means, d), MOST)
    low, high = _ends(means, wealth, interval.question.threshold)
    return replace(
        interval,
        pairs=interval.pairs + 1,
        total=interval.total + d,
        squares=interval.squares + d * d,
        low=max(interval.low, low),
        high=min(interval.high, high),
        against=tuple(tuple(row) for row in wealth.tolist()),
    )


def _grown(before: Interval, means: Floats, d: float) -> Floats:
    """What each of the four rows multiplies by: the two sides ask the same of D and of -D."""
    sign = np.array([[1.0], [-1.0]])
    pairs, squares, reach = (np.asarray(x, np.float64) for x in (before.pairs, before.squares, before.question.margin))
    patient, bold = factors(sign * d, pairs, sign * before.total, squares, sign * means, reach)
    return np.stack([patient[0], bold[0], patient[1], bold[1]])


def _ends(means: Floats, wealth: Floats, threshold: float) -> tuple[float, float]:
    """The last mean from below, and from above, up to which every one is refuted; only these may be left out."""
    below = together(wealth[0], wealth[1]) >= threshold
    above = together(wealth[2], wealth[3])[::-1] >= threshold
    refuted_below, refuted_above = (int(np.argmin(np.append(side, False))) for side in (below, above))
    low = float(means[refuted_below - 1]) if refuted_below else -1.0
    high = float(means[::-1][refuted_above - 1]) if refuted_above else 1.0
    return low, high
