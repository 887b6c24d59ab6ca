"""How a ramp moves by itself: on time and evidence, and back on harm, guardrails, caps, silence and mismatch."""

from dataclasses import replace
from decimal import Decimal

import pytest

from router.ramps import Answered, Batch, Moment, Move, Paired, RampState, Rated, Totals, absorb, in_force, progress
from router.ramps.state import fresh, on_step
from router.ramps.status import status
from router.ramps.totals import counted
from router.types import (
    Caps,
    Condition,
    Guardrails,
    InForce,
    Judging,
    MinimumSpend,
    OneOf,
    RampPlan,
    Schedule,
    Shadowing,
)
from unit.ramp_samples import DAY, NOW, answers, moment, plan, seen, served, started

PLAN = plan()
NOTHING = Totals()


def after(
    which: RampPlan, state: RampState, seconds: float = 3600.0, totals: Totals = NOTHING
) -> tuple[RampState, list[tuple[str, str | None]]]:
    state, moves = progress(which, state, totals, moment(seconds))
    return state, [(move.kind, move.reason) for move in moves]


def shown(which: RampPlan = PLAN) -> RampState:
    return seen(which, started(which), good=40)


def test_a_step_waits_for_time_pairs_evidence_and_hours() -> None:
    assert after(PLAN, shown())[1] == [("advanced", None)]
    assert after(PLAN, shown(), seconds=59)[1] == []
    assert after(PLAN, seen(PLAN, started(PLAN), good=1))[1] == []
    assert after(PLAN, seen(PLAN, started(PLAN), good=5))[1] == []
    nights = plan(schedule=Schedule(start=0, end=60))
    assert after(nights, shown(nights))[1] == []
    assert status(nights, shown(nights), NOTHING, moment(1)).waits_for == ("time", "hours")


def test_a_step_is_one_step_and_the_last_is_full() -> None:
    state, moves = after(PLAN, shown())
    assert (in_force(PLAN, state), moves) == (InForce(0.1), [("advanced", None)])
    for share, stage in ((0.5, "moving"), (1.0, "full")):
        state = seen(PLAN, replace(state, seen_s=moment().epoch_s), good=2)
        state, moves = after(PLAN, state)
        assert (in_force(PLAN, state), state.stage, moves) == (InForce(share), stage, [("advanced", None)])
    assert after(PLAN, seen(PLAN, state, good=40))[1] == []


def test_a_clock_that_jumps_cuts_no_wait_short() -> None:
    ahead = Moment(moment().epoch_s + 1e9, NOW, 30.0)
    state, moves = progress(PLAN, shown(), NOTHING, ahead)
    assert (state.elapsed_s, moves) == (30.0, ())
    back, _ = progress(PLAN, state, NOTHING, moment(-1e6))
    assert (back.elapsed_s, back.seen_s) == (30.0, moment(-1e6).epoch_s)
    first, _ = progress(PLAN, replace(shown(), seen_s=0.0), NOTHING, moment(1e6))
    assert first.elapsed_s == 0.0


def test_every_task_with_traffic_must_be_shown() -> None:
    state = absorb(PLAN, shown(), Batch(answers("law")), DAY)
    assert after(PLAN, state)[1] == []
    assert status(PLAN, state, NOTHING, moment()).waiting_tasks == ("law",)
    assert after(PLAN, seen(PLAN, state, good=40, task="law"))[1] == [("advanced", None)]


def test_a_task_that_is_worse_goes_back_alone_and_with_the_last_the_ramp_does() -> None:
    state = seen(PLAN, on_step(PLAN, shown(), 1), bad=30, task="law")
    state, moves = progress(PLAN, state, NOTHING, moment())
    assert [(move.kind, move.task, move.reason) for move in moves] == [("task_rolled_back", "law", "harm")]
    assert in_force(PLAN, state) == InForce(0.5, ("law",))
    again, moves = progress(PLAN, seen(PLAN, state, bad=30, task="law"), NOTHING, moment())
    assert (moves, again.tasks["law"].pairs) == ((), 30)
    alone = seen(PLAN, on_step(PLAN, started(PLAN), 1), bad=30)
    alone, moved = after(PLAN, alone)
    assert moved == [("task_rolled_back", "harm"), ("rolled_back", "harm")]
    assert in_force(PLAN, alone) is None


def test_the_watch_finds_a_substitute_that_has_become_worse() -> None:
    state = seen(PLAN, on_step(PLAN, shown(), 2), good=400)
    state, moves = after(PLAN, state)
    assert moves == []
    state, moved = after(PLAN, seen(PLAN, seen(PLAN, state, good=20, task="law"), bad=12))
    assert moved == [("task_rolled_back", "watch")]
    assert dict(state.without) == {"chat": "watch"}


