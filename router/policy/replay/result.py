"""What a replay says, as plain frozen values.

Invariant: money is in exact micro-dollars, quality a chance, latency in milliseconds; changes are of requests that
both versions answer, and what a version refuses is counted apart.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from router.money import usd
from router.policy.replay.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Shift:
    """What changes for a group of requests: all, those of a task, those of a key.

    `cost` is the change as a share of the cost before, `quality` and `latency` are mean changes.
    """

    name: str
    requests: int
    flips: int
    answered: int
    cost_before: Decimal
    cost_after: Decimal
    cost: Estimate
    quality: Estimate
    latency: Estimate


@dataclass(frozen=True, slots=True)
class Flow:
    """How many requests go from one model to another; "" for none, where a version refuses."""

    before: str
    after: str
    requests: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many requests a model or an owner gets under each version, and its cost; `owner` is a model's."""

    name: str
    owner: str
    before: int
    after: int
    cost_before: Decimal
    cost_after: Decimal


@dataclass(frozen=True, slots=True)
class Cause:
    """A change with how many requests it flips; the path of several together is empty."""

    label: str
    path: tuple[str, ...]
    flips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A request that flips and loses predicted quality."""

    id: str
    task: str
    difficulty: float
    before: str
    after: str
    quality_before: float
    quality_after: float
    cost_before: Decimal
    cost_after: Decimal
    cause: str

    @property
    def quality(self) -> float:
        """The change in predicted quality."""
        return self.quality_after - self.quality_before


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many requests a version refuses, by reason."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    newly: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The whole of it. `keys` are those with the most requests; tasks, flows and causes stand largest first."""

    before: str
    after: str
    total: Shift
    tasks: tuple[Shift, ...]
    keys: tuple[Shift, ...]
    models: tuple[Standing, ...]
    owners: tuple[Standing, ...]
    flows: tuple[Flow, ...]
    refusals: Refusals
    causes: tuple[Cause, ...]
    worst: tuple[Lost, ...]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON: money in USD as decimal text."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"{key}_usd" if isinstance(item, Decimal) else key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return usd(value) if isinstance(value, Decimal) else value
