"""Orders of people to a ramp (approve, start, pause, advance, roll back, kill), and when each is allowed.

Invariant: an order that does not fit the stage changes nothing and says what would; nothing that people order moves a
task that was shown to be worse, and evidence is overridden only where they say so.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from router.errors import Conflict
from router.ramps.observations import resplit
from router.ramps.progress import standing
from router.ramps.ramp_limits import Moment, capped
from router.ramps.state import ACTIVE, SHADOW, RampState, Stage, about, fresh, on_step
from router.ramps.totals import Totals
from router.ramps.transitions import Move, MoveKind, move
from router.types import Author, RampPlan

Word = Literal["approve", "start", "pause", "advance", "rollback", "kill"]
WORDS: tuple[Word, ...] = get_args(Word)


@dataclass(frozen=True, slots=True)
class Order:
    """A command, by somebody; `force` overrides evidence."""

    word: Word
    author: Author
    force: bool = False


def obey(plan: RampPlan, state: RampState, order: Order, totals: Totals, moment: Moment) -> tuple[RampState, Move]:
    """The state and the move that an order leads to; raises Conflict where it does not fit."""
    if state.about != about(plan):
        state = fresh(plan)
    after, kind = _ORDERS[order.word](plan, state, order, totals, moment)
    after = resplit(plan, state, after)
    return after, move(plan, after, kind, order.author, reason=after.reason, forced=order.force)


Outcome = tuple[RampState, MoveKind]


def _approve(plan: RampPlan, state: RampState, order: Order, _: Totals, __: Moment) -> Outcome:
    if state.stage == "rolled_back":
        # What was shown of it once is known; whoever approves it again begins with new evidence.
        state = fresh(plan)
    if state.stage != "draft":
        raise Conflict(f"The ramp {plan.name!r} is approved already: it is {state.stage}.")
    if (by := order.author.by) in state.approved_by:
        asked = f"another person must, for {plan.approvals} are asked"
        raise Conflict(f"{by!r} has approved {plan.name!r} already: {asked}.")
    people = (*state.approved_by, by)
    stage: Stage = "approved" if len(people) >= plan.approvals else "draft"
    return replace(state, approved_by=people, stage=stage), "approved"


def _start(plan: RampPlan, state: RampState, _: Order, totals: Totals, moment: Moment) -> Outcome:
    if state.stage == "paused" and state.paused_from:
        back = replace(state, stage=state.paused_from, paused_from=None, reason=None, split=None)
        if state.paused_from in ("moving", "full") and (cap := capped(plan, state, totals, moment)):
            raise Conflict(f"The ramp {plan.name!r} stays paused: its cap {cap} is reached.")
        return back, "resumed"
    if state.stage != "approved":
        needed = {"draft": "approve it first", "rolled_back": "approve it again first"}
        raise Conflict(f"The ramp {plan.name!r} is {state.stage}: {needed.get(state.stage, 'it runs already')}.")
    return on_step(plan, state, SHADOW), "started"


def _pause(plan: RampPlan, state: RampState, _: Order, __: Totals, ___: Moment) -> Outcome:
    if state.stage not in ACTIVE or state.stage == "paused":
        raise Conflict(f"The ramp {plan.name!r} is {state.stage}: only one that runs can be paused.")
    return replace(state, stage="paused", paused_from=state.stage, reason="asked"), "paused"


def _advance(plan: RampPlan, state: RampState, order: Order, totals: Totals, moment: Moment) -> Outcome:
    if state.stage not in ("shadow", "moving"):
        raise Conflict(f"The ramp {plan.name!r} is {state.stage}: a step is taken from shadow or while it moves.")
    if cap := capped(plan, state, totals, moment):
        raise Conflict(f"The ramp {plan.name!r} takes no step: its cap {cap} is reached.")
    status = standing(plan, state)
    if not status.advance and not order.force:
        waiting = ", ".join(status.waiting) or "every task: there was no traffic"
        sentence = f"The evidence does not allow a step yet; it waits for {waiting}."
        raise Conflict(f"{sentence} `force` overrides it, and the ledger says so.")
    return on_step(plan, state, state.step + 1), "advanced"


def _rollback(plan: RampPlan, state: RampState, _: Order, __: Totals, ___: Moment) -> Outcome:
    if state.stage not in ACTIVE:
        raise Conflict(f"The ramp {plan.name!r} is {state.stage}: there is nothing to roll back.")
    return replace(state, stage="rolled_back", step=SHADOW, paused_from=None, reason="asked"), "rolled_back"


def _kill(_: RampPlan, state: RampState, __: Order, ___: Totals, ____: Moment) -> Outcome:
    return replace(state, stage="rolled_back", step=SHADOW, paused_from=None, reason="asked"), "killed"


_ORDERS: dict[Word, Callable[[RampPlan, RampState, Order, Totals, Moment], Outcome]] = {
    "approve": _approve,
    "start": _start,
    "pause": _pause,
    "advance": _advance,
    "rollback": _rollback,
    "kill": _kill,
}
