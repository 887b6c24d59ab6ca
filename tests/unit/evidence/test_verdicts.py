"""Verdicts on a task, and what they add up to for a ramp."""

import pytest

from router.evidence import Evidence, Interval, Question, Verdict, Window, combine, judge, observe
from router.evidence.pairs import Wealth
from router.evidence.verdicts import State

QUESTION = Question(0.05, 0.05)
WON = Wealth(1.0, 1.0, 25.0)
BUSY = Window(1000, 0.1, 90)
IDLE = Window(0, 0.1, 0)


def verdict(state: State) -> Verdict:
    return Verdict(state=state, pairs=100, mean=0.0, promote_wealth=1.0, harm_wealth=1.0, threshold=20.0)


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        (Evidence(QUESTION), "no_data"),
        (Evidence(QUESTION, 5), "not_yet"),
        (Evidence(QUESTION, 5, promote=WON), "promote"),
        (Evidence(QUESTION, 5, harm=WON), "harm"),
        (Evidence(QUESTION, 5, promote=WON, harm=WON), "harm"),
    ],
)
def test_the_state_of_a_task(evidence: Evidence, state: State) -> None:
    assert judge(evidence).state == state


def test_a_verdict_tells_its_figures() -> None:
    verdict = judge(observe(observe(Evidence(QUESTION), 1.0), 0.0), Interval(QUESTION, low=-0.1, high=0.2))
    assert (verdict.pairs, verdict.mean, verdict.threshold, verdict.low, verdict.high) == (2, 0.5, 20.0, -0.1, 0.2)
    assert verdict.promote_wealth > 1 > verdict.harm_wealth
    bare = judge(Evidence(QUESTION))
    assert (bare.mean, bare.low, bare.high) == (0.0, -1.0, 1.0)


def test_all_tasks_with_traffic_must_be_promoted() -> None:
    both = {"code": verdict("promote"), "chat": verdict("promote")}
    assert combine(both, {"code": BUSY, "chat": BUSY}).advance
    waiting = combine({**both, "chat": verdict("not_yet")}, {"code": BUSY, "chat": BUSY})
    assert not waiting.advance
    assert waiting.waiting == ("chat",)


def test_a_task_without_traffic_has_no_say() -> None:
    assert combine({"code": verdict("promote"), "chat": verdict("not_yet")}, {"code": BUSY, "chat": IDLE}).advance


def test_nothing_advances_on_no_traffic_at_all() -> None:
    assert not combine({}, {}).advance
    assert not combine({"code": verdict("promote")}, {"code": IDLE}).advance


def test_a_task_with_traffic_and_no_verdict_waits() -> None:
    standing = combine({}, {"code": BUSY})
    assert not standing.advance
    assert standing.waiting == ("code",)


def test_the_harmed_task_alone_is_named() -> None:
    verdicts = {"code": verdict("harm"), "chat": verdict("promote"), "old": verdict("harm")}
    standing = combine(verdicts, {"code": BUSY, "chat": BUSY, "old": IDLE})
    assert standing.harmed == ("code", "old")
    assert not standing.advance


@pytest.mark.parametrize(
    ("window", "silent"),
    [(Window(100, 0.1, 0), True), (Window(99, 0.1, 0), False), (Window(1000, 0.1, 1), False), (IDLE, False)],
)
def test_pairs_that_should_have_come_and_did_not_are_silence(window: Window, silent: bool) -> None:
    standing = combine({"code": verdict("promote")}, {"code": window})
    assert standing.silent == (("code",) if silent else ())
    assert not (silent and standing.advance)
