"""Alternative tests on the same pairs, for comparison: other anytime-valid bets, and tests that peeking breaks.

Invariant: a rival sees the same outcomes as the evidence does, and every bet here is chosen before its outcome too; the
one that knows the law, and the tests, say so in their names.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, log
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from router.bench.ramps.simulated_pairs import Law
from router.evidence import Question
from router.evidence.batch import extend, fresh
from router.evidence.betting import Floats, kelly

Calls = NDArray[np.bool_]
# A mean of fewer pairs than this is no normal variable to anyone.
_LEAST = 30
_GRID = 20
_POWER = 0.9


@dataclass(frozen=True, slots=True)
class Rival:
    """A way to decide: from outcomes (runs, pairs) to where it would promote, and harm, as (2, runs, pairs)."""

    name: str
    calls: Callable[[Question, Law, Floats], Calls]


# The wealth of a bet on one side: from outcomes E and their boundary to wealth after each pair.
Bet = Callable[[Floats, float], Floats]


def _by(bet: Bet) -> Callable[[Question, Law, Floats], Calls]:
    def calls(question: Question, _law: Law, outcomes: Floats) -> Calls:
        sides = (bet(outcomes, -question.margin), bet(-outcomes, question.margin))
        return np.stack(sides) >= question.threshold

    return calls


def _ours(question: Question, _law: Law, outcomes: Floats) -> Calls:
    return extend(question, fresh(len(outcomes)), outcomes)[1] >= question.threshold


def _earlier(values: Floats) -> Floats:
    """Sums along the pairs, of those before each."""
    return np.cumsum(values, axis=1) - values


def _settled(stake: Floats, outcomes: Floats, bound: float) -> Floats:
    return np.asarray(np.cumprod(1 + stake * (outcomes - bound), axis=1), np.float64)


def _constant_grid(outcomes: Floats, bound: float) -> Floats:
    """The mean of constant bets spread evenly (Waudby-Smith and Ramdas, 2024, section 4)."""
    wealth = np.zeros(outcomes.shape)
    for stake in np.arange(1, _GRID + 1) / (_GRID + 1) / (1 + bound):
        wealth += _settled(stake, outcomes, bound) / _GRID
    return wealth


def _agrapa(outcomes: Floats, bound: float) -> Floats:
    """The stake (mean - boundary)/E (X - boundary)^2, at most half of all (aGRAPA; Waudby-Smith and Ramdas, 2024)."""
    gain, seen = outcomes - bound, np.arange(1.0, outcomes.shape[1] + 1)
    stake = _earlier(gain) / seen / np.maximum((_earlier(gain**2) + 0.25) / seen, 1e-9)
    return _settled(np.clip(stake, 0, 0.5 / (1 + bound)), outcomes, bound)


def _newton(outcomes: Floats, bound: float) -> Floats:
    """Online Newton steps on the stake (Cutkosky and Orabona, 2018)."""
    stake, curvature, stakes = np.zeros(len(outcomes)), np.ones(len(outcomes)), np.empty(outcomes.shape)
    for pair, gain in enumerate((outcomes - bound).T):
        stakes[:, pair] = stake
        slope = -gain / (1 + stake * gain)
        curvature += slope**2
        stake = np.clip(stake - 2 / (2 - log(3)) * slope / curvature, 0, 0.5 / (1 + bound))
    return _settled(stakes, outcomes, bound)


def _dirichlet(outcomes: Floats, bound: float) -> Floats:
    """The best bet on the three outcomes as counted so far, and half a pair of each (Krichevsky and Trofimov, 1981)."""
    seen = np.arange(outcomes.shape[1]) + 1.5
    mean, square = _earlier(outcomes) / seen, (_earlier(outcomes**2) + 1) / seen
    return _settled(kelly(mean, square, np.asarray(bound)), outcomes, bound)


def _knowing(question: Question, law: Law, outcomes: Floats) -> Calls:
    """The best constant bets of one who knows the laws to decide between: no honest bet waits less on average."""
    equal, worse = replace(law, difference=0.0), replace(law, difference=-2 * question.margin)
    promote = kelly(0.0, equal.better + equal.worse, -question.margin)
    harm = kelly(2 * question.margin, worse.better + worse.worse, question.margin)
    sides = (
        _settled(np.asarray(promote), outcomes, -question.margin),
        _settled(np.asarray(harm), -outcomes, question.margin),
    )
    return np.stack(sides) >= question.threshold


def _statistic(question: Question, outcomes: Floats) -> Floats:
    """Student's t of (mean + margin) after each pair; 0 while all outcomes are equal."""
    seen = np.arange(1.0, outcomes.shape[1] + 1)
    mean = np.cumsum(outcomes, axis=1) / seen
    variance = np.maximum(np.cumsum(outcomes**2, axis=1) / seen - mean**2, 0) * seen / np.maximum(seen - 1, 1)
    error = np.sqrt(variance / seen)
    return np.where(error > 0, (mean + question.margin) / np.where(error > 0, error, 1), 0.0)


def _looking(every: int) -> Callable[[Question, Law, Floats], Calls]:
    def calls(question: Question, _law: Law, outcomes: Floats) -> Calls:
        seen = np.arange(1, outcomes.shape[1] + 1)
        looked = (seen % every == 0) & (seen >= _LEAST)
        return np.where(looked, _beyond(question, _statistic(question, outcomes)), False)

    return calls


def _once(question: Question, law: Law, outcomes: Floats) -> Calls:
    looked = np.arange(1, outcomes.shape[1] + 1) == planned(question, law)
    return np.where(looked, _beyond(question, _statistic(question, outcomes)), False)


def _beyond(question: Question, statistic: Floats) -> Calls:
    # From thirty pairs on the normal quantile is near enough Student's.
    critical = NormalDist().inv_cdf(1 - question.alpha)
    return np.stack([statistic >= critical, statistic <= -critical])


def planned(question: Question, law: Law) -> int:
    """The pairs of a test that looks once, with a power of .9 where the models are equal and their law is known."""
    equal = replace(law, difference=0.0)
    z = NormalDist().inv_cdf(1 - question.alpha) + NormalDist().inv_cdf(_POWER)
    return ceil((equal.better + equal.worse) * (z / question.margin) ** 2)


RIVALS = (
    Rival("ours", _ours),
    Rival("the law known", _knowing),
    Rival("20 constant bets", _by(_constant_grid)),
    Rival("aGRAPA", _by(_agrapa)),
    Rival("online Newton", _by(_newton)),
    Rival("outcomes as counted", _by(_dirichlet)),
    Rival("t-test, once", _once),
    Rival("t-test, each 100th", _looking(100)),
    Rival("t-test, each pair", _looking(1)),
)
