"""Each owner's share of requests, tokens, revenue and margin, and the concentration index of each.

The index is Herfindahl's and Hirschman's: the sum of the squares of the shares, from 1/n for n equal owners to 1 for
one.

Invariant: shares of one measure add up to 1; where an owner's part is below zero there are no shares, and no index.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from router.accounting.tally import Row
from router.money import ZERO
from router.types.contracts import Concentrated

MEASURES: tuple[Concentrated, ...] = ("requests", "tokens", "revenue", "margin")


class OwnerPart(NamedTuple):
    """One owner: counts, money in micro-dollars (margin is contribution margin), and its share of each measure."""

    owner: str
    requests: int
    tokens: int
    revenue: Decimal
    margin: Decimal
    shares: Mapping[Concentrated, float | None]


class Owners:
    """The parts of all owners."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Decimal]] = {}

    def add(self, row: Row) -> None:
        """Take a request; call it inside `exactly()`."""
        parts = self._parts.setdefault(row.served.supply.owner, [ZERO] * len(MEASURES))
        used = row.request.used
        tokens = used.input + used.output
        values = (Decimal(row.requests), tokens, row.served.waterfall.revenue, row.served.waterfall.contribution)
        for place, value in enumerate(values):
            parts[place] += value

    def parts(self) -> tuple[OwnerPart, ...]:
        """Every owner, the one with the most requests first."""
        wholes = [sum((parts[place] for parts in self._parts.values()), ZERO) for place in range(len(MEASURES))]
        owners = [
            OwnerPart(owner, int(parts[0]), int(parts[1]), parts[2], parts[3], self._shares(parts, wholes))
            for owner, parts in self._parts.items()
        ]
        return tuple(sorted(owners, key=lambda part: (-part.requests, part.owner)))

    def _shares(self, parts: Sequence[Decimal], wholes: Sequence[Decimal]) -> dict[Concentrated, float | None]:
        below = [any(each[place] < 0 for each in self._parts.values()) for place in range(len(MEASURES))]
        return {
            name: None if below[place] or not wholes[place] else float(parts[place]) / float(wholes[place])
            for place, name in enumerate(MEASURES)
        }


def index(parts: Sequence[OwnerPart], measure: Concentrated) -> float | None:
    """The Herfindahl-Hirschman index of a measure; None where there are no shares."""
    shares = [part.shares[measure] for part in parts]
    if not shares or None in shares:
        return None
    return sum(share**2 for share in shares if share is not None)
