"""The status of a ramp, for the command line and the API.

Invariant: everything shown is in the plan, in the state, or follows from both at the moment; nothing is rounded.
"""

from dataclasses import dataclass
from typing import Any

from router.money import usd
from router.ramps.progress import standing, waits_for
from router.ramps.ramp_limits import Moment, capped
from router.ramps.state import ACTIVE, RampState, about, fresh, share
from router.ramps.totals import Totals
from router.ramps.transitions import verdicts
from router.types import RampPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One ramp now. Money is decimal text in USD; `next` is the share of the next step, or None at the last."""

    name: str
    because: str
    original: str
    substitute: str
    stage: str
    share: float
    holdback: float
    step: int
    steps: int
    next: float | None
    waits_for: tuple[str, ...]
    waiting_tasks: tuple[str, ...]
    elapsed_s: float
    reason: str | None
    cap: str | None
    approved_by: tuple[str, ...]
    approvals: int
    shifted_today_usd: str
    pairs_cost_today_usd: str
    tasks: dict[str, dict[str, Any]]
    without: dict[str, str]


def status(plan: RampPlan, state: RampState | None, totals: Totals, moment: Moment) -> Status:
    """The status of a ramp; a state about another plan counts as none."""
    if state is None or state.about != about(plan):
        state = fresh(plan)
    running = state.stage in ("shadow", "moving")
    return Status(
        name=plan.name,
        because=plan.ramp.because,
        original=plan.ramp.original,
        substitute=plan.ramp.substitute,
        stage=state.stage,
        share=share(plan, state),
        holdback=plan.ramp.holdback,
        step=state.step + 1,
        steps=len(plan.steps),
        next=plan.steps[state.step + 1].share if state.step + 1 < len(plan.steps) else None,
        waits_for=waits_for(plan, state, moment) if running else (),
        waiting_tasks=standing(plan, state).waiting,
        elapsed_s=state.elapsed_s,
        reason=state.reason,
        cap=capped(plan, state, totals, moment) if state.stage in ACTIVE else None,
        approved_by=state.approved_by,
        approvals=plan.approvals,
        shifted_today_usd=usd(state.today.shifted),
        pairs_cost_today_usd=usd(state.today.pairs_cost),
        tasks=_tasks(state),
        without=dict(state.without),
    )


def _tasks(state: RampState) -> dict[str, dict[str, Any]]:
    tasks = {}
    for name, verdict in verdicts(state).items():
        task = state.tasks[name]
        tasks[name] = {
            "state": "rolled_back" if name in state.without else verdict.state,
            "requests": task.requests,
            "pairs": verdict.pairs,
            "mean": verdict.mean,
            "low": verdict.low,
            "high": verdict.high,
            "promote_wealth": verdict.promote_wealth,
            "harm_wealth": verdict.harm_wealth,
            "threshold": verdict.threshold,
        }
    return tasks
