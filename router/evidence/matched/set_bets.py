"""Bets on which answer of a matched set is the audited one, and the wealth of many bets together.

Each bet holds a share of swapped answers for true and weighs an answer by 1 - share + share * exp(score). Its factor
is the audited answer's weight over the mean weight of the set: the likelihood ratio, given the set, of "this share is
swapped" to "all are alike". Invariant: over the places that the audited answer may have in a set the factors have the
mean 1, whatever the scores; so a wealth reaches 1/alpha under the null with probability at most alpha (Ville, 1939).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# No score counts for more: exp of it is some 160,000.
SUREST = 12.0


@dataclass(frozen=True, slots=True)
class Bet:
    """The share of swapped answers that a bet holds for true, in (0, 1], how much it trusts the scores, its part."""

    share: float
    trust: float
    part: float


@dataclass(frozen=True, slots=True)
class Scores:
    """What a scorer says of each answer of a set, the audited one first; `spread` is the variance of its scores.

    The spread turns scores that are no more than centred into log likelihood ratios, as for a normal law.
    """

    of: tuple[float, ...]
    spread: float = 0.0


def log_factors(bets: Sequence[Bet], scores: Scores) -> Floats:
    """The logarithm of what each bet multiplies by."""
    shares = np.array([[bet.share] for bet in bets])
    trust = np.array([[bet.trust] for bet in bets])
    ratios = np.clip(trust * np.array([scores.of]) - trust * trust * scores.spread / 2, -SUREST, SUREST)
    weights = 1 - shares + shares * np.exp(ratios)
    factors: Floats = np.log(weights[:, 0] / weights.mean(axis=1))
    return factors


def log_sum(values: Floats) -> float:
    """The logarithm of the sum of exponentials, which may be larger than a float holds."""
    most = float(values.max())
    return most + float(np.log(np.exp(values - most).sum()))
