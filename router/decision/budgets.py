"""Budgets: whose account a request draws on, and what happens at the limit.

Invariant: a budget acts when what was spent reaches its limit, never before and never without one; an account is
one budget's, for one holder, in one stretch of time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from router.decision.names.patterns import fits
from router.decision.names.spelling import fold_all, fold_known
from router.decision.ramp_split import USER_PART
from router.money import ZERO
from router.types import MINUTES_A_DAY, Ask, Budget, Exclusion, Model, Per, Policy, Situation

# Whose account it is follows from the model that serves.
BY_MODEL = frozenset({"model", "owner", "family", "provider"})
# Periods that roll, as buckets of the calendar: the one that is now and so many before it.
ROLLING: Mapping[Per, tuple[Per, int]] = {"24 hours": ("hour", 24), "7 days": ("day", 7), "30 days": ("day", 30)}
_LENGTHS = {"hour": len("2026-01-01T00"), "day": len("2026-01-01"), "month": len("2026-01")}


class Account(NamedTuple):
    """Where a budget keeps what was spent: its id, the holder (or `*`), and the period."""

    budget: str
    holder: str
    period: str


class Carried(NamedTuple):
    """What is left of the period before, on top of a limit: of its `account`, at most so much.

    `limit` is what the account had, and `at` the part of what was used of it that counts, for a step of a budget.
    """

    account: Account
    limit: Decimal
    most: Decimal
    at: Decimal = Decimal(1)

    def left(self, used: Decimal) -> Decimal:
        """What goes over where so much was used."""
        return min(self.most, max(ZERO, self.limit - self.at * used))


class Draw(NamedTuple):
    """What one call may take from an account: its worst, in the budget's unit.

    What was taken from the `earlier` accounts, of a period that rolls, counts too. What is `carried` goes on top.
    """

    account: Account
    limit: Decimal
    worst: Decimal
    earlier: tuple[Account, ...] = ()
    carried: Carried | None = None

    @property
    def books(self) -> tuple[Account, ...]:
        """Every account that has a say in it."""
        return (self.account, *self.earlier, *((self.carried.account,) if self.carried else ()))


class Acting(NamedTuple):
    """The budgets that are at their limit: their names, the widest band they give, and the models they bar.

    `lasting` are the bars that stay where the others leave nobody, `narrowed` the models that are barred so that others
    answer in their place.
    """

    names: tuple[str, ...]
    band: float | None
    bars: Mapping[str, tuple[Exclusion, str]]
    lasting: Mapping[str, tuple[Exclusion, str]]
    narrowed: frozenset[str]

    def substituted(self, policy: Policy, base: Policy) -> Policy:
        """The policy without what a rule says of its models where the budgets leave none of them: others may answer."""
        if not self.narrowed or policy.models is None or not self.narrowed.issuperset(policy.models):
            return policy
        return replace(policy, models=base.models)


NOTHING = Acting((), None, {}, {}, frozenset())


def period(per: Per, local: datetime) -> str:
    """The stretch of time in which a moment lies, by the local calendar; weeks begin on Mondays, what rolls is parted.

    Hours carry their offset from UTC.

    Two hours of one name on the night when clocks go back are two periods.
    """
    per = ROLLING[per][0] if per in ROLLING else per
    if per == "week":
        year, week, _ = local.isocalendar()
        return f"{year}-W{week:02}"
    stretch = local.isoformat()[: _LENGTHS[per]]
    return stretch + local.isoformat()[-6:] if per == "hour" else stretch


def period_end(per: Per, local: datetime) -> datetime:
    """The first moment of the next period, or of the next part of one that rolls."""
    per = ROLLING[per][0] if per in ROLLING else per
    if per == "hour":
        return local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if per == "day":
        return start + timedelta(days=1)
    if per == "week":
        return start + timedelta(days=7 - start.weekday())
    return (start.replace(day=1) + timedelta(days=32)).replace(day=1)


def seconds_left(per: Per, local: datetime) -> float:
    """How long the period of a moment still lasts, also on the days when clocks are changed."""
    end = period_end(per, local)
    if per in ("hour", "24 hours"):
        # By the wall: where clocks go back at its end, the hour of the same name that follows is another.
        return (end - local).total_seconds()
    # Not by the wall: such a day has 23 or 25 hours.
    return (end.astimezone(UTC) - local.astimezone(UTC)).total_seconds()


def counts(budget: Budget, ask: Ask, model: Model | None = None) -> bool:
    """Whether a budget counts this caller's requests; where a model is given, those that it serves."""
    of, caller = budget.of, ask.caller
    return (
        (of.key is None or fits(caller.key, of.key))
        and (of.team is None or fits(fold_known(caller.team), of.team))
        and (of.tags is None or any(fits(tag, of.tags) for tag in fold_all(caller.tags)))
        and (of.policy is None or ask.policy in of.policy)
        and (of.model is None or model is None or model.id in of.model)
        and (budget.each is None or budget.each in BY_MODEL or bool(holders(budget, ask, model)))
    )


