"""The state of caps and commitments: what was used of them, and what is due in cash.

A commitment (take or pay) is accrued as it is used, and paid in cash at the end of its period: what was used, or the
committed sum where that is more. So work that is moved away from a partner saves no cash below the commitment.

Invariant: a period without a single request is reported too.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from router.accounting.contracts.periods import Stretch, stretch
from router.accounting.contracts.terms import Term
from router.accounting.exact_decimal import MICRO, quotient
from router.money import ZERO
from router.types import Commitment, Contracts, PartnerShare

Amounts = Mapping[Term, Decimal]


class Days(NamedTuple):
    """The days that a report is about, both included, and the first day that is not over yet when it is made."""

    first: date
    last: date
    unfinished: date


class CapStanding(NamedTuple):
    """A capped share in one of its periods, in micro-dollars, as served and had the baseline served."""

    owner: str
    name: str
    period: Stretch
    cap: Decimal
    used: Decimal
    used_otherwise: Decimal


class CommitmentStanding(NamedTuple):
    """A commitment in one of its periods, in micro-dollars. `pace` is what a steady use would have come to by now.

    `cash` is due once the period is over; of one that is not, what was used so far. `shortfall` is what is paid for
    nothing, and `cash_otherwise` what would be due had the baseline served.
    """

    owner: str
    name: str
    period: Stretch
    over: bool
    amount: Decimal
    used: Decimal
    used_otherwise: Decimal
    pace: Decimal

    @property
    def cash(self) -> Decimal:
        """What the period costs in cash."""
        return max(self.amount, self.used) if self.over else self.used

    @property
    def cash_otherwise(self) -> Decimal:
        """What it would cost had the baseline served."""
        return max(self.amount, self.used_otherwise) if self.over else self.used_otherwise

    @property
    def shortfall(self) -> Decimal:
        """What is paid for nothing."""
        return self.cash - self.used

    @property
    def behind(self) -> bool:
        """Whether less was used than a steady use would have."""
        return self.used < self.pace


def caps(contracts: Contracts, days: Days, used: Amounts, otherwise: Amounts) -> list[CapStanding]:
    """Every capped share in every period that touches the days."""
    return [
        CapStanding(owner, share.name, period, share.cap * MICRO, used.get(term, ZERO), otherwise.get(term, ZERO))
        for owner, partner in contracts.partners.items()
        for share in partner.shares
        if share.cap is not None
        for period, term in periods(owner, share, days.first, days.last)
    ]


def commitments(contracts: Contracts, days: Days, used: Amounts, otherwise: Amounts) -> list[CommitmentStanding]:
    """Every commitment in every period that touches the days."""
    return [
        _standing(owner, commitment, period, days.unfinished, used.get(term, ZERO), otherwise.get(term, ZERO))
        for owner, partner in contracts.partners.items()
        for commitment in partner.commitments
        for period, term in periods(owner, commitment, days.first, days.last)
    ]


def begins(contracts: Contracts, day: date) -> date:
    """The first day from which requests must be counted, so that every cap and commitment on that day is known."""
    starts = [day]
    for owner, partner in contracts.partners.items():
        counted: list[PartnerShare | Commitment] = [share for share in partner.shares if share.cap is not None]
        counted.extend(partner.commitments)
        starts.extend(period.start for term in counted for period, _ in periods(owner, term, day, day))
    return min(starts)


def periods(owner: str, term: PartnerShare | Commitment, first: date, last: date) -> Iterator[tuple[Stretch, Term]]:
    """The periods of a term that touch the days from first to last, both included."""
    day = max(first, term.since)
    while day <= last and (term.until is None or day < term.until):
        period = stretch(term.per, term.since, term.until, day)
        yield period, (owner, term.name, period.start)
        if period.end is None:
            return
        day = period.end


def _standing(
    owner: str, commitment: Commitment, period: Stretch, unfinished: date, used: Decimal, otherwise: Decimal
) -> CommitmentStanding:
    amount, days = commitment.amount * MICRO, (period.days or 1)
    passed = max(0, min(days, (unfinished - period.start).days))
    pace = quotient(amount * passed, Decimal(days))
    return CommitmentStanding(
        owner=owner,
        name=commitment.name,
        period=period,
        over=passed == days,
        amount=amount,
        used=used,
        used_otherwise=otherwise,
        pace=pace,
    )
