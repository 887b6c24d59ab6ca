"""Bootstrap by groups of prompts: what is near-duplicate, or of one named source, is drawn together.

Invariant: the same seed gives the same resamples, so that readers measured on one table are measured on the same
ones and their differences are paired; an interval holds its own value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.measures import Array, Interval

# What was learned varies with what it was learned from: the mean over k folds has a variance of (1/k + test/training)
# in the place of 1/k (Nadeau, Bengio, 2003), of five folds 9/4 of it.
TRAINED = sqrt(1 + 5 / 4)
TOGETHER = 16
NORMAL = 1.959964


@dataclass(frozen=True, slots=True)
class Resamples:
    """So many resamples of prompts; `place` is the number of each prompt's group, from 0."""

    place: NDArray[np.intp]
    rounds: int
    seed: int = 0

    @classmethod
    def of(cls, groups: NDArray[np.int64], rounds: int, seed: int = 0) -> "Resamples":
        """Resamples of groups that bear any numbers."""
        return cls(np.unique(groups, return_inverse=True)[1], rounds, seed)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.place.max()) + 1 if len(self.place) else 0

    @property
    def few(self) -> float:
        """How much wider intervals are for there being no more groups.

        A resample of n groups varies by 1/n too little, and Student's t of n - 1 degrees reaches beyond the
        normal one (its expansion: Abramowitz and Stegun, 26.7.5).
        """
        free = self.groups - 1
        if free < 1:
            return 1.0
        z = NORMAL
        student = 1 + (z**2 + 1) / (4 * free) + (5 * z**4 + 16 * z**2 + 3) / (96 * free**2)
        return sqrt((free + 1) / free) * student

    def only(self, rows: NDArray[np.bool_]) -> "Resamples":
        """The resamples of some of the prompts."""
        return Resamples(np.unique(self.place[rows], return_inverse=True)[1], self.rounds, self.seed)

    def weights(self) -> Iterator[Array]:
        """How often each prompt stands in each resample."""
        random, many = np.random.default_rng(self.seed), self.groups
        for _ in range(self.rounds):
            yield np.bincount(random.integers(0, many, many), minlength=many).astype(np.float64)[self.place]


ANYWHERE, FRACTION, PERCENT = (-inf, inf), (0.0, 1.0), (0.0, 100.0)


def interval(value: float, draws: Array, widened: float = 1.0, within: tuple[float, float] = ANYWHERE) -> Interval:
    """The value with its 95 % interval, made wider about the value by a factor, `within` what the measure can be.

    It is the percentile interval of the draws, or where that reaches less far the normal one, within what was drawn:
    on simulated tables either alone holds the truth less often than it says (`bench coverage`). The normal one goes
    from the value to what it is less its bias, as the draws show it (Efron, Tibshirani, 1993, section 10): the best of
    several means is too good in a sample, and in a resample once more: the percentiles lie on the wrong side.

    Draws in which the measure means nothing are left out; where it never means anything, neither does its interval.
    """
    known = draws[~np.isnan(draws)]
    if not len(known) or np.isnan(value):
        return Interval(value, float("nan"), float("nan"))
    # An infinite end stays infinite: nothing is interpolated between a number and none.
    low, high = np.quantile(known, [0.025, 0.975], method="nearest")
    if np.isfinite(known).all() and np.isfinite(value):
        reach, unbiased = NORMAL * float(known.std()), 2 * value - float(known.mean())
        low = min(low, max(min(value, unbiased) - reach, known.min()))
        high = max(high, min(max(value, unbiased) + reach, known.max()))
    if np.isfinite(value):
        low, high = value - (value - min(low, value)) * widened, value + (max(high, value) - value) * widened
    # Infinite is a threshold that is never reached: that is no number, and stays.
    low, high = (end if np.isinf(end) else min(max(end, within[0]), within[1]) for end in (low, high))
    return Interval(value, min(float(low), value), max(float(high), value))


def batches(resamples: Resamples) -> Iterator[Array]:
    """Weights of several resamples at a time, each summing to one."""
    waiting: list[Array] = []
    for weights in resamples.weights():
        waiting.append(weights / weights.sum())
        if len(waiting) == TOGETHER:
            yield np.stack(waiting)
            waiting.clear()
    if waiting:
        yield np.stack(waiting)
