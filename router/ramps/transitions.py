"""Moves: each change of a ramp, by whom and why, as the ledger keeps it.

Invariant: a move holds the stage and the share that it led to, and what was known of each task at that moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from router.evidence import Verdict, judge
from router.ramps.state import RampState, Reason, Stage, share
from router.types import Author, RampPlan

MoveKind = Literal[
    "approved", "started", "advanced", "paused", "resumed", "task_rolled_back", "rolled_back", "killed", "begun_anew"
]


BY_ITSELF = Author()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move. `forced` says that evidence was overridden; `verdicts` holds each task's."""

    ramp: str
    kind: MoveKind
    stage: Stage
    share: float
    reason: Reason | None = None
    task: str | None = None
    author: Author = BY_ITSELF
    forced: bool = False
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)


def move(
    plan: RampPlan,
    state: RampState,
    kind: MoveKind,
    author: Author = BY_ITSELF,
    *,
    reason: Reason | None = None,
    task: str | None = None,
    forced: bool = False,
) -> Move:
    """The move that led to this state."""
    return Move(
        ramp=plan.name,
        kind=kind,
        stage=state.stage,
        share=share(plan, state),
        reason=reason,
        task=task,
        author=author,
        forced=forced,
        verdicts=verdicts(state),
    )


def verdicts(state: RampState) -> dict[str, Verdict]:
    """What is known of each task."""
    return {name: judge(task.evidence, task.interval) for name, task in sorted(state.tasks.items())}
