"""ramps.yaml as it is written: every key that a person may use, and no other.

Invariant: a ramp has a `share`, and moves by hand, or it is governed and moves by its steps; what a governed one leaves
out is the default that docs/ramps.md states.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen

from router.config.policies_file import FORBID, Share, When
from router.config.scalars import Duration, Hours, Money, Words
from router.types import Sticky, Task
from router.types.catalog import Text

Chance = Annotated[float, Gt(0), Lt(1)]
Positive = Annotated[float, Gt(0), Le(1)]
Count = Annotated[int, Ge(0), Le(1_000_000)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True, slots=True)
class StepWritten:
    """A step of its own time and pairs; a number alone is a share."""

    __pydantic_config__ = FORBID

    share: Positive
    after: Duration | None = None
    pairs: Count | None = None


@dataclass(frozen=True, slots=True)
class StandardWritten:
    """Margin and alpha of one task."""

    __pydantic_config__ = FORBID

    margin: Chance | None = None
    alpha: Chance | None = None


@dataclass(frozen=True, slots=True)
class EvidenceWritten:
    """What must be shown before a step, and what each step waits for unless it says otherwise."""

    __pydantic_config__ = FORBID

    margin: Chance = 0.05
    alpha: Chance = 0.05
    tasks: Mapping[Task, StandardWritten] = field(default_factory=dict)
    after: Duration = "1 hour"
    pairs: Count = 50
    watch: Annotated[int, Ge(1), Le(10_000_000)] = 2000


@dataclass(frozen=True, slots=True)
class JudgeWritten:
    """A model of the catalog, or a check from a plug-in."""

    __pydantic_config__ = FORBID

    model: Text | None = None
    check: Text | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    own_family: Literal["refuse", "flag"] = "refuse"


@dataclass(frozen=True, slots=True)
class ShadowWritten:
    """The pairs."""

    __pydantic_config__ = FORBID

    sample: Positive = 0.1
    judge: Literal["truth", "feedback"] | JudgeWritten = "truth"
    budget: Money = "5 USD"


@dataclass(frozen=True, slots=True)
class SlowWritten:
    """Answers later than `beyond` may be more frequent by so much."""

    __pydantic_config__ = FORBID

    beyond: Duration
    by: Chance = 0.05


@dataclass(frozen=True, slots=True)
class GuardrailsWritten:
    """How much worse than the control the canary may be in errors and delays."""

    __pydantic_config__ = FORBID

    errors: Chance = 0.02
    slow: SlowWritten | None = None


@dataclass(frozen=True, slots=True)
class CommitmentWritten:
    """What a partner must be paid at least."""

    __pydantic_config__ = FORBID

    owner: Text
    spend: Money
    per: Literal["day", "month"] = "month"


@dataclass(frozen=True, slots=True)
class CapsWritten:
    """Where the ramp stops."""

    __pydantic_config__ = FORBID

    owner_share: Mapping[str, Share] = field(default_factory=dict)
    shifted: Money | None = None
    commitment: CommitmentWritten | None = None


@dataclass(frozen=True, slots=True)
class ScheduleWritten:
    """When steps may be taken."""

    __pydantic_config__ = FORBID

    days: Words[Day] | None = None
    hours: Hours | None = None
    timezone: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RampWritten:
    """A ramp."""

    __pydantic_config__ = FORBID

    name: Text
    because: Text
    original: Text
    substitute: Text
    share: Share | None = None
    holdback: Annotated[float, Ge(0), Le(0.999_999)] = 0.0
    when: When = field(default_factory=When)
    unit: Sticky = "conversation"
    steps: Annotated[tuple[Positive | StepWritten, ...], MinLen(1)] | None = None
    evidence: EvidenceWritten | None = None
    shadow: ShadowWritten | None = None
    guardrails: GuardrailsWritten | None = None
    caps: CapsWritten | None = None
    schedule: ScheduleWritten | None = None
    approvals: Annotated[int, Ge(1), Le(9)] | None = None


@dataclass(frozen=True, slots=True)
class RampsFile:
    """ramps.yaml."""

    __pydantic_config__ = FORBID

    ramps: tuple[RampWritten, ...] = ()
