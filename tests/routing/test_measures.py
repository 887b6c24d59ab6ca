"""The published measures, on cases that can be worked out by hand, and their invariants."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.bench.routing.measures import Array, Interval, aiq, apgr, arena_score, cost_at, cpt, curve, hull
from router.bench.routing.resampling import PERCENT, Resamples, interval

WEAK = np.array([0.0, 0.0, 1.0, 1.0] * 25)
STRONG = np.ones(100)


def test_a_perfect_score_recovers_the_gap_with_half_the_calls() -> None:
    drawn = curve(STRONG - WEAK + np.linspace(0, 1e-6, 100), WEAK, STRONG)
    assert cpt(drawn, 1.0) == pytest.approx(50, abs=1)
    assert apgr(drawn) == pytest.approx(0.75, abs=0.01)


def test_the_worst_score_recovers_it_last() -> None:
    drawn = curve(WEAK - STRONG + np.linspace(0, 1e-6, 100), WEAK, STRONG)
    assert apgr(drawn) == pytest.approx(0.25, abs=0.01)
    assert cpt(drawn, 0.5) == pytest.approx(75, abs=1)


def test_a_score_that_knows_nothing_is_near_one_half() -> None:
    score = np.random.default_rng(0).random(20_000)
    weak = (np.random.default_rng(1).random(20_000) < 0.5).astype(float)
    assert apgr(curve(score, weak, np.ones(20_000))) == pytest.approx(0.5, abs=0.02)


def test_a_constant_score_is_all_or_nothing() -> None:
    drawn = curve(np.zeros(100), WEAK, STRONG)
    assert drawn.shares.tolist() == [1.0, 0.0]
    assert apgr(drawn) == pytest.approx(0.5)


@given(st.integers(0, 10_000))
def test_the_curve_runs_from_everything_strong_to_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    drawn = curve(random.random(60), WEAK[:60], STRONG[:60])
    assert drawn.shares[0] == 1
    assert drawn.shares[-1] == 0
    assert drawn.pgr[0] == pytest.approx(1)
    assert drawn.pgr[-1] == pytest.approx(0)
    assert len(drawn.shares) == 11
    assert (np.diff(drawn.shares) < 0).all()


@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_cpt_never_falls_with_what_is_asked(seed: int, share: float) -> None:
    drawn = curve(np.random.default_rng(seed).random(60), WEAK[:60], STRONG[:60])
    assert cpt(drawn, share) <= cpt(drawn, min(1.0, share + 0.05)) + 1e-9


def test_the_hull_leaves_out_what_mixing_beats() -> None:
    xs, ys = hull(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.2, 0.3, 0.8, 0.7]))
    assert xs.tolist() == [1.0, 3.0]
    assert ys.tolist() == [0.2, 0.8]


def test_aiq_is_the_mean_height_of_the_hull() -> None:
    costs, quality = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    assert aiq(costs, quality, 0.0, 1.0) == pytest.approx(0.5)
    assert aiq(costs, quality, 0.0, 2.0) == pytest.approx(0.75)


def test_a_single_point_is_no_ramp_from_nothing() -> None:
    dearest, cheapest, between = (np.array([cost]) for cost in (1.0, 0.1, 0.55))
    assert aiq(dearest, np.array([0.75]), 0.1, 1.0) == 0
    assert aiq(cheapest, np.array([0.5]), 0.1, 1.0) == pytest.approx(0.5)
    assert aiq(between, np.array([0.6]), 0.1, 1.0) == pytest.approx(0.3)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1)), min_size=1, max_size=12))
def test_the_hull_never_falls_and_lies_above_every_point(points: list[tuple[float, float]]) -> None:
    costs, quality = (np.array(values) for values in zip(*points, strict=True))
    xs, ys = hull(costs, quality)
    assert (np.diff(ys) > 0).all()
    assert (np.interp(costs, xs, ys) >= quality - 1e-9).all()


def test_router_arena_scores() -> None:
    assert arena_score(1.0, 0.0044) == pytest.approx(1.0)
    assert arena_score(1.0, 200) == pytest.approx(0.0)
    cheap = (np.log2(200) - np.log2(1)) / (np.log2(200) - np.log2(0.0044))
    assert arena_score(0.6, 1.0) == pytest.approx(1.1 * 0.6 * cheap / (0.06 + cheap))


def test_the_cost_of_a_share_of_the_best() -> None:
    costs, quality = np.array([1.0, 3.0]), np.array([0.5, 1.0])
    assert cost_at(0.75, costs, quality, 1.0) == pytest.approx(2.0)
    assert cost_at(0.4, costs, quality, 1.0) == 1.0
    assert cost_at(1.0, costs, quality, 2.0) == float("inf")


def mean_of(values: Array) -> Interval:
    resamples = Resamples.of(np.arange(len(values)), 200)
    draws = np.array([weights @ values / weights.sum() for weights in resamples.weights()])
    return interval(float(values.mean()), draws)


def test_the_interval_holds_the_value_and_shrinks_with_more() -> None:
    values = np.random.default_rng(0).random(2000)
    few, many = mean_of(values[:50]), mean_of(values)
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low


def test_an_interval_stays_within_what_its_measure_can_be() -> None:
    draws = np.array([0.0, 20.0, 60.0, 99.0])
    shown = interval(30.0, draws, 3.0, PERCENT)
    assert (shown.low, shown.high) == (0.0, 100.0)
    assert interval(30.0, draws, 3.0).low < 0
    assert interval(30.0, np.array([10.0, inf]), 3.0, PERCENT).high == inf
