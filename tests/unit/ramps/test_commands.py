"""What people may order of a ramp, and what each order needs."""

from dataclasses import replace
from decimal import Decimal

import pytest

from router.errors import Conflict
from router.ramps import Order, RampState, Totals, in_force, obey
from router.ramps.commands import WORDS, Word
from router.ramps.state import fresh, on_step
from router.types import Author, Caps, InForce
from unit.ramp_samples import moment, ordered, plan, seen, started

PLAN = plan()


def test_a_ramp_is_approved_and_started_before_anything_is_in_force() -> None:
    draft = fresh(PLAN)
    assert in_force(PLAN, draft) is None
    approved = ordered(PLAN, draft, "approve")
    assert (approved.stage, approved.approved_by, in_force(PLAN, approved)) == ("approved", ("kim",), None)
    running = ordered(PLAN, approved, "start")
    assert (running.stage, in_force(PLAN, running)) == ("shadow", InForce(0.0))


def test_two_different_people_approve_where_two_are_asked() -> None:
    two = plan(approvals=2)
    once = ordered(two, fresh(two), "approve")
    assert once.stage == "draft"
    with pytest.raises(Conflict, match="another person must, for 2 are asked"):
        ordered(two, once, "approve")
    assert ordered(two, once, "approve", by="lee").stage == "approved"


@pytest.mark.parametrize(
    ("before", "word", "sentence"),
    [
        ((), "start", "is draft: approve it first"),
        (("approve",), "approve", "is approved already"),
        (("approve", "start"), "start", "it runs already"),
        ((), "pause", "only one that runs can be paused"),
        (("approve", "start", "pause"), "pause", "is paused"),
        ((), "rollback", "nothing to roll back"),
        (("approve",), "advance", "a step is taken from shadow or while it moves"),
        (("approve", "start"), "advance", "waits for every task: there was no traffic"),
        (("approve", "start", "rollback"), "start", "approve it again first"),
    ],
)
def test_an_order_that_does_not_fit_says_what_would(before: tuple[Word, ...], word: Word, sentence: str) -> None:
    state = ordered(PLAN, fresh(PLAN), *before)
    with pytest.raises(Conflict, match=sentence):
        ordered(PLAN, state, word)


def test_a_step_by_hand_needs_the_evidence_or_a_word_for_the_record() -> None:
    state = seen(PLAN, started(PLAN), good=1)
    with pytest.raises(Conflict, match="waits for chat"):
        ordered(PLAN, state, "advance")
    after, move = obey(PLAN, state, Order("advance", Author("kim", "http", "hurry"), force=True), Totals(), moment())
    assert (after.stage, move.share, move.forced, move.author.because) == ("moving", 0.1, True, "hurry")
    assert move.verdicts["chat"].state == "not_yet"
    shown = seen(PLAN, started(PLAN), good=40)
    assert ordered(PLAN, shown, "advance").stage == "moving"
    assert ordered(PLAN, shown, "advance", "advance", force=True).step == 1
    assert ordered(PLAN, shown, "advance", "advance", "advance", force=True).stage == "full"


def test_a_pause_holds_the_share_and_goes_on_from_there() -> None:
    moving = on_step(PLAN, started(PLAN), 1)
    paused = ordered(PLAN, moving, "pause")
    assert in_force(PLAN, paused) == InForce(0.5)
    resumed = ordered(PLAN, paused, "start")
    assert (resumed.stage, resumed.step, resumed.reason) == ("moving", 1, None)
    assert ordered(PLAN, started(PLAN), "pause", "start").stage == "shadow"


@pytest.mark.parametrize("word", ["rollback", "kill"])
def test_what_is_rolled_back_or_killed_moves_nothing_and_begins_again_with_nothing_known(word: Word) -> None:
    state = ordered(PLAN, seen(PLAN, on_step(PLAN, started(PLAN), 2), good=5), word)
    assert (state.stage, in_force(PLAN, state)) == ("rolled_back", None)
    again = ordered(PLAN, state, "approve")
    assert (again.stage, again.tasks) == ("approved", {})


def test_a_kill_fits_every_stage() -> None:
    for words in ((), ("approve",), ("approve", "start"), ("approve", "start", "pause"), ("kill",)):
        before = ordered(PLAN, fresh(PLAN), *words)  # type: ignore[arg-type]
        after, move = obey(PLAN, before, Order("kill", Author("kim", "command")), Totals(), moment())
        assert (after.stage, move.kind) == ("rolled_back", "killed")


def test_a_cap_that_is_reached_lets_nobody_step_or_go_on() -> None:
    capped = plan(caps=Caps(shifted_a_day=Decimal(0)))
    with pytest.raises(Conflict, match="cap shifted_a_day is reached"):
        ordered(capped, seen(capped, started(capped), good=40), "advance")
    paused = ordered(capped, on_step(capped, started(capped), 0), "pause")
    with pytest.raises(Conflict, match="stays paused: its cap shifted_a_day"):
        ordered(capped, paused, "start")


def test_an_order_to_a_ramp_whose_plan_asks_something_else_begins_anew() -> None:
    other: RampState = replace(started(PLAN), about="another plan")
    with pytest.raises(Conflict, match="is draft"):
        ordered(PLAN, other, "start")


def test_every_word_is_an_order() -> None:
    assert set(WORDS) == {"approve", "start", "pause", "advance", "rollback", "kill"}
