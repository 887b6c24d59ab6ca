"""What makes the evidence valid, for any past and any law: no bet gains on average under its null."""

from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.evidence import (
    Evidence,
    Guardrail,
    Interval,
    Question,
    Split,
    Verdict,
    Watch,
    Window,
    assigned,
    combine,
    narrow,
    observe,
    record,
    replanned,
    watch,
)
from router.evidence.batch import extend, fresh
from router.evidence.betting import factors, stakes
from router.evidence.interval import grid

OUTCOMES = st.one_of(st.sampled_from([-1.0, 0.0, 1.0]), st.floats(-1, 1))
PASTS = st.lists(OUTCOMES, max_size=60)
QUESTIONS = st.builds(Question, st.floats(0.005, 0.6), st.floats(0.001, 0.5))
WEIGHTS = st.lists(st.floats(0.001, 1), min_size=9, max_size=9)
VALUES = np.linspace(-1, 1, 9)
PLANS = st.lists(st.floats(0.05, 1), min_size=2, max_size=4).map(lambda shares: tuple(np.divide(shares, sum(shares))))


def law_with_mean(weights: list[float], mean: float) -> np.ndarray:
    """Chances on VALUES with exactly this mean: the weights, mixed with as much of an end as it takes."""
    chances = np.array(weights) / sum(weights)
    now = float(chances @ VALUES)
    end = 1.0 if now < mean else -1.0
    part = (mean - now) / (end - now)
    chances = (1 - part) * chances
    chances[-1 if end > 0 else 0] += part
    return chances


def settled(question: Question, past: list[float]) -> Evidence:
    evidence = Evidence(question)
    for outcome in past:
        evidence = observe(evidence, outcome)
    return evidence


@settings(max_examples=80)
@given(QUESTIONS, PASTS, WEIGHTS)
def test_no_bet_gains_on_average_where_the_mean_is_at_the_margin(
    question: Question, past: list[float], weights: list[float]
) -> None:
    before, chances = settled(question, past), law_with_mean(weights, -question.margin)
    after = [observe(before, value) for value in VALUES.tolist()]
    assert chances @ [outcome.promote.value for outcome in after] == pytest.approx(before.promote.value, rel=1e-9)
    assert chances @ [outcome.harm.value for outcome in after] == pytest.approx(before.harm.value, rel=1e-9)


@settings(max_examples=80)
@given(QUESTIONS, PASTS, WEIGHTS, st.floats(0, 1))
def test_nor_where_the_null_holds_with_room(
    question: Question, past: list[float], weights: list[float], room: float
) -> None:
    before = settled(question, past)
    worse = law_with_mean(weights, -question.margin - room * (1 - question.margin))
    fine = law_with_mean(weights, -question.margin + room * (1 + question.margin))
    after = [observe(before, value) for value in VALUES.tolist()]
    assert worse @ [outcome.promote.value for outcome in after] <= before.promote.value * (1 + 1e-9)
    assert fine @ [outcome.harm.value for outcome in after] <= before.harm.value * (1 + 1e-9)


@given(st.floats(-0.99, 0.99), st.floats(0.005, 0.6), PASTS)
def test_stakes_leave_wealth_positive_whatever_comes(boundary: float, reach: float, past: list[float]) -> None:
    sums = float(len(past)), float(sum(past)), float(sum(d * d for d in past))
    for stake in stakes(*sums, boundary, reach):
        assert 0 <= stake < 1 / (1 + boundary)
    for outcome in (-1.0, 0.0, 1.0):
        assert min(factors(outcome, *sums, boundary, reach)) > 0


@settings(max_examples=80)
@given(QUESTIONS, st.lists(st.lists(OUTCOMES, min_size=7, max_size=7), min_size=1, max_size=4), st.integers(1, 6))
def test_many_runs_at_once_are_the_same_bets(question: Question, runs: list[list[float]], cut: int) -> None:
    outcomes = np.array(runs)
    state, first = extend(question, fresh(len(runs)), outcomes[:, :cut])
    state, second = extend(question, state, outcomes[:, cut:])
    wealth = np.concatenate([first, second], axis=-1)
    for run, past in enumerate(runs):
        for pair in range(7):
            evidence = settled(question, past[: pair + 1])
            assert wealth[0, run, pair] == pytest.approx(evidence.promote.value, rel=1e-9)
            assert wealth[1, run, pair] == pytest.approx(evidence.harm.value, rel=1e-9)
    kept = state.kept(np.arange(len(runs)) == 0)
    assert (kept.pairs, kept.total[0]) == (7, pytest.approx(sum(runs[0])))