@pytest.mark.parametrize(("said", "reason"), [({"failed": True}, "errors"), ({"ms": 900.0}, "slow")])
def test_guardrails_roll_back(said: dict[str, float], reason: str) -> None:
    guarded = plan(guardrails=Guardrails(0.2, 500.0, 0.2))
    state = on_step(guarded, shown(guarded), 1)
    both = [answer for _ in range(40) for answer in (*answers(side="not_yet"), *answers(side="moved", **said))]
    state, moves = after(guarded, absorb(guarded, state, Batch(tuple(both)), DAY))
    assert moves == [("rolled_back", reason)]
    assert in_force(guarded, state) is None


def test_units_that_land_otherwise_than_planned_hold_the_ramp() -> None:
    state, _ = after(PLAN, shown())
    assert state.split is not None
    lopsided = tuple(Answered("chat", "moved", False, 1.0, first_of_unit=True) for _ in range(60))
    state, moves = after(PLAN, absorb(PLAN, state, Batch(lopsided), DAY))
    assert moves == [("paused", "sample_ratio")]
    assert in_force(PLAN, state) == InForce(0.1)
    assert after(PLAN, state)[1] == []


def test_a_side_that_the_plan_no_longer_has_counts_nowhere() -> None:
    state = replace(on_step(PLAN, shown(), 2), split=None)
    whole = plan(ramp=replace(PLAN.ramp, holdback=0.0))
    state, _ = after(PLAN, state)
    full = absorb(whole, on_step(whole, started(whole), 2), Batch((Answered("chat", "not_yet", False, 1.0),)), DAY)
    assert full.split is not None
    late = (Answered("chat", "holdback", False, 1.0, first_of_unit=True),)
    assert absorb(whole, full, Batch(late), DAY).split == full.split


def test_no_pairs_where_some_should_have_come_hold_the_ramp_until_they_come() -> None:
    state, moves = after(PLAN, absorb(PLAN, shown(), Batch(answers(count=10)), DAY), seconds=1)
    assert (moves, state.paused_from) == ([("paused", "no_data")], "shadow")
    assert after(PLAN, state, seconds=2)[1] == []
    state, moves = after(PLAN, seen(PLAN, state, good=1), seconds=2)
    assert (moves, state.stage) == ([("resumed", None)], "shadow")


def test_silence_says_nothing_where_no_money_is_left_for_pairs_or_clients_rate() -> None:
    poor = plan(shadow=Shadowing(1.0, budget=Decimal(0)))
    assert after(poor, absorb(poor, started(poor), Batch(answers(count=99)), DAY))[1] == []
    rated = plan(shadow=Shadowing(1.0, Judging("feedback")))
    assert after(rated, absorb(rated, started(rated), Batch(answers(count=99)), DAY))[1] == []


def test_ratings_of_both_sides_are_evidence_in_blocks() -> None:
    rated = plan(shadow=Shadowing(1.0, Judging("feedback")))
    state = absorb(rated, started(rated), Batch(ratings=(Rated("chat", "not_yet", 1.0),)), DAY)
    assert state.tasks["chat"].evidence.pairs == 0
    state = absorb(rated, state, Batch(ratings=(Rated("chat", "moved", 0.5), Rated("chat", "holdback", 0.0))), DAY)
    assert (state.tasks["chat"].evidence.pairs, state.tasks["chat"].evidence.total) == (1, -0.5)


def test_the_day_s_spend_that_may_move_gives_back_until_the_next_day() -> None:
    capped = plan(caps=Caps(shifted_a_day=Decimal(100)))
    moved = Batch((Answered("chat", "moved", False, 1.0, Decimal(100)),), pairs=(Paired("chat", 1, 1),))
    state = absorb(capped, on_step(capped, shown(capped), 1), moved, DAY)
    state, moves = after(capped, state, seconds=1)
    assert moves == [("paused", "shifted_a_day")]
    assert in_force(capped, state) == InForce(0.0)
    state, moves = after(capped, absorb(capped, state, Batch(), DAY + 1), seconds=2)
    assert (moves, in_force(capped, state)) == ([("resumed", None)], InForce(0.5))


def test_an_owner_s_share_of_the_day_is_capped_once_it_means_something() -> None:
    capped = plan(caps=Caps({"Microsoft": 0.5}))
    state = on_step(capped, shown(capped), 1)
    few = counted(NOTHING, served(Microsoft=9), NOW.date())
    assert after(capped, state, 1, few)[1] == []
    many = counted(few, served(Microsoft=90, OpenAI=90), NOW.date())
    assert after(capped, state, 1, many)[1] == [("paused", "owner_share")]
    assert after(capped, state, 1, counted(many, served(OpenAI=90), NOW.date()))[1] == []


