"""Pairs of right-or-wrong outcomes to simulate, and summary figures of many runs of them.

Invariant: a law that can't be is refused; shares of runs carry 95 % intervals, and a wait that never ends is infinite.
"""

from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from router.errors import BadRequest
from router.evidence.betting import Floats

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Law:
    """Two right-or-wrong outcomes of one prompt: chances `base` and `base + difference`, and their Pearson correlation.

    Raises BadRequest where no two such outcomes exist.
    """

    base: float
    difference: float
    correlation: float

    def __post_init__(self) -> None:
        if not (0 < self.base < 1 and 0 < self.substitute < 1):
            raise BadRequest(f"chances of {self.base:g} and {self.substitute:g} are no chances between 0 and 1.")
        if min(self.better, self.worse, self.base - self.worse, 1 - self.base - self.better) < -1e-12:
            raise BadRequest(
                f"chances of {self.base:g} and {self.substitute:g} can't have a correlation of {self.correlation:g}."
            )

    @property
    def substitute(self) -> float:
        """The substitute's chance to be right."""
        return self.base + self.difference

    @property
    def both(self) -> float:
        """The chance that both are right: a b + r sqrt(a (1 - a) b (1 - b))."""
        a, b = self.base, self.substitute
        return a * b + self.correlation * sqrt(a * (1 - a) * b * (1 - b))

    @property
    def better(self) -> float:
        """The chance of D = 1: only the substitute is right."""
        return self.substitute - self.both

    @property
    def worse(self) -> float:
        """The chance of D = -1: only the original is right."""
        return self.base - self.both

    def draw(self, random: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Differences D, as many as asked for."""
        places = random.random(shape)
        return (places < self.better).astype(np.float64) - (places >= 1 - self.worse)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of runs with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Waits:
    """Pairs until half, and nine tenths, of all runs got there; infinite where fewer ever did."""

    median: float
    p90: float


def share(hits: int, runs: int) -> Share:
    """A share with its interval (Wilson, 1927)."""
    z, part = NormalDist().inv_cdf(0.975), hits / runs
    centre = (part + z * z / (2 * runs)) / (1 + z * z / runs)
    half = z / (1 + z * z / runs) * sqrt(part * (1 - part) / runs + z * z / (4 * runs * runs))
    return Share(part, max(0.0, centre - half), min(1.0, centre + half))


def waits(times: Times) -> Waits:
    """The quantiles of waiting times, of which those that never came are infinite."""
    median, p90 = np.quantile(times, (0.5, 0.9), method="inverted_cdf")
    return Waits(float(median), float(p90))


def crossings(reached: NDArray[np.bool_]) -> Times:
    """The first place, counted from 1, at which the last axis is true; infinite where it never is."""
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1.0, inf)
