"""Intervals of many differences that hold together: single-step max-T over the bootstrap (Westfall and Young, 1993).

Invariant: the chance that any of the intervals misses its truth is that of one alone; what does not vary, or is not
finite, is in no family and takes no part in the correction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from router.bench.routing.measures import Array

STILL = 1e-12


@dataclass(frozen=True, slots=True)
class Drawn:
    """A difference with its value in each resample; `widened` is by how much its interval is to be wider."""

    value: float
    draws: Array
    widened: float = 1.0


@dataclass(frozen=True, slots=True)
class Corrected:
    """A difference with its simultaneous interval, and the chance of one as large among all where there is none."""

    value: float
    low: float
    high: float
    p: float


def together(differences: Sequence[Drawn], level: float = 0.95) -> list[Corrected]:
    """Each difference with the interval that holds for all of them at once."""
    if not differences:
        return []
    values = np.array([drawn.value for drawn in differences])
    draws = np.stack([drawn.draws for drawn in differences], axis=1)
    finite = np.isfinite(values) & np.isfinite(draws).all(axis=0)
    apart = np.where(finite, draws - np.where(finite, values, 0), 0)
    spread = np.sqrt((apart**2).mean(axis=0))
    moving = finite & (spread > STILL)
    most = np.max(np.abs(apart[:, moving]) / spread[moving], axis=1, initial=0)
    reach = float(np.quantile(most, level, method="higher"))
    wide = spread * np.array([drawn.widened for drawn in differences])
    return [
        _corrected(value, reach * width, most, width) if moves else _apart(value, sound, len(most))
        for value, width, moves, sound in zip(
            values.tolist(), wide.tolist(), moving.tolist(), finite.tolist(), strict=True
        )
    ]


def _corrected(value: float, reach: float, most: Array, width: float) -> Corrected:
    p = (1 + int((most >= abs(value) / width).sum())) / (1 + len(most))
    return Corrected(value, value - reach, value + reach, p)


def _apart(value: float, sound: bool, rounds: int) -> Corrected:
    """What is the same in every resample is known; what is not finite in some has no interval."""
    if not sound:
        return Corrected(value, float("nan"), float("nan"), float("nan"))
    if abs(value) <= STILL:
        return Corrected(0.0, 0.0, 0.0, 1.0)
    return Corrected(value, value, value, 1 / (1 + rounds))
