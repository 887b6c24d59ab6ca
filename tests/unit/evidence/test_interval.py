"""The interval: it agrees with the verdict, never widens, and says so where the pairs had no one mean."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from router.evidence import Evidence, Interval, Question, narrow, observe
from router.evidence.interval import grid

QUESTION = Question(0.05, 0.05)


def after(*outcomes: float, question: Question = QUESTION) -> Interval:
    interval = Interval(question)
    for outcome in outcomes:
        interval = narrow(interval, outcome)
    return interval


@pytest.mark.parametrize("margin", [0.001, 0.05, 0.3, 0.95, 0.9999])
def test_the_grid_rises_within_its_bounds_and_holds_the_margin(margin: float) -> None:
    means = grid(margin)
    assert (np.diff(means) > 0).all()
    assert -margin in means
    assert margin in means
    assert means[0] > -1
    assert means[-1] < 1


def test_before_any_pair_it_is_everything() -> None:
    assert (Interval(QUESTION).low, Interval(QUESTION).high) == (-1.0, 1.0)
    assert after(0.0).low < -0.99


def test_it_closes_in_from_both_sides_and_agrees_with_the_verdict() -> None:
    outcomes, evidence = [0.0] * 200, Evidence(QUESTION)
    interval = after(*outcomes)
    for outcome in outcomes:
        evidence = observe(evidence, outcome)
    assert -0.05 <= interval.low < 0 < interval.high <= 0.05
    assert interval.low == pytest.approx(-interval.high)
    assert evidence.promoted


def test_one_column_is_the_wealth_of_the_verdict() -> None:
    outcomes, evidence = [0.0, 1.0, -1.0, 0.5, 0.0, -0.25], Evidence(QUESTION)
    column = int(np.argmax(grid(0.05) == -0.05))
    wealth = [row[column] for row in after(*outcomes).against]
    for outcome in outcomes:
        evidence = observe(evidence, outcome)
    kept = (evidence.promote.patient, evidence.promote.bold, evidence.harm.patient, evidence.harm.bold)
    assert wealth == pytest.approx(kept)


def test_a_change_under_way_empties_it() -> None:
    interval = after(*[1.0] * 60, *[-1.0] * 200)
    assert interval.low > interval.high


def test_large_means_are_found_too() -> None:
    interval = after(*[0.75, 0.85] * 100)
    assert interval.low > 0.5
    assert interval.high > 0.8


def test_the_state_survives_json() -> None:
    keep, interval = TypeAdapter(Interval), after(0, 1, -0.5)
    assert keep.validate_json(keep.dump_json(interval)) == interval
