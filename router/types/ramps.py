"""Ramps: the one that a decision sees, the plan by which a governed one moves, and names whose upgrades are ramps.

Invariant: a plan is what people write and never changes by itself; how far a ramp has come is its state, which the
ledger keeps. Shares are parts of 1, times seconds, money micro-dollars.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from router.types.catalog import TASKS, Task
from router.types.conditions import ALWAYS, Condition

WORDED: tuple[Task, ...] = tuple(task for task in TASKS if task != "speech")
"""The kinds of work that are answered in words: those on which an alias may change its version."""

Sticky = Literal["conversation", "user", "key"]
"""What stays on one side of a ramp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A share of the traffic of `original` that moves to `substitute`; `holdback` never moves.

    With an `alias` it is an upgrade of that name, and moves nothing but what asks for it.
    """

    name: str
    because: str
    original: str
    substitute: str
    share: float
    holdback: float = 0.0
    when: Condition = ALWAYS
    unit: Sticky = "conversation"
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A share, the least time on the step before it, and the least pairs that came in that time."""

    share: float
    after_s: float = 3600.0
    pairs: int = 0


@dataclass(frozen=True, slots=True)
class Standard:
    """By how much the substitute may be worse on a task, and how often a call may be wrong."""

    margin: float = 0.05
    alpha: float = 0.05


@dataclass(frozen=True, slots=True)
class Judging:
    """Who says how good both answers of a pair are.

    `truth` is what stubs simulate; `model` asks a model of the catalog; `check` is a plug-in, with its settings;
    `feedback` waits for clients' ratings.
    """

    kind: Literal["truth", "model", "check", "feedback"]
    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    own_family: bool = False


@dataclass(frozen=True, slots=True)
class Shadowing:
    """The share of requests that both models answer, who judges, and what the second calls may cost a day."""

    sample: float = 0.1
    judge: Judging = Judging("truth")
    budget: Decimal = Decimal(5_000_000)


@dataclass(frozen=True, slots=True)
class Guardrails:
    """How much more often the canary may fail, or answer later than `slow_ms`, than the control."""

    errors: float = 0.02
    slow_ms: float | None = None
    slow: float = 0.05


@dataclass(frozen=True, slots=True)
class MinimumSpend:
    """What a partner must be paid at least in a period; the ramp gives back while spending is behind that pace."""

    owner: str
    spend: Decimal
    per: Literal["day", "month"]


@dataclass(frozen=True, slots=True)
class Caps:
    """Where a ramp stops: an owner's share of a day's requests, the spend that moves a day, a partner's minimum."""

    owner_share: Mapping[str, float] = field(default_factory=dict)
    shifted_a_day: Decimal | None = None
    commitment: MinimumSpend | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a step may be taken: days from 0 (Monday) to 6, and minutes from midnight in a timezone."""

    days: tuple[int, ...] = tuple(range(7))
    start: int = 0
    end: int = 1440
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class RampPlan:
    """A governed ramp: it moves step by step, on time and evidence.

    `ramp` is what a decision sees of it, with a share of 0. `approvals` is how many different people must approve;
    `watch_pairs` is the mean number of pairs between false alarms of the watch that goes on after promotion. After
    `most_pairs` that show neither, a ramp that has moved nothing yet ends.
    """

    ramp: Ramp
    steps: tuple[Step, ...]
    shadow: Shadowing = Shadowing()
    standard: Standard = Standard()
    tasks: Mapping[Task, Standard] = field(default_factory=dict)
    guardrails: Guardrails = Guardrails()
    caps: Caps = Caps()
    schedule: Schedule | None = None
    approvals: int = 1
    watch_pairs: int = 2000
    most_pairs: int | None = None

    @property
    def name(self) -> str:
        """The ramp's name."""
        return self.ramp.name

    def standard_of(self, task: str) -> Standard:
        """The margin and alpha of a task."""
        return self.tasks.get(task, self.standard)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True, slots=True)
class InForce:
    """How far a governed ramp has come: its share now, and the tasks that were rolled back."""

    share: float
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionAlias:
    """A name for whichever of its versions serves, oldest first; what people write of it never changes by itself.

    With a chance of at most `alpha` an upgrade ever makes the name worse by `margin` or more on any of its `tasks`. How
    each of them moves is in `upgrade`, a plan for the first version and the last.
    """

    name: str
    because: str
    versions: tuple[str, ...]
    margin: float
    alpha: float
    tasks: tuple[Task, ...] = WORDED
    upgrade: RampPlan | None = None

    def alpha_of(self, version: int) -> float:
        """What the upgrade to the version at this place, from 1 on, may use up of alpha on one task.

        The parts of all upgrades, however many follow, add up to no more than the whole: 1/2 + 1/6 + 1/12 + ... = 1.
        """
        return self.alpha / (len(self.tasks) * version * (version + 1))
