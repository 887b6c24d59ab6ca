"""The seam to judges: who says how good the two answers of a pair are.

Invariant: a judge is told both answers alike, and not which of them served.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from router.types.chat import ChatRequest
from router.types.pipeline import Features


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a model answered, as text; tool calls are their names and arguments."""

    model: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One request of a day with the answers of both models; `id` is the receipt's: by chance it orders the two."""

    id: str
    day: date
    request: ChatRequest
    features: Features
    original: Spoken
    substitute: Spoken


class Grades(NamedTuple):
    """Outcomes in [0, 1], and what judging cost in micro-dollars."""

    original: float
    substitute: float
    cost: Decimal = Decimal(0)


class Ungraded(NamedTuple):
    """The judge could not say, and this is what that cost."""

    cost: Decimal = Decimal(0)


class Judge(Protocol):
    """A plug-in of the group `fungible.judges`."""

    async def grade(self, comparison: Comparison) -> Grades | Ungraded:
        """Grade both answers; raise only ProviderError."""
