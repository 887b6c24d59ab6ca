"""What the state of a ramp is about, how it begins a step, and what is left of it at the end."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from router.evidence import Interval, Question, narrow
from router.evidence.post_ramp_watch import Watch
from router.ramps import Answered, Batch, Order, Paired, RampState, Totals, absorb, in_force, obey, progress
from router.ramps.commands import Word
from router.ramps.observations import resplit
from router.ramps.state import SHADOW, TaskState, Today, about, fresh, guardrail, on_step, task_state
from router.ramps.status import status
from router.ramps.transitions import verdicts
from router.types import (
    Author,
    Between,
    Caps,
    Condition,
    Guardrails,
    InForce,
    Judging,
    OneOf,
    RampPlan,
    Shadowing,
    Standard,
)
from unit.ramp_samples import DAY, answers, moment, ordered, plan, seen, started

PLAN = plan()
WHEN = Condition((OneOf("task", frozenset({"law", "chat"})), Between("difficulty", -1.0, 1.0)))
LAW = plan(tasks={"law": Standard(0.1, 0.05)}, ramp=replace(PLAN.ramp, when=WHEN))


def changed(**ramp: Any) -> RampPlan:
    return replace(LAW, ramp=replace(LAW.ramp, **ramp))


def test_what_evidence_is_about_has_the_same_name_for_ever() -> None:
    """Another name would take the evidence and the approvals of every ramp that runs."""
    assert about(LAW) == "69e8c4570141"


@pytest.mark.parametrize(
    "other",
    [
        changed(original="c"),
        changed(substitute="c"),
        changed(original="b", substitute="a"),
        changed(unit="user"),
        changed(when=Condition(WHEN.tests[:1])),
        changed(when=Condition((OneOf("task", frozenset({"law"})), WHEN.tests[1]))),
        changed(when=Condition((OneOf("language", frozenset({"law", "chat"})), WHEN.tests[1]))),
        changed(when=Condition((WHEN.tests[0], Between("difficulty", -1.0, 2.0)))),
        changed(when=Condition((WHEN.tests[0], Between("difficulty", 0.0, 1.0)))),
        replace(LAW, standard=Standard(0.2, 0.1)),
        replace(LAW, tasks={"law": Standard(0.1, 0.1)}),
        replace(LAW, shadow=Shadowing(1.0, Judging("feedback"))),
    ],
)
def test_whoever_changes_what_is_asked_begins_new_evidence(other: RampPlan) -> None:
    assert about(other) != about(LAW)


def test_the_order_of_words_and_all_that_is_not_asked_change_nothing() -> None:
    turned = changed(
        when=Condition((WHEN.tests[1], OneOf("task", frozenset({"chat", "law"})))), holdback=0.3, share=0.2
    )
    assert about(replace(turned, steps=LAW.steps[:1], approvals=3, watch_pairs=7)) == about(LAW)


def test_each_task_has_its_own_standard() -> None:
    law, chat = task_state(LAW, "law"), task_state(replace(LAW, standard=Standard(0.3, 0.2)), "chat")
    assert law == TaskState(law.evidence, Interval(Question(0.1, 0.05)), Watch(0.1, 100.0))
    assert (law.evidence.question, chat.evidence.question) == (Question(0.1, 0.05), Question(0.3, 0.2))
    assert chat.watch == Watch(0.3, 100.0)
    assert guardrail(0.02, 0.1).blocks.question == Question(0.02, 0.1)


def test_guardrails_and_ratings_ask_their_own_questions_and_remember_every_batch() -> None:
    which = plan(standard=Standard(0.3, 0.1), guardrails=Guardrails(0.02, 500.0, 0.04))
    state = started(which)
    for _ in range(2):
        state = absorb(which, state, Batch((*answers(failed=True), *answers(side="moved", ms=900.0))), DAY)
    assert state.errors is not None
    assert state.slow is not None
    assert (state.errors.blocks.question, state.slow.blocks.question) == (Question(0.02, 0.1), Question(0.04, 0.1))
    # The control failed each time and the canary was late, so that the two turn out opposite ways.
    assert (state.errors.blocks.pairs, state.slow.blocks.pairs) == (2, 2)
    assert state.errors.blocks.total == -state.slow.blocks.total != 0


def test_a_batch_counts_requests_and_pairs_and_the_silence_between() -> None:
    state = absorb(PLAN, started(PLAN), Batch(answers(count=3)), DAY)
    assert (state.tasks["chat"].requests, state.tasks["chat"].quiet) == (3, 3)
    state = absorb(
        PLAN, state, Batch(answers(), (Paired("chat", 1.0, 0.0, Decimal(2)),), unjudged_cost=Decimal(3)), DAY
    )
    chat = state.tasks["chat"]
    assert (chat.requests, chat.pairs, chat.quiet) == (4, 1, 0)
    assert chat.interval == narrow(Interval(Question(0.2, 0.2)), -1.0)
    assert chat.watch.pairs == 0, "the watch begins with the first canary"
    assert seen(PLAN, on_step(PLAN, state, 0), bad=1).tasks["chat"].watch.pairs == 1
    assert state.today == Today(DAY, Decimal(0), Decimal(5))
    moved = Batch((Answered("chat", "moved", False, 1.0, Decimal(7)),))
    assert absorb(PLAN, state, moved, DAY).today == Today(DAY, Decimal(7), Decimal(5))


def test_a_step_begins_with_what_is_known_and_nothing_else() -> None:
    state = seen(PLAN, started(PLAN), good=3)
    state = replace(
        absorb(PLAN, state, Batch(answers(count=2)), DAY), elapsed_s=9.0, paused_from="shadow", reason="asked"
    )
    begun = on_step(PLAN, state, 0)
    assert (begun.stage, begun.step, begun.elapsed_s, begun.paused_from, begun.reason) == ("moving", 0, 0.0, None, None)
    chat = begun.tasks["chat"]
    assert (chat.requests, chat.pairs, chat.quiet, chat.evidence.pairs) == (0, 0, 0, 3)


def test_the_split_is_planned_for_the_sides_that_there_are_and_counts_its_plans() -> None:
    first = resplit(PLAN, fresh(PLAN), on_step(PLAN, fresh(PLAN), SHADOW))
    assert first.split is not None
    assert (first.split.plan, first.split.alpha, first.split_number) == ((0.9, 0.1), 0.001, 1)
    second = resplit(PLAN, first, on_step(PLAN, first, 0))
    assert second.split is not None
    assert (second.split.plan, second.split_number) == (pytest.approx((0.1, 0.8, 0.1)), 2)
    assert resplit(PLAN, second, second) is second
    for side, counts in (("moved", (1, 0, 0)), ("not_yet", (0, 1, 0)), ("holdback", (0, 0, 1))):
        unit = (Answered("chat", side, False, 1.0, first_of_unit=True),)  # type: ignore[arg-type]
        assert (split := absorb(PLAN, second, Batch(unit), DAY).split) is not None
        assert tuple(split.counts) == counts
    full = resplit(PLAN, second, on_step(PLAN, second, 2))
    assert full.split is not None
    assert full.split.plan == pytest.approx((0.9, 0.1))


def test_what_a_split_has_shown_outlives_its_plan() -> None:
    state = resplit(PLAN, fresh(PLAN), on_step(PLAN, fresh(PLAN), 0))
    lopsided = Batch(tuple(Answered("chat", "moved", False, 1.0, first_of_unit=True) for _ in range(60)))
    state = absorb(PLAN, state, lopsided, DAY)
    assert state.split is not None
    assert state.split.mismatched
    after = resplit(PLAN, state, on_step(PLAN, state, 1)).split
    assert after is not None
    assert after.mismatched


ENDED = ("rolled_back", SHADOW, None)


def where(state: RampState) -> tuple[str, int, str | None]:
    return state.stage, state.step, state.paused_from


@pytest.mark.parametrize(("word", "kind"), [("rollback", "rolled_back"), ("kill", "killed")])
def test_an_order_that_ends_a_ramp_leaves_nothing_to_go_back_to(word: Word, kind: str) -> None:
    paused = ordered(PLAN, on_step(PLAN, started(PLAN), 1), "pause")
    assert (where(paused), paused.reason) == (("paused", 1, "moving"), "asked")
    state, move = obey(PLAN, paused, Order(word, Author("kim", "command")), Totals(), moment())
    assert (where(state), state.reason) == (ENDED, "asked")
    assert (move.kind, move.reason, move.author.by) == (kind, "asked", "kim")


def orders(state: RampState, *words: Word) -> list[tuple[str, str | None]]:
    made = []
    for word in words:
        state, move = obey(PLAN, state, Order(word, Author("kim", "command"), force=True), Totals(), moment())
        made.append((move.kind, move.reason))
    return made


def test_each_order_makes_its_own_move() -> None:
    assert orders(fresh(PLAN), "approve", "start", "advance", "pause", "start") == [
        ("approved", None),
        ("started", None),
        ("advanced", None),
        ("paused", "asked"),
        ("resumed", None),
    ]


def test_after_a_pause_nothing_of_it_is_left() -> None:
    state = ordered(PLAN, on_step(PLAN, started(PLAN), 1), "pause", "start")
    assert (where(state), state.reason) == (("moving", 1, None), None)


def test_two_people_are_named_in_the_order_in_which_they_approved() -> None:
    two = plan(approvals=2)
    state = ordered(two, ordered(two, fresh(two), "approve", by="lee"), "approve", by="kim")
    assert (state.stage, state.approved_by) == ("approved", ("lee", "kim"))


def test_a_cap_holds_no_shadow_since_it_moves_nothing() -> None:
    capped = plan(caps=Caps(shifted_a_day=Decimal(0)))
    assert ordered(capped, started(capped), "pause", "start").stage == "shadow"
    assert progress(capped, started(capped), Totals(), moment(1))[1] == ()


@pytest.mark.parametrize("step", [1, 2])
def test_a_cap_gives_back_from_any_share_and_lets_it_come_again(step: int) -> None:
    capped = plan(caps=Caps(shifted_a_day=Decimal(5)))
    state = replace(on_step(capped, started(capped), step), today=Today(DAY, Decimal(5)))
    before = state.stage
    held, _ = progress(capped, state, Totals(), moment(1))
    assert (where(held), held.reason) == (("paused", step, before), "shifted_a_day")
    assert in_force(capped, held) == InForce(0.0)
    free = replace(held, today=Today(DAY + 1))
    back, moves = progress(capped, free, Totals(), moment(2))
    assert (where(back), back.reason, [move.kind for move in moves]) == ((before, step, None), None, ["resumed"])
    # One that somebody paused stays so, and keeps its share.
    asked = replace(state, stage="paused", paused_from=before, reason="asked")
    assert progress(capped, asked, Totals(), moment(1))[1] == ()


def test_harm_ends_a_ramp_for_good_and_every_task_is_named() -> None:
    state = replace(seen(PLAN, on_step(PLAN, started(PLAN), 1), bad=30), without={"law": "watch"})
    ended, moves = progress(PLAN, state, Totals(), moment(1))
    assert (where(ended), ended.reason) == (ENDED, "harm")
    assert dict(ended.without) == {"law": "watch", "chat": "harm"}
    assert [move.kind for move in moves] == ["task_rolled_back", "rolled_back"]


@pytest.mark.parametrize(
    ("stage", "approved"), [("draft", ()), ("draft", ("kim",)), ("shadow", ()), ("moving", ("kim",))]
)
def test_who_loses_something_by_a_new_plan_is_told(stage: Any, approved: tuple[str, ...]) -> None:
    state = RampState(about="another plan", stage=stage, step=0, approved_by=approved)
    begun, moves = progress(PLAN, state, Totals(), moment())
    assert begun == fresh(PLAN)
    assert [move.reason for move in moves] == ([] if stage == "draft" and not approved else ["plan_changed"])


def test_time_counts_while_a_ramp_runs_only_and_a_step_is_due_at_its_end() -> None:
    state = seen(PLAN, started(PLAN), good=40)
    assert progress(PLAN, state, Totals(), moment(60))[1] != (), "on the second"
    paused, _ = progress(PLAN, ordered(PLAN, state, "pause"), Totals(), moment(30))
    assert (paused.elapsed_s, paused.seen_s) == (0.0, moment(30).epoch_s)


def test_a_status_tells_each_figure_in_its_place() -> None:
    which = plan(caps=Caps(shifted_a_day=Decimal(0)))
    state = replace(
        seen(which, on_step(which, started(which), 0), good=3, bad=1),
        elapsed_s=7.0,
        approved_by=("kim", "lee"),
        without={"law": "harm"},
        today=Today(DAY, Decimal(1_500_000), Decimal(2_500_000)),
    )
    state = seen(which, state, good=1)
    state = replace(state, tasks={**state.tasks, "law": replace(task_state(which, "law"), requests=9)})
    standing = status(replace(which, approvals=2), state, Totals(), moment())
    assert (standing.name, standing.because, standing.original, standing.substitute) == ("to-b", "a test", "a", "b")
    assert (standing.share, standing.holdback, standing.step, standing.steps, standing.next) == (0.1, 0.1, 1, 3, 0.5)
    assert (standing.elapsed_s, standing.reason, standing.cap) == (7.0, None, "shifted_a_day")
    assert (standing.approved_by, standing.approvals) == (("kim", "lee"), 2)
    assert (standing.shifted_today_usd, standing.pairs_cost_today_usd) == ("1.5", "2.500001")
    assert (standing.tasks["law"]["state"], standing.tasks["law"]["requests"]) == ("rolled_back", 9)
    chat = standing.tasks["chat"]
    assert (chat["state"], chat["requests"], chat["pairs"], chat["mean"]) == ("not_yet", 5, 5, pytest.approx(-0.2))
    assert chat["low"] < chat["mean"] < chat["high"]
    known = verdicts(state)["chat"]
    assert (chat["promote_wealth"], chat["harm_wealth"]) == (known.promote_wealth, known.harm_wealth)
    assert chat["promote_wealth"] != chat["harm_wealth"]
    assert chat["threshold"] == pytest.approx(5.0)


def test_a_ramp_at_rest_waits_for_nothing_and_no_cap_binds_it() -> None:
    which = plan(caps=Caps(shifted_a_day=Decimal(0)))
    for state in (fresh(which), RampState(about="another plan", stage="moving", step=1)):
        standing = status(which, state, Totals(), moment())
        assert (standing.stage, standing.waits_for, standing.cap, standing.next) == ("draft", (), None, 0.1)
    held = status(which, ordered(which, started(which), "pause"), Totals(), moment())
    assert (held.reason, held.waits_for, held.cap) == ("asked", (), "shifted_a_day")
