"""Budgets: whose account a request draws on, and what happens at the limit.

Invariant: a budget acts when what was spent reaches its limit, never before and never without one; an account is
one budget's, for one holder, in one stretch of time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from router.money import ZERO
from router.types import Ask, Budget, Exclusion, Per, Policy, Situation

_LENGTHS = {"hour": len("2026-01-01T00"), "day": len("2026-01-01"), "month": len("2026-01")}


class Account(NamedTuple):
    """Where a budget keeps what was spent: its id, the holder (or `*`), and the period."""

    budget: str
    holder: str
    period: str


class Draw(NamedTuple):
    """What one call may take from an account: its worst, in the budget's unit."""

    account: Account
    limit: Decimal
    worst: Decimal


class Acting(NamedTuple):
    """The budgets that are at their limit: their names, the widest band they give, and the models they bar."""

    names: tuple[str, ...]
    band: float | None
    bars: Mapping[str, tuple[Exclusion, str]]


NOTHING = Acting((), None, {})


def period(per: Per, local: datetime) -> str:
    """The stretch of time in which a moment lies, by the local calendar. Hours carry their offset from UTC.

    Two hours of one name on the night when clocks go back are two periods.
    """
    stretch = local.isoformat()[: _LENGTHS[per]]
    return stretch + local.isoformat()[-6:] if per == "hour" else stretch


def period_end(per: Per, local: datetime) -> datetime:
    """The first moment of the next period."""
    if per == "hour":
        return local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if per == "day":
        return start + timedelta(days=1)
    return (start.replace(day=1) + timedelta(days=32)).replace(day=1)


def counts(budget: Budget, ask: Ask, model: str | None = None) -> bool:
    """Whether a budget counts this caller's requests; where a model is given, those that it serves."""
    of, caller = budget.of, ask.caller
    return (
        (of.key is None or caller.key in of.key)
        and (of.team is None or caller.team in of.team)
        and (of.policy is None or ask.policy in of.policy)
        and (of.model is None or model is None or model in of.model)
        and (budget.each not in ("key", "team") or holder(budget, ask, model) is not None)
    )


def holder(budget: Budget, ask: Ask, model: str | None) -> str | None:
    """Whose account it is: `*` for a budget with one account, None where the holder is unknown."""
    if budget.each is None:
        return "*"
    return {"key": ask.caller.key, "team": ask.caller.team, "model": model}[budget.each]


def account(budget: Budget, ask: Ask, model: str, local: datetime) -> Account:
    """The account that a call of this model draws on."""
    return Account(budget.id, holder(budget, ask, model) or "*", period(budget.per, local))


def label(budget: Budget, model: str) -> str:
    """How a situation names this budget at its limit."""
    return f"{budget.id}@{model}" if budget.each == "model" else budget.id


def acting(policy: Policy, ask: Ask, situation: Situation, models: tuple[str, ...]) -> Acting:
    """What the budgets at their limit do to a request, of all the models there are."""
    names: dict[str, None] = {}
    band: float | None = None
    bars: dict[str, tuple[Exclusion, str]] = {}
    for budget in policy.budgets:
        hit = [model for model in models if label(budget, model) in situation.spent and counts(budget, ask, model)]
        if not hit:
            continue
        names[budget.name] = None
        then = budget.then
        if then.band is not None:
            band = max(band or 0.0, then.band)
        if then.denies or then.models is not None:
            kept = then.models or ()
            # A budget on some models bars these; one on all work leaves the models that it names.
            bars.update((model, ("budget", budget.name)) for model in hit if model not in kept)
    return Acting(tuple(names), band, bars)


def amount(budget: Budget, money: Decimal, tokens: int) -> Decimal:
    """What a call counts for, in the budget's unit: micro-dollars, tokens, or one request."""
    if budget.unit == "USD":
        return money
    return Decimal(tokens) if budget.unit == "tokens" else Decimal(1)


def share_used(spent: Decimal, limit: Decimal) -> float:
    """How much of a limit is used; a limit of nothing is used up from the start."""
    return float(spent / limit) if limit > ZERO else 1.0