@settings(max_examples=60)
@given(QUESTIONS, PASTS)
def test_the_interval_narrows_and_never_contradicts_the_verdict(question: Question, past: list[float]) -> None:
    evidence, interval = Evidence(question), Interval(question)
    for outcome in past:
        before = interval
        evidence, interval = observe(evidence, outcome), narrow(interval, outcome)
        assert before.low <= interval.low
        assert interval.high <= before.high
    assert evidence.promoted or interval.low < -question.margin
    assert evidence.harmed or interval.high > -question.margin


@settings(max_examples=60)
@given(QUESTIONS, PASTS, WEIGHTS, st.data())
def test_no_mean_of_the_grid_is_refuted_by_bets_that_gain_under_it(
    question: Question, past: list[float], weights: list[float], data: st.DataObject
) -> None:
    interval = Interval(question)
    for outcome in past or [0.0]:
        interval = narrow(interval, outcome)
    place = data.draw(st.integers(0, len(grid(question.margin)) - 1))
    chances = law_with_mean(weights, float(grid(question.margin)[place]))
    after = [narrow(interval, value) for value in VALUES.tolist()]
    for row in range(4):
        gained = chances @ [outcome.against[row][place] for outcome in after]
        assert gained == pytest.approx(interval.against[row][place], rel=1e-9)


@settings(max_examples=80)
@given(PLANS, st.lists(st.integers(0, 60), min_size=4, max_size=4), PLANS)
def test_a_split_gains_nothing_on_average_as_planned(
    plan: tuple[float, ...], counts: list[int], later: tuple[float, ...]
) -> None:
    split = Split(plan, 0.01)
    for side in range(len(plan)):
        split = assigned(split, side, counts[side])
    for mixture in (split, replanned(split, later)):
        after = [assigned(mixture, side) for side in range(len(mixture.plan))]
        factor = sum(
            share * exp(more.log_wealth - mixture.log_wealth) for share, more in zip(mixture.plan, after, strict=True)
        )
        assert factor == pytest.approx(1, rel=1e-6)
        assert min(more.best for more in after) >= mixture.best


@settings(max_examples=80)
@given(st.floats(0.005, 0.6), PASTS, WEIGHTS)
def test_a_watch_rises_by_one_at_most_on_average(margin: float, past: list[float], weights: list[float]) -> None:
    state = Watch(margin, 1000)
    for outcome in past:
        state = watch(state, outcome)
    chances = law_with_mean(weights, -margin)
    after = [watch(state, value).level for value in VALUES.tolist()]
    assert chances @ after == pytest.approx(state.level + 1, rel=1e-9)


@settings(max_examples=80)
@given(st.lists(st.tuples(st.sampled_from(["control", "canary"]), st.floats(0, 1)), max_size=50))
def test_blocks_close_by_who_answered_and_not_how(answers: list[tuple[str, float]]) -> None:
    as_told, all_well = (Guardrail(Evidence(Question(0.05, 0.05))) for _ in range(2))
    for arm, how in answers:
        as_told, all_well = record(as_told, arm, how), record(all_well, arm, 0.0)
        assert as_told.blocks.pairs == all_well.blocks.pairs
        assert min(as_told.control.answers, as_told.canary.answers) == 0


@settings(max_examples=80)
@given(st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["no_data", "not_yet", "promote", "harm"])), st.data())
def test_a_ramp_advances_on_the_word_of_every_busy_task(states: dict[str, str], data: st.DataObject) -> None:
    verdicts = {
        task: Verdict(state=state, pairs=1, mean=0.0, promote_wealth=1.0, harm_wealth=1.0, threshold=20.0)
        for task, state in states.items()
    }
    requests = data.draw(st.fixed_dictionaries({task: st.integers(0, 50) for task in "abc"}))
    standing = combine(verdicts, {task: Window(count, 0.1, 1) for task, count in requests.items()})
    busy = [task for task, count in requests.items() if count]
    assert standing.advance == (bool(busy) and all(states.get(task) == "promote" for task in busy))
    assert set(standing.harmed) == {task for task, state in states.items() if state == "harm"}
