"""Guardrails of a canary, the split of its traffic, and the watch once it is full."""

from itertools import cycle, islice

import numpy as np
import pytest
from pydantic import TypeAdapter

from router.evidence import (
    Evidence,
    Guardrail,
    Question,
    Split,
    Watch,
    assigned,
    beyond,
    capped,
    observe,
    record,
    replanned,
    watch,
)
from router.evidence.guardrail import Tally


def guarded(answers: list[tuple[str, float]], tolerance: float = 0.02) -> Guardrail:
    guardrail = Guardrail(Evidence(Question(tolerance, 0.01)))
    for arm, wrong in answers:
        guardrail = record(guardrail, arm, wrong)
    return guardrail


def test_a_block_closes_once_both_sides_have_answered() -> None:
    half = guarded([("control", 1.0), ("control", 0.0)])
    assert (half.blocks.pairs, half.control, half.canary) == (0, Tally(2, 1.0), Tally())
    whole = record(half, "canary", 1.0)
    assert (whole.blocks.pairs, whole.blocks.total) == (1, -0.5)
    assert (whole.control, whole.canary) == (Tally(), Tally())


def test_blocks_do_not_mind_which_side_is_rare() -> None:
    guardrail = guarded([("canary", 1.0), ("canary", 0.0), ("control", 0.0)])
    assert (guardrail.blocks.pairs, guardrail.blocks.total) == (1, -0.5)


def test_a_canary_that_fails_half_the_time_trips_and_a_sound_one_does_not() -> None:
    failing = [("control", 0.0), ("canary", 1.0), ("control", 0.0), ("canary", 0.0)]
    assert guarded(failing * 20).tripped
    sound = [("control", 0.0), ("canary", 0.0), ("control", 1.0), ("canary", 1.0)]
    assert not guarded(sound * 200).tripped


def test_what_went_wrong_lies_between_0_and_1() -> None:
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            guarded([("canary", wrong)])


def test_latencies_become_shares_of_wrong() -> None:
    assert (beyond(501, 500), beyond(500, 500)) == (1.0, 0.0)
    assert (capped(250, 1000), capped(5000, 1000), capped(-1, 1000)) == (0.25, 1.0, 0.0)


def test_the_states_survive_json() -> None:
    for state in (guarded([("control", 1.0)]), Split((0.9, 0.1), 0.01, (3, 4), 0.5), watch(Watch(0.05, 1000), -1.0)):
        keep = TypeAdapter(type(state))
        assert keep.validate_json(keep.dump_json(state)) == state


@pytest.mark.parametrize(
    ("plan", "alpha"), [((), 0.01), ((1.0, 0.0), 0.01), ((0.5, 0.4), 0.01), ((1.5, -0.5), 0.01), ((0.5, 0.5), 0.0)]
)
def test_a_plan_that_is_none_is_refused(plan: tuple[float, ...], alpha: float) -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        Split(plan, alpha)


def test_units_as_planned_are_no_mismatch_and_others_are() -> None:
    split = Split((0.9, 0.1), 0.01)
    for side in islice(cycle([0] * 9 + [1]), 5000):
        split = assigned(split, side)
    assert not split.mismatched
    for side in islice(cycle([0] * 8 + [1] * 2), 2000):
        split = assigned(split, side)
    assert split.mismatched
    assert split.counts == (6100, 900)


def test_a_mismatch_stands_and_units_may_come_in_lots() -> None:
    split = assigned(Split((0.5, 0.5), 0.01), 0, 60)
    assert split.mismatched
    assert assigned(split, 1, 60).mismatched
    assert assigned(split, 1, 60).log_wealth < 0


def test_the_first_unit_is_no_evidence() -> None:
    assert assigned(Split((0.9, 0.1), 0.01), 1).log_wealth == pytest.approx(0, abs=1e-9)


def test_a_side_that_is_not_planned_is_refused() -> None:
    with pytest.raises(IndexError):
        assigned(Split((0.5, 0.5), 0.01), 2)


def test_a_new_plan_keeps_the_evidence_and_counts_anew() -> None:
    split = assigned(Split((0.5, 0.5), 0.01), 0, 12)
    after = replanned(split, (0.2, 0.8))
    assert after.counts == (0, 0)
    assert after.log_wealth == pytest.approx(split.log_wealth)
    assert after.best == split.best


@pytest.mark.parametrize(("margin", "run_length"), [(0, 100), (1, 100), (0.05, 0.5)])
def test_a_watch_that_cannot_be_is_refused(margin: float, run_length: float) -> None:
    with pytest.raises(ValueError, match="run length"):
        Watch(margin, run_length)


def rings_after(outcomes: np.ndarray, run_length: float = 5_000) -> int:
    state = Watch(0.05, run_length)
    for number, outcome in enumerate(outcomes.tolist()):
        state = watch(state, outcome)
        if state.alarm:
            return number
    return len(outcomes)


def test_a_change_after_a_long_good_time_is_found_soon() -> None:
    random = np.random.default_rng(7)
    good = random.choice([-1.0, 0.0, 1.0], p=[0.04, 0.92, 0.04], size=3000)
    bad = random.choice([-1.0, 0.0, 1.0], p=[0.24, 0.72, 0.04], size=1000)
    assert 3000 < rings_after(np.concatenate([good, bad])) < 3150
    evidence = Evidence(Question(0.05, 0.05))
    for outcome in np.concatenate([good, bad[:450]]).tolist():
        evidence = observe(evidence, outcome)
    assert not evidence.harmed


def test_a_watch_rings_falsely_no_oftener_than_it_says() -> None:
    random = np.random.default_rng(11)
    waits = [
        rings_after(random.choice([-1.0, 0.0, 1.0], p=[0.09, 0.87, 0.04], size=1500), run_length=100) for _ in range(40)
    ]
    assert np.mean(waits) > 100
