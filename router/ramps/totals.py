"""Totals of what was served and spent, by owner, over all ramps: for caps on owners and for commitments.

Invariant: a day's figures are dropped with the day, a month's with the month; money is in exact micro-dollars.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

Amounts = Mapping[str, Decimal]


class Served(NamedTuple):
    """How many answers an owner's models served, and their list price."""

    requests: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """By owner: requests and spend of the day, spend of the month; `day` is an ordinal, `month` counts from year 0."""

    day: int = 0
    month: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)
    spend_day: Amounts = field(default_factory=dict)
    spend_month: Amounts = field(default_factory=dict)

    def share_of(self, owner: str) -> float:
        """The owner's share of the day's requests."""
        return self.requests.get(owner, 0) / max(1, sum(self.requests.values()))


def counted(totals: Totals, served: Mapping[str, Served], today: date) -> Totals:
    """The totals after some more answers by owner, on a day."""
    now = _on(totals, today)
    requests, day, month = dict(now.requests), dict(now.spend_day), dict(now.spend_month)
    for owner, (answers, cost) in served.items():
        requests[owner] = requests.get(owner, 0) + answers
        day[owner] = day.get(owner, Decimal(0)) + cost
        month[owner] = month.get(owner, Decimal(0)) + cost
    return replace(now, requests=requests, spend_day=day, spend_month=month)


def _on(totals: Totals, today: date) -> Totals:
    day, month = today.toordinal(), 12 * today.year + today.month
    if totals.month != month:
        return Totals(day, month)
    return totals if totals.day == day else Totals(day, month, spend_month=totals.spend_month)
