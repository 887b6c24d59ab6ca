"""The simulation of ramps: its laws are what they say, its figures are counted right, its targets hold."""

from math import inf
from pathlib import Path

import numpy as np
import pytest

from router.bench.ramps.alternative_tests import RIVALS, planned
from router.bench.ramps.simulated_pairs import Law, crossings, share, waits
from router.bench.ramps.simulation import Bench
from router.errors import BadRequest
from router.evidence import Evidence, Question, observe

QUESTION = Question(0.05, 0.05)


def bench(runs: int = 400, pairs: int = 2000) -> Bench:
    return Bench(QUESTION, 0.85, 0.7, runs, pairs, 5)


@pytest.mark.parametrize(("base", "difference", "correlation"), [(0.85, 0.0, 0.7), (0.85, -0.1, 0.7), (0.6, 0.1, 0.3)])
def test_a_law_has_the_chances_and_the_correlation_it_is_given(
    base: float, difference: float, correlation: float
) -> None:
    law = Law(base, difference, correlation)
    a, b = base, base + difference
    assert law.both + law.worse == pytest.approx(a)
    assert law.both + law.better == pytest.approx(b)
    assert (law.both - a * b) / np.sqrt(a * (1 - a) * b * (1 - b)) == pytest.approx(correlation)
    drawn = law.draw(np.random.default_rng(1), (100, 2000))
    assert drawn.mean() == pytest.approx(difference, abs=0.005)
    assert (drawn == 1).mean() == pytest.approx(law.better, abs=0.005)
    assert set(np.unique(drawn)) <= {-1.0, 0.0, 1.0}


@pytest.mark.parametrize(("base", "difference", "correlation"), [(0.85, -0.2, 0.7), (0.9, 0.2, 0), (0.5, 0, -1.1)])
def test_a_law_that_cannot_be_is_refused(base: float, difference: float, correlation: float) -> None:
    with pytest.raises(BadRequest, match="chances of"):
        Law(base, difference, correlation)


def test_a_share_carries_wilsons_interval() -> None:
    estimate = share(10, 100)
    assert (estimate.value, estimate.low, estimate.high) == (
        0.1,
        pytest.approx(0.0552, abs=1e-4),
        pytest.approx(0.1744, abs=1e-4),
    )
    assert (share(0, 50).low, share(50, 50).high) == (0.0, 1.0)


def test_waits_that_never_end_are_infinite() -> None:
    assert waits(np.array([1.0, 2.0, inf])).median == 2.0
    assert waits(np.array([1.0, 2.0, inf])).p90 == inf


def test_a_crossing_is_the_first_pair_that_gets_there() -> None:
    assert crossings(np.array([[False, True, False], [False, False, False]])).tolist() == [2.0, inf]


def test_runs_in_blocks_decide_as_pairs_one_by_one_do() -> None:
    law, small = Law(0.85, -0.1, 0.7), bench(8, 300)
    calls = small.first_calls(law, 8, to_the_end=False)
    # The blocks of one chunk draw one after another, of the runs that go on; the first block is that of all.
    outcomes = law.draw(np.random.default_rng(5), (8, 64))
    for run in range(8):
        evidence, first = Evidence(QUESTION), inf
        for pair, outcome in enumerate(outcomes[run].tolist(), 1):
            evidence = observe(evidence, outcome)
            first = min(first, pair) if evidence.harmed else first
        assert calls[1, run] == first or (first == inf and calls[1, run] > 64)


def test_what_a_ramp_must_hold() -> None:
    simulated = bench()
    equal, _, worse = (simulated.first_calls(law, 400, to_the_end=False) for law in (
        Law(0.85, 0.0, 0.7), Law(0.85, -0.05, 0.7), Law(0.85, -0.1, 0.7)
    ))  # fmt: skip
    assert np.median(equal[0]) <= 200
    assert np.median(worse[1]) <= 200
    assert np.isfinite(equal[0]).all()
    assert np.isinf(equal[1]).all()


def test_a_worse_pair_is_rolled_back_in_time_where_outcomes_agree_less() -> None:
    # Both outcomes from one draw seven times of ten: their correlation falls to .51 as the models part.
    calls = bench().first_calls(Law(0.85, -0.1, 0.509), 400, to_the_end=False)
    assert np.median(calls[1]) <= 450


def test_other_bets_wait_longer_and_repeated_tests_err() -> None:
    compared = {method.name: method for method in (bench(1600, 600)._compared(rival, int) for rival in RIVALS)}
    ours = compared["ours"]
    assert ours.to_promote.median < compared["online Newton"].to_promote.median
    assert ours.to_roll_back.median < compared["aGRAPA"].to_roll_back.median
    assert compared["t-test, each pair"].wrong_promotions.low > 0.05
    assert compared["t-test, each 100th"].wrong_promotions.low > 0.05
    assert compared["t-test, once"].to_promote.median == planned(QUESTION, Law(0.85, 0.0, 0.7)) == 263


def test_the_report_holds_every_scenario_and_counts_its_steps() -> None:
    steps: list[int] = []
    small = bench(16, 60)
    report = small.measure(lambda: steps.append(1))
    assert len(steps) == small.steps
    assert [round(scenario.law.difference, 3) for scenario in report.scenarios] == [
        0.025,
        0,
        -0.025,
        -0.05,
        -0.075,
        -0.1,
    ]
    assert [scenario.ever_promoted is not None for scenario in report.scenarios] == [
        False,
        False,
        False,
        True,
        False,
        False,
    ]
    assert report == small.measure(int)


def test_a_picture_is_the_same_each_time_and_a_run_may_never_decide(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from router.bench.ramps.evidence_plot import draw

    for name in ("one.svg", "two.svg"):
        draw(bench(10, 40), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"promoted after" not in (tmp_path / "one.svg").read_bytes()


def test_kinds_of_work_that_cannot_be_are_left_out() -> None:
    wide = Bench(Question(0.1, 0.05), 0.85, 0.3, 10, 50, 5)
    assert [law.base for law in wide.other_laws] == [0.85] * 3
    assert wide.steps == 6 + 3 + len(RIVALS)
