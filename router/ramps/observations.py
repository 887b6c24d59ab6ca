"""Applies a batch of observations to a ramp's state: answers on both sides, and pairs with their outcomes.

Invariant: an answer of a task that was rolled back, or of another plan, counts nowhere; the order within a batch is
the order in which things happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, NamedTuple

from router.evidence import (
    Guardrail,
    Split,
    assigned,
    beyond,
    difference,
    narrow,
    observe,
    record,
    replanned,
    watch,
)
from router.ramps.state import SHADOW, RampState, TaskState, Today, guardrail, share, task_state
from router.types import RampPlan

Side = Literal["moved", "not_yet", "holdback"]
SIDES: tuple[Side, ...] = ("moved", "not_yet", "holdback")
# A ramp that is held by mistake waits until somebody looks, so that is rarer than what lets a ramp go on.
SPLIT_ALPHA = 0.001


class Answered(NamedTuple):
    """One answer: its task and side, whether the model that was chosen failed, its time, the spend that moved.

    `first_of_unit` says that its unit was not seen before under this plan of the split.
    """

    task: str
    side: Side
    failed: bool
    latency_ms: float
    shifted: Decimal = Decimal(0)
    first_of_unit: bool = False


class Rated(NamedTuple):
    """A client's rating of one answer, in [0, 1]; ratings of the two sides are no pairs, and are bet on in blocks."""

    task: str
    side: Side
    rating: float


class Paired(NamedTuple):
    """One pair: outcomes in [0, 1], and what the second call and its judge cost, in micro-dollars."""

    task: str
    original: float
    substitute: float
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one server saw of one ramp; `unjudged_cost` is what pairs cost that nobody could judge."""

    answers: tuple[Answered, ...] = ()
    pairs: tuple[Paired, ...] = ()
    ratings: tuple[Rated, ...] = ()
    unjudged_cost: Decimal = Decimal(0)


def absorb(plan: RampPlan, state: RampState, batch: Batch, day: int) -> RampState:
    """The state after a batch, on a day given as an ordinal."""
    today = _spent(state.today, batch, day)
    tasks = dict(state.tasks)
    # While nothing is left for pairs, that none come says nothing.
    quiet = today.pairs_cost < plan.shadow.budget
    for answer in batch.answers:
        if answer.task not in state.without:
            before = tasks.get(answer.task) or task_state(plan, answer.task)
            tasks[answer.task] = replace(before, requests=before.requests + 1, quiet=before.quiet + quiet)
    outcomes: tuple[Paired | Rated, ...] = batch.pairs + batch.ratings
    for seen in outcomes:
        if seen.task not in state.without:
            before = tasks.get(seen.task) or task_state(plan, seen.task)
            tasks[seen.task] = _with_outcome(plan, before, seen, state.step)
    counted = [answer for answer in batch.answers if answer.task not in state.without]
    return replace(
        state,
        tasks=tasks,
        today=today,
        split=_split(plan, state, counted),
        errors=_errors(plan, state, counted),
        slow=_slow(plan, state, counted),
    )


def resplit(plan: RampPlan, before: RampState, after: RampState) -> RampState:
    """The state with its split planned for the share that is now in force, where that has changed."""
    if after.split is not None and share(plan, before) == share(plan, after):
        return after
    sides = _planned(plan, share(plan, after))
    split = replanned(after.split, sides) if after.split else Split(sides, SPLIT_ALPHA)
    return replace(after, split=split, split_number=after.split_number + 1)


def _with_outcome(plan: RampPlan, task: TaskState, seen: Paired | Rated, step: int) -> TaskState:
    if isinstance(seen, Paired):
        return _with_pair(task, difference(seen.original, seen.substitute), step)
    standard = plan.standard_of(seen.task)
    before = task.block or guardrail(standard.margin, standard.alpha)
    after = record(before, "canary" if seen.side == "moved" else "control", 1 - seen.rating)
    task = replace(task, block=after)
    # A block closes once both sides have a rating; the mean of the one minus that of the other is its D.
    d = after.blocks.total - before.blocks.total
    return task if after.blocks.pairs == before.blocks.pairs else _with_pair(task, max(-1.0, min(1.0, d)), step)


def _with_pair(task: TaskState, d: float, step: int) -> TaskState:
    return replace(
        task,
        evidence=observe(task.evidence, d),
        interval=narrow(task.interval, d),
        watch=task.watch if step == SHADOW else watch(task.watch, d),
        pairs=task.pairs + 1,
        quiet=0,
    )


def _spent(today: Today, batch: Batch, day: int) -> Today:
    now = today if today.day == day else Today(day)
    shifted = sum((answer.shifted for answer in batch.answers), now.shifted)
    pairs_cost = sum((pair.cost for pair in batch.pairs), now.pairs_cost + batch.unjudged_cost)
    return Today(day, shifted, pairs_cost)


def _planned(plan: RampPlan, moved: float) -> tuple[float, ...]:
    """The planned shares of the sides that have any: one side alone can't be mismatched."""
    held = plan.ramp.holdback
    moved = min(moved, 1 - held)
    shares = (moved, 1 - moved - held, held)
    kept = [part for part in shares if part > 1e-9]
    return tuple(part / sum(kept) for part in kept)


def _split(plan: RampPlan, state: RampState, answers: Iterable[Answered]) -> Split | None:
    split = state.split
    if split is None:
        return None
    held = plan.ramp.holdback
    moved = min(share(plan, state), 1 - held)
    places = [side for side, part in zip(SIDES, (moved, 1 - moved - held, held), strict=True) if part > 1e-9]
    for answer in answers:
        # Who asked just before the share changed may be on a side that no longer exists.
        if answer.first_of_unit and answer.side in places:
            split = assigned(split, places.index(answer.side))
    return split


def _errors(plan: RampPlan, state: RampState, answers: Iterable[Answered]) -> Guardrail:
    errors = state.errors or guardrail(plan.guardrails.errors, plan.standard.alpha)
    for answer in answers:
        errors = record(errors, "canary" if answer.side == "moved" else "control", float(answer.failed))
    return errors


def _slow(plan: RampPlan, state: RampState, answers: Iterable[Answered]) -> Guardrail | None:
    limit = plan.guardrails.slow_ms
    if limit is None:
        return None
    slow = state.slow or guardrail(plan.guardrails.slow, plan.standard.alpha)
    for answer in answers:
        late = beyond(answer.latency_ms, limit)
        slow = record(slow, "canary" if answer.side == "moved" else "control", late)
    return slow
