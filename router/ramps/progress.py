"""Advances, holds, rolls back or ends a ramp, from what it has observed.

Invariant: one call takes at most one step up; harm and guardrails come before caps, and all of them before a step. A
clock that jumps ahead counts as one tick, one that jumps back as none, so no wait is ever cut short.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from router.evidence import Standing, Window, combine
from router.ramps.observations import resplit
from router.ramps.ramp_limits import Moment, capped, may_step
from router.ramps.state import ACTIVE, CAPPED, SHADOW, RampState, Reason, about, fresh, on_step
from router.ramps.totals import Totals
from router.ramps.transitions import Move, move, verdicts
from router.types import RampPlan

# What lifts a pause without an order: caps that no longer bind, and pairs that come again.
LIFTED: frozenset[str] = CAPPED | {"no_data"}


def progress(plan: RampPlan, state: RampState, totals: Totals, moment: Moment) -> tuple[RampState, tuple[Move, ...]]:
    """The next state, with the moves that led to it, in order."""
    if state.about != about(plan):
        return _begun_anew(plan, state)
    moves: list[Move] = []
    if state.stage in ACTIVE:
        state = _ticked(state, moment)
        for step in (_harm, _guarded, _given_up, _split_held, _capped, _silent, _resumed, _advanced):
            state, made = _take(step, plan, state, totals, moment)
            moves.extend(made)
    return state, tuple(moves)


Turn = Callable[[RampPlan, RampState, Totals, Moment], Iterator[tuple[RampState, Move]]]


def _take(turn: Turn, plan: RampPlan, state: RampState, totals: Totals, moment: Moment) -> tuple[RampState, list[Move]]:
    if state.stage not in ACTIVE or not (made := list(turn(plan, state, totals, moment))):
        return state, []
    return resplit(plan, state, made[-1][0]), [move for _, move in made]


def _begun_anew(plan: RampPlan, state: RampState) -> tuple[RampState, tuple[Move, ...]]:
    """A plan that asks something else has no evidence, and nobody has approved it."""
    begun = fresh(plan)
    if state.stage == "draft" and not state.approved_by:
        return begun, ()
    return begun, (move(plan, begun, "begun_anew", reason="plan_changed"),)


def _ticked(state: RampState, moment: Moment) -> RampState:
    passed = max(moment.epoch_s - state.seen_s, 0.0) if state.seen_s else 0.0
    running = state.stage in ("shadow", "moving", "full")
    elapsed = state.elapsed_s + (min(passed, moment.longest_tick_s) if running else 0.0)
    return replace(state, seen_s=moment.epoch_s, elapsed_s=elapsed)


def _harm(plan: RampPlan, state: RampState, _: Totals, __: Moment) -> Iterator[tuple[RampState, Move]]:
    """A task that is shown to be worse goes back alone; with the last of those with traffic, the ramp does."""
    for name, task in sorted(state.tasks.items()):
        reason: Reason | None = "harm" if task.evidence.harmed else "watch" if task.watch.alarm else None
        if reason and name not in state.without:
            state = replace(state, without={**state.without, name: reason})
            yield state, move(plan, state, "task_rolled_back", reason=reason, task=name)
    if state.tasks and set(state.tasks) <= set(state.without):
        yield _ended(plan, state, "harm")


def _guarded(plan: RampPlan, state: RampState, _: Totals, __: Moment) -> Iterator[tuple[RampState, Move]]:
    if state.errors and state.errors.tripped:
        yield _ended(plan, state, "errors")
    elif state.slow and state.slow.tripped:
        yield _ended(plan, state, "slow")


def _given_up(plan: RampPlan, state: RampState, _: Totals, __: Moment) -> Iterator[tuple[RampState, Move]]:
    """A ramp that has moved nothing yet ends where so many pairs have shown neither."""
    gathered = sum(task.evidence.pairs for task in state.tasks.values())
    if state.step == SHADOW and plan.most_pairs and gathered >= plan.most_pairs and not standing(plan, state).advance:
        yield _ended(plan, state, "undecided")


def _split_held(plan: RampPlan, state: RampState, _: Totals, __: Moment) -> Iterator[tuple[RampState, Move]]:
    if state.split and state.split.mismatched and state.stage != "paused":
        yield _held(plan, state, "sample_ratio")


def _capped(plan: RampPlan, state: RampState, totals: Totals, moment: Moment) -> Iterator[tuple[RampState, Move]]:
    if state.stage in ("moving", "full") and (reason := capped(plan, state, totals, moment)):
        yield _held(plan, state, reason)


def _silent(plan: RampPlan, state: RampState, _: Totals, __: Moment) -> Iterator[tuple[RampState, Move]]:
    if state.stage != "paused" and standing(plan, state).silent:
        yield _held(plan, state, "no_data")


def _resumed(plan: RampPlan, state: RampState, totals: Totals, moment: Moment) -> Iterator[tuple[RampState, Move]]:
    if state.stage != "paused" or state.reason not in LIFTED or state.paused_from is None:
        return
    binds = standing(plan, state).silent if state.reason == "no_data" else capped(plan, state, totals, moment)
    if not binds:
        state = replace(state, stage=state.paused_from, paused_from=None, reason=None)
        yield state, move(plan, state, "resumed")


def _advanced(plan: RampPlan, state: RampState, _: Totals, moment: Moment) -> Iterator[tuple[RampState, Move]]:
    if state.stage in ("shadow", "moving") and not waits_for(plan, state, moment):
        state = on_step(plan, state, state.step + 1)
        yield state, move(plan, state, "advanced")


def waits_for(plan: RampPlan, state: RampState, moment: Moment) -> tuple[str, ...]:
    """What the next step still waits for: time, pairs, evidence, hours; nothing where it may be taken."""
    step = plan.steps[min(state.step + 1, len(plan.steps) - 1)]
    pairs = sum(task.pairs for task in state.tasks.values())
    waits = {
        "time": state.elapsed_s < step.after_s,
        "pairs": pairs < step.pairs,
        "evidence": not standing(plan, state).advance,
        "hours": not may_step(plan.schedule, moment.local),
    }
    return tuple(name for name, waiting in waits.items() if waiting)


def standing(plan: RampPlan, state: RampState) -> Standing:
    """What the evidence allows, over the tasks that still move."""
    # Clients rate when they like, and the upgrades of an alias share one budget: silence means nothing then.
    quiet = plan.shadow.judge.kind == "feedback" or plan.ramp.alias
    sampled = 0.0 if quiet else plan.shadow.sample
    windows = {
        name: Window(task.requests, sampled, 0 if Window(task.quiet, sampled, 0).silent else max(1, task.pairs))
        for name, task in state.tasks.items()
        if name not in state.without
    }
    return combine({name: verdict for name, verdict in verdicts(state).items() if name in windows}, windows)


def _held(plan: RampPlan, state: RampState, reason: Reason) -> tuple[RampState, Move]:
    state = replace(state, stage="paused", paused_from=state.stage, reason=reason)
    return state, move(plan, state, "paused", reason=reason)


def _ended(plan: RampPlan, state: RampState, reason: Reason) -> tuple[RampState, Move]:
    state = replace(state, stage="rolled_back", step=SHADOW, paused_from=None, reason=reason)
    return state, move(plan, state, "rolled_back", reason=reason)
