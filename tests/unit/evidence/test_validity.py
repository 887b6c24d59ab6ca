"""Looking after every pair costs nothing: wrong calls in simulated runs, with fixed seeds, stay within alpha.

A bound of alpha is broken where so many wrong calls would come by chance less than once in ten thousand times. The last
tests show that the same check finds what is not valid.
"""

from collections.abc import Callable
from math import comb, exp, log

import numpy as np
import pytest

from router.bench.ramps.alternative_tests import RIVALS
from router.bench.ramps.simulated_pairs import Law
from router.evidence import Evidence, Guardrail, Question, Split, assigned, record
from router.evidence.batch import extend, fresh
from router.evidence.betting import factors, together

QUESTION = Question(0.05, 0.05)
RUNS, PAIRS = 1000, 1000
Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def most(runs: int, alpha: float) -> int:
    """The most wrong calls that chance explains: more come once in ten thousand times."""
    left, calls = 1.0, 0
    while left > 1e-4:
        left -= exp(log(comb(runs, calls)) + calls * log(alpha) + (runs - calls) * log(1 - alpha))
        calls += 1
    return calls


def wrong(draw: Draw, runs: int = RUNS, pairs: int = PAIRS) -> list[int]:
    """Runs that ever promote, and that ever harm."""
    random, calls = np.random.default_rng(23), np.zeros(2, int)
    for _ in range(runs // 100):
        wealth = extend(QUESTION, fresh(100), draw(random, 100, pairs))[1]
        calls += (wealth >= QUESTION.threshold).any(axis=-1).sum(axis=-1)
    return calls.tolist()


def three(better: float, worse: float) -> Draw:
    return lambda random, runs, pairs: random.choice(
        [1.0, 0.0, -1.0], p=[better, 1 - better - worse, worse], size=(runs, pairs)
    )


def graded(random: np.random.Generator, runs: int, pairs: int) -> np.ndarray:
    return np.clip(random.normal(-0.05, 0.2, (runs, pairs)), -0.8, 0.7)


def scheming(random: np.random.Generator, runs: int, pairs: int) -> np.ndarray:
    """Quiet and wild stretches by turns, each with a mean of exactly -margin, to mislead what learns the spread."""
    wild = np.arange(pairs) // 50 % 2 == 1
    coin = random.random((runs, pairs))
    return np.where(wild, np.where(coin < 0.475, 1.0, -1.0), np.where(coin < 0.95, 0.0, -1.0))


@pytest.mark.parametrize(
    "draw",
    [three(0.0165, 0.0665), three(0.2, 0.25), three(0.0, 0.05), three(0.475, 0.525), graded, scheming],
    ids=["rare", "often", "only worse", "coin", "graded", "scheming"],
)
def test_wrong_calls_at_the_margin_stay_within_alpha(draw: Draw) -> None:
    promotions, rollbacks = wrong(draw)
    assert promotions <= most(RUNS, 0.05)
    assert rollbacks <= most(RUNS, 0.05)


def test_beyond_the_margin_wrong_calls_are_rare() -> None:
    assert wrong(three(0.04, 0.04))[1] <= most(RUNS, 0.001)
    assert wrong(three(0.03, 0.13))[0] <= most(RUNS, 0.001)


def test_the_interval_misses_the_mean_within_alpha_on_each_side() -> None:
    # One column of the interval, that of the true mean, on both sides.
    law, misses = Law(0.85, -0.02, 0.7), np.zeros(2, int)
    outcomes = law.draw(np.random.default_rng(31), (RUNS, 500))
    before = [np.cumsum(values, axis=1) - values for values in (outcomes, outcomes**2)]
    for side, sign in enumerate((1.0, -1.0)):
        bound = np.asarray(sign * law.difference)
        parts = factors(sign * outcomes, np.arange(500.0), sign * before[0], before[1], bound, np.asarray(0.05))
        wealth = together(*(np.cumprod(part, axis=1) for part in parts))
        misses[side] = (wealth >= QUESTION.threshold).any(axis=1).sum()
    assert (misses <= most(RUNS, 0.05)).all()
    assert misses.min() > 5


def test_a_guardrail_rings_falsely_within_alpha() -> None:
    random, alarms, runs = np.random.default_rng(41), 0, 60
    for _ in range(runs):
        guardrail = Guardrail(Evidence(Question(0.05, 0.05)))
        arms, coins = random.random(400) < 0.3, random.random(400)
        for canary, coin in zip(arms.tolist(), coins.tolist(), strict=True):
            rate = 0.15 if canary else 0.1
            guardrail = record(guardrail, "canary" if canary else "control", float(coin < rate))
        alarms += guardrail.tripped
    assert alarms <= most(runs, 0.05)


def test_a_sound_split_is_called_a_mismatch_within_alpha() -> None:
    random, alarms, runs = np.random.default_rng(43), 0, 60
    for _ in range(runs):
        split = Split((0.9, 0.05, 0.05), 0.05)
        for side in random.choice(3, p=split.plan, size=300).tolist():
            split = assigned(split, side)
        alarms += split.mismatched
    assert alarms <= most(runs, 0.05)


def test_the_check_finds_a_t_test_that_is_repeated() -> None:
    rival = next(rival for rival in RIVALS if rival.name == "t-test, each pair")
    law = Law(0.85, -0.05, 0.7)
    outcomes = law.draw(np.random.default_rng(47), (RUNS, 500))
    calls = rival.calls(QUESTION, law, outcomes).any(axis=-1).sum(axis=-1)
    assert (calls > most(RUNS, 0.05)).all()


def test_the_check_finds_a_stake_that_has_seen_its_outcome() -> None:
    outcomes = Law(0.85, -0.05, 0.7).draw(np.random.default_rng(53), (RUNS, 500))
    before = [np.cumsum(values, axis=1) - values for values in (outcomes, outcomes**2)]
    honest = factors(outcomes, np.arange(500.0), before[0], before[1], np.asarray(-0.05), np.asarray(0.05))
    # It stakes a tenth less where it is about to lose.
    peeking = (np.where(outcomes < 0, 1 + 0.9 * (part - 1), part) for part in honest)
    wealth = together(*(np.cumprod(part, axis=1) for part in peeking))
    assert (wealth >= QUESTION.threshold).any(axis=1).sum() > most(RUNS, 0.05)