@pytest.mark.parametrize("per", ["day", "month"])
def test_a_partner_s_minimum_is_kept_on_pace(per: str) -> None:
    promised = plan(caps=Caps(commitment=MinimumSpend("OpenAI", Decimal(100_000_000), per)))  # type: ignore[arg-type]
    state = on_step(promised, shown(promised), 1)
    held, moves = after(promised, state, 1)
    assert moves == [("paused", "commitment")]
    # At noon half a day has passed, and 1.5 days of a month of 30.
    pace = {"day": 50, "month": 5}[per]
    at_pace = counted(NOTHING, served(OpenAI=pace), NOW.date())
    assert after(promised, held, 2, at_pace)[1] == []
    assert after(promised, held, 2, counted(at_pace, served(OpenAI=pace), NOW.date()))[1] == [("resumed", None)]


def test_totals_are_dropped_with_the_day_and_the_month() -> None:
    first = counted(NOTHING, served(OpenAI=3), NOW.date())
    assert (first.requests, first.share_of("OpenAI"), first.share_of("Meta")) == ({"OpenAI": 3}, 1.0, 0.0)
    next_day = counted(first, {}, NOW.date().replace(day=3))
    assert (next_day.requests, next_day.spend_day) == ({}, {})
    assert next_day.spend_month == {"OpenAI": Decimal(3_000_000)}
    assert counted(next_day, {}, NOW.date().replace(month=12)).spend_month == {}


def test_a_plan_that_asks_something_else_has_no_evidence_and_no_approval() -> None:
    other = plan(ramp=replace(PLAN.ramp, when=Condition((OneOf("task", frozenset({"chat"})),))))
    state, moves = after(other, on_step(PLAN, shown(), 1))
    assert (state.stage, state.tasks, moves) == ("draft", {}, [("begun_anew", "plan_changed")])
    assert after(other, fresh(PLAN))[1] == []
    assert in_force(other, on_step(PLAN, shown(), 1)) is None


def test_steps_and_caps_may_change_without_new_evidence() -> None:
    same = plan(steps=PLAN.steps[:1], caps=Caps({"Microsoft": 0.9}))
    state, moves = after(same, shown())
    assert (state.stage, moves) == ("full", [("advanced", None)])
    assert in_force(same, on_step(PLAN, shown(), 2)) == InForce(0.1)


def test_before_a_start_there_is_no_split_to_count_for() -> None:
    assert absorb(PLAN, fresh(PLAN), Batch(answers()), DAY).split is None


def test_a_ramp_at_rest_only_sees_time_pass() -> None:
    state, moves = progress(PLAN, fresh(PLAN), NOTHING, moment())
    assert (state.stage, state.elapsed_s, moves) == ("draft", 0.0, ())


def test_hours_may_pass_midnight_and_belong_to_the_day_on_which_they_began() -> None:
    monday_night = Schedule((0,), 22 * 60, 6 * 60)
    nights = plan(schedule=monday_night)

    def steps(hour: int, day: int) -> bool:
        at = NOW.replace(hour=hour, day=day)
        return bool(progress(nights, shown(nights), NOTHING, Moment(moment(3600).epoch_s, at, 1e9))[1])

    assert [steps(23, 2), steps(5, 3), steps(5, 2), steps(12, 2), steps(23, 3)] == [True, True, False, False, False]


def test_a_status_tells_what_is_known() -> None:
    state = seen(PLAN, on_step(PLAN, shown(), 0), good=3)
    state = replace(state, without={"law": "harm"})
    standing = status(PLAN, state, NOTHING, moment())
    assert (standing.stage, standing.share, standing.step, standing.steps, standing.next) == ("moving", 0.1, 1, 3, 0.5)
    assert standing.tasks["chat"]["pairs"] == 43
    assert standing.without == {"law": "harm"}
    assert status(PLAN, None, NOTHING, moment()).stage == "draft"
    assert status(PLAN, on_step(PLAN, state, 2), NOTHING, moment()).next is None


def test_a_move_says_what_was_known() -> None:
    _, moves = progress(PLAN, shown(), NOTHING, moment(3600))
    (move,) = moves
    assert isinstance(move, Move)
    assert (move.ramp, move.stage, move.share, move.author.by) == ("to-b", "moving", 0.1, "")
    assert move.verdicts["chat"].pairs == 40
