"""The money report, as plain frozen values.

Invariant: money is in exact micro-dollars; what rests on an assumption, or on nothing, is listed with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from router.accounting.contracts.concentration import OwnerPart
from router.accounting.contracts.obligations import CapStanding, CommitmentStanding
from router.accounting.contracts.terms import Footing
from router.accounting.group import Group
from router.accounting.savings.baselines import Baseline
from router.accounting.savings.causal import Trial
from router.types.contracts import Concentrated

By = Literal["model", "owner", "task", "ramp", "key", "day", "team", "tag", "user", "policy"]
AlertKind = Literal["cap_near", "cap_reached", "behind_pace", "shortfall", "concentrated"]
CAP_NEAR = Decimal("0.8")


class Alert(NamedTuple):
    """Something to look at: of an owner, which term or limit, how much, and how much there may or should be.

    Amounts are micro-dollars, but of `concentrated` shares of 1.
    """

    kind: AlertKind
    owner: str
    name: str
    amount: Decimal
    limit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole of it. `unanswered` requests cost nothing; `incapable` ones the baseline could not have answered.

    `since` and `until` are as they were asked for, `days` the first and last day of what was found. `pruned_before` is
    the day before which receipts of that time are gone, and in no figure.
    """

    by: By
    baseline: Baseline
    since: datetime | None
    until: datetime | None
    days: tuple[date, date] | None
    platform: str | None
    unanswered: int
    incapable: int
    total: Group
    groups: tuple[Group, ...]
    owners: tuple[OwnerPart, ...]
    concentration: Mapping[Concentrated, float | None]
    trials: tuple[Trial, ...]
    caps: tuple[CapStanding, ...]
    commitments: tuple[CommitmentStanding, ...]
    alerts: tuple[Alert, ...]
    footings: tuple[Footing, ...]
    pruned_before: str | None = None

    @property
    def unsure(self) -> tuple[Footing, ...]:
        """What is assumed, and what is not known at all."""
        return tuple(footing for footing in self.footings if footing.status in ("assumed", "unknown"))
