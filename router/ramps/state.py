"""The state of a governed ramp: its stage, its step, and the evidence of each task.

    draft -> approved -> shadow -> moving (step by step) -> full
    any of the last three -> paused -> back;  any -> rolled_back -> approved, with nothing known

Invariant: a share is in force only while the ramp is active, and it is that of a step of the plan, or 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from router.evidence import Evidence, Guardrail, Interval, Question, Split, Watch
from router.types import InForce, OneOf, RampPlan

Stage = Literal["draft", "approved", "shadow", "moving", "full", "paused", "rolled_back"]
Reason = Literal[
    "asked",
    "harm",
    "watch",
    "errors",
    "slow",
    "sample_ratio",
    "no_data",
    "owner_share",
    "shifted_a_day",
    "commitment",
    "plan_changed",
    "undecided",
]
ACTIVE: frozenset[Stage] = frozenset({"shadow", "moving", "full", "paused"})
# A cap gives back what it caps until it no longer binds; other pauses only hold.
CAPPED: frozenset[str] = frozenset({"owner_share", "shifted_a_day", "commitment"})
SHADOW = -1


@dataclass(frozen=True, slots=True)
class TaskState:
    """The evidence of one task; `requests` and `pairs` are those of this step, `quiet` is requests since a pair.

    `block` gathers clients' ratings, where these are the evidence. The watch begins with the first canary: before,
    there is nothing that could have become worse.
    """

    evidence: Evidence
    interval: Interval
    watch: Watch
    requests: int = 0
    pairs: int = 0
    quiet: int = 0
    block: Guardrail | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """What a ramp has moved and what its pairs have cost on one day, in micro-dollars."""

    day: int = 0
    shifted: Decimal = Decimal(0)
    pairs_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RampState:
    """One ramp. `elapsed_s` is the time on this step, counted in ticks; `seen_s` the moment of the last, since 1970.

    `about` says what the evidence is about; `paused_from` is the stage to which a pause goes back. `without` names the
    tasks that were rolled back, each with its reason. `split_number` counts the plans of the split, each of which
    counts a unit once.
    """

    about: str
    stage: Stage = "draft"
    step: int = SHADOW
    elapsed_s: float = 0.0
    seen_s: float = 0.0
    paused_from: Stage | None = None
    reason: Reason | None = None
    approved_by: tuple[str, ...] = ()
    tasks: Mapping[str, TaskState] = field(default_factory=dict)
    without: Mapping[str, Reason] = field(default_factory=dict)
    split: Split | None = None
    split_number: int = 0
    errors: Guardrail | None = None
    slow: Guardrail | None = None
    today: Today = Today()


def about(plan: RampPlan) -> str:
    """What the evidence is about, as a short hash: whoever changes that begins new evidence."""
    ramp = plan.ramp
    tasks = sorted(plan.tasks.items())
    when = sorted((test[0], sorted(test[1]) if isinstance(test, OneOf) else test[1:]) for test in ramp.when.tests)
    subject = (ramp.original, ramp.substitute, when, ramp.unit, plan.standard, tasks, plan.shadow.judge)
    return sha256(repr(subject).encode()).hexdigest()[:12]


def fresh(plan: RampPlan) -> RampState:
    """A ramp of which nothing is known."""
    return RampState(about=about(plan))


def task_state(plan: RampPlan, task: str) -> TaskState:
    """A task before its first pair."""
    standard = plan.standard_of(task)
    question = Question(standard.margin, standard.alpha)
    return TaskState(Evidence(question), Interval(question), Watch(standard.margin, float(plan.watch_pairs)))


def guardrail(tolerance: float, alpha: float) -> Guardrail:
    """A guardrail before the first answer."""
    return Guardrail(Evidence(Question(tolerance, alpha)))


def share(plan: RampPlan, state: RampState) -> float:
    """The share that moves now."""
    stage = state.paused_from if state.stage == "paused" else state.stage
    if stage not in ("moving", "full") or (state.stage == "paused" and state.reason in CAPPED):
        return 0.0
    return plan.steps[min(state.step, len(plan.steps) - 1)].share


def in_force(plan: RampPlan, state: RampState) -> InForce | None:
    """What decisions see of the ramp; None while it is not active, or while its state is about another plan."""
    if state.stage not in ACTIVE or state.about != about(plan):
        return None
    return InForce(share(plan, state), tuple(sorted(state.without)))


def on_step(plan: RampPlan, state: RampState, step: int) -> RampState:
    """The state at the beginning of a step; what is known of the tasks stays known."""
    stage: Stage = "shadow" if step == SHADOW else "full" if step >= len(plan.steps) - 1 else "moving"
    tasks = {name: replace(task, requests=0, pairs=0, quiet=0) for name, task in state.tasks.items()}
    return replace(state, stage=stage, step=step, elapsed_s=0.0, paused_from=None, reason=None, tasks=tasks)
