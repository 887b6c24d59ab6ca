"""What somebody else's list says of a model's price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

FIELDS = ("input", "output", "cached_input", "cache_write_5m", "cache_write_1h")


@dataclass(frozen=True, slots=True)
class Dated:
    """Prices that hold from a day on, or since ever; USD per million, by the names of prices.yaml."""

    since: date | None
    prices: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list's entry for a model: `name` is the list's own, `dated` stands oldest first.

    `varies` says in words where a price depends on more than the day: on the hour, or on the size of a request.
    """

    source: str
    name: str
    dated: tuple[Dated, ...]
    retired: bool = False
    retires: date | None = None
    varies: tuple[str, ...] = ()

    def on(self, day: date) -> Dated | None:
        """What is in force on a day."""
        return next((row for row in reversed(self.dated) if row.since is None or row.since <= day), None)

    def after(self, day: date) -> tuple[Dated, ...]:
        """What takes effect later."""
        return tuple(row for row in self.dated if row.since is not None and row.since > day)
