"""From which day on receipts are still needed: by budgets and contracts whose period is open, and by ramps that run.

Invariant: the day is the earliest of all; each reason names what needs it.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from router.accounting.contracts.obligations import begins
from router.decision.budgets import ROLLING
from router.ramps import ACTIVE, RampState
from router.types import Config, Per


class Need(NamedTuple):
    """What is needed from a day on, and by what."""

    since: date
    by: str


def needs(config: Config, states: Mapping[str, RampState], now: datetime) -> list[Need]:
    """Everything that an open period or a ramp still needs, the earliest first."""
    return sorted({*_budgets(config, now), *_contracts(config, now), *_ramps(states, now)})


def _budgets(config: Config, now: datetime) -> Iterator[Need]:
    local = now.astimezone(ZoneInfo(config.timezone))
    for policy in config.policies.values():
        for budget in policy.budgets:
            yield Need(_begin(budget.per, local).astimezone(UTC).date(), f"the budget {budget.id}, per {budget.per}")


def _begin(per: Per, local: datetime) -> datetime:
    """The first moment of the open period; of one that rolls, of all its parts."""
    part, parts = ROLLING.get(per, (per, 0))
    begin = local.replace(minute=0, second=0, microsecond=0)
    if part != "hour":
        begin = begin.replace(hour=0)
    if part == "week":
        begin -= timedelta(days=begin.weekday())
    if part == "month":
        begin = begin.replace(day=1)
    return begin - parts * (timedelta(hours=1) if part == "hour" else timedelta(days=1))


def _contracts(config: Config, now: datetime) -> Iterator[Need]:
    today = now.astimezone(UTC).date()
    if (first := begins(config.contracts, today)) < today:
        yield Need(first, "the caps and commitments of contracts.yaml")


def _ramps(states: Mapping[str, RampState], now: datetime) -> Iterator[Need]:
    for name, state in states.items():
        if state.stage in ACTIVE:
            begun = (now - timedelta(seconds=state.elapsed_s)).astimezone(UTC)
            yield Need(begun.date(), f"the ramp {name}, whose step began then")
