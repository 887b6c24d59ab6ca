"""Errors and delays of the canary against the control, as bets that may be looked at after each answer.

Answers of the two sides are no pairs. They are gathered into blocks: a block closes once each side has an answer, and
its D is the control's mean minus the canary's, which lies in [-1, 1] and has the mean (control rate - canary rate).
Invariant: when a block closes depends on which side answered, never on how, so a canary that is worse by no more than
the tolerance trips the guardrail with probability at most alpha.
"""

from dataclasses import dataclass, replace
from typing import Literal

from router.evidence.pairs import Evidence, observe

Arm = Literal["control", "canary"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers of one side in the open block: how many, and the sum of what went wrong."""

    answers: int = 0
    wrong: float = 0.0

    @property
    def mean(self) -> float:
        """The share that went wrong; there must be an answer."""
        return self.wrong / self.answers


@dataclass(frozen=True, slots=True)
class Guardrail:
    """The evidence of closed blocks, whose margin is the tolerance, and the open block."""

    blocks: Evidence
    control: Tally = Tally()
    canary: Tally = Tally()

    @property
    def tripped(self) -> bool:
        """Whether the canary was shown to be worse than the tolerance allows."""
        return self.blocks.harmed


def record(guardrail: Guardrail, arm: Arm, wrong: float) -> Guardrail:
    """The guardrail after one more answer, 0 where all was well and 1 at worst; raises ValueError outside [0, 1]."""
    if not 0 <= wrong <= 1:
        raise ValueError("what went wrong lies in [0, 1]")
    control, canary = guardrail.control, guardrail.canary
    if arm == "control":
        control = Tally(control.answers + 1, control.wrong + wrong)
    else:
        canary = Tally(canary.answers + 1, canary.wrong + wrong)
    if control.answers and canary.answers:
        return Guardrail(observe(guardrail.blocks, control.mean - canary.mean))
    return replace(guardrail, control=control, canary=canary)


def beyond(latency_ms: float, limit_ms: float) -> float:
    """Whether an answer took longer than it may, as 1 or 0: guards the share of slow answers."""
    return float(latency_ms > limit_ms)


def capped(latency_ms: float, cap_ms: float) -> float:
    """A latency as a part of its cap, 1 beyond it: guards the mean; a tolerance of .1 is then a tenth of the cap."""
    return min(max(latency_ms, 0.0) / cap_ms, 1.0)
