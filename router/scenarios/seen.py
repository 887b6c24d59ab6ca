"""What was seen of the simulated days: each request, each step, each course.

Invariant: figures come from decisions, receipts and the answers themselves, never from what the scenario says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from router.accounting.group import Group
from router.ramps import Move, RampState
from router.scenarios.drawn_traffic import Drawn
from router.scenarios.scenario import Course
from router.types import Config, Decision, Receipt


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: what was decided and came of it. Where nobody may answer there is no decision, only who was out."""

    drawn: Drawn
    decision: Decision | None
    receipt: Receipt | None = None
    right: bool | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)

    @property
    def served(self) -> str | None:
        """The model that answered."""
        return self.receipt.served if self.receipt else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a course. `names` are what expressions may speak of on its first day."""

    number: int
    begins: date
    config: Config
    names: Mapping[str, float]
    asked: tuple[Asked, ...]
    shares: Mapping[str, float] = field(default_factory=dict)
    ramps: Mapping[str, RampState] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    money: Group | None = None
    users: float | None = None
    noticed: Mapping[str, float] = field(default_factory=dict)

    @property
    def answered(self) -> list[Asked]:
        """The requests that a model answered."""
        return [asked for asked in self.asked if asked.served]


@dataclass(frozen=True, slots=True)
class Lived:
    """A course with all its steps."""

    course: Course
    steps: tuple[Step, ...]