def user_of(unit: str) -> str | None:
    """The user whom a unit belongs to, as its salted hash; None where the client named none."""
    user, conversation = unit[:USER_PART], unit[USER_PART:]
    return user if conversation and user != conversation else None


def holders(budget: Budget, ask: Ask, model: Model | None) -> tuple[str, ...]:
    """Whose accounts a call draws on: `*` for a budget with one account, nobody's where the holder is unknown.

    They are several where each tag has an account: those of the budget's tags that the request has.
    """
    each, caller = budget.each, ask.caller
    if each is None:
        return ("*",)
    if each in BY_MODEL:
        return () if model is None else (group(budget, model),)
    if each == "tag":
        return tuple(tag for tag in fold_all(caller.tags) if budget.of.tags is None or fits(tag, budget.of.tags))
    holder = user_of(ask.unit) if each == "user" else caller.key if each == "key" else fold_known(caller.team)
    return () if holder is None else (holder,)


def group(budget: Budget, model: Model) -> str:
    """The model, or what it belongs to, that has an account of its own; the model's id where neither has."""
    owned = budget.each if budget.each in BY_MODEL and budget.each != "model" else "id"
    return str(getattr(model, owned))


def accounts(budget: Budget, ask: Ask, model: Model, local: datetime) -> tuple[Account, ...]:
    """The accounts that a call of this model draws on."""
    now = period(budget.per, local)
    return tuple(Account(budget.book, holder, now) for holder in holders(budget, ask, model))


def earlier(budget: Budget, account: Account, local: datetime) -> tuple[Account, ...]:
    """The accounts before this one of a period that rolls, whose spending counts still; none of one that does not."""
    if budget.per not in ROLLING:
        return ()
    part, count = ROLLING[budget.per]
    if part == "hour":
        # By the clock that never changes: so many hours have passed, whatever the wall said.
        moments = [(local.astimezone(UTC) - timedelta(hours=n)).astimezone(local.tzinfo) for n in range(1, count + 1)]
    else:
        moments = [local - timedelta(days=n) for n in range(1, count + 1)]
    return tuple(account._replace(period=period(part, moment)) for moment in moments)


def carried(budget: Budget, account: Account, local: datetime) -> Carried | None:
    """What is left of the period before this account's, where that goes over; what was raised for a time does not."""
    if not budget.rollover:
        return None
    before = account._replace(period=period(budget.per, _before(budget.per, local)))
    return Carried(before, budget.limit, budget.rollover, budget.at)


def _before(per: Per, local: datetime) -> datetime:
    """A moment of the period before."""
    if per == "hour":
        # By the clock that never changes, as for hours that roll.
        return (local.astimezone(UTC) - timedelta(hours=1)).astimezone(local.tzinfo)
    if per == "month":
        return local.replace(day=1) - timedelta(days=1)
    return local - timedelta(days=7 if per == "week" else 1)


def limit_of(budget: Budget, account: Account, local: datetime, spent: Mapping[Account, Decimal]) -> Decimal:
    """The limit of an account now, with what goes over from the period before."""
    over = carried(budget, account, local)
    return limit_at(budget, local) + (over.left(spent.get(over.account, ZERO)) if over else ZERO)


def limit_at(budget: Budget, local: datetime) -> Decimal:
    """The limit of a budget at a moment of the local calendar."""
    return budget.limit_at(MINUTES_A_DAY * local.toordinal() + 60 * local.hour + local.minute)


def label(budget: Budget, model: Model) -> str:
    """How a situation names this budget at its limit."""
    return f"{budget.id}@{group(budget, model)}" if budget.each in BY_MODEL else budget.id


def acting(policy: Policy, ask: Ask, situation: Situation, models: Sequence[Model]) -> Acting:
    """What the budgets at their limit do to a request, of all the models there are."""
    names: dict[str, None] = {}
    band: float | None = None
    bars: dict[str, tuple[Exclusion, str]] = {}
    lasting: dict[str, tuple[Exclusion, str]] = {}
    narrowed: set[str] = set()
    for budget in policy.budgets:
        hit = [row.id for row in models if label(budget, row) in situation.spent and counts(budget, ask, row)]
        if not hit:
            continue
        names[budget.name] = None
        then = budget.then
        if then.band is not None:
            band = max(band or 0.0, then.band)
        if then.denies or then.models is not None:
            kept = then.models or ()
            # A budget on some models bars these; one on all work leaves the models that it names.
            barred = [model for model in hit if model not in kept]
            for into in (bars, lasting)[: 1 if then.otherwise == "serve" else 2]:
                into.update((model, ("budget", budget.name)) for model in barred)
            narrowed.update(() if then.denies else barred)
    return Acting(tuple(names), band, bars, lasting, frozenset(narrowed))


def amount(budget: Budget, money: Decimal, tokens: int) -> Decimal:
    """What a call counts for, in the budget's unit: micro-dollars, tokens, or one request."""
    if budget.unit == "USD":
        return money
    return Decimal(tokens) if budget.unit == "tokens" else Decimal(1)


def share_used(spent: Decimal, limit: Decimal) -> float:
    """How much of a limit is used; a limit of nothing is used up from the start."""
    return float(spent / limit) if limit > ZERO else 1.0
