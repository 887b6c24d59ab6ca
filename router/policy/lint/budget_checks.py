"""Budgets that never act, because another acts first, because they change nothing, or because they count nothing.

Invariant: a budget is said to come too late only where every call that it counts is counted by the other too, in
accounts that fill no slower.
"""

from collections.abc import Iterator
from itertools import combinations

from router.config.files.yaml_source import Path_
from router.decision.budgets import BY_MODEL, ROLLING
from router.policy.describe import describe, listed
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Placed, Sheet
from router.policy.written_values import amount, percent
from router.types import MINUTES_A_DAY, Budget, Per, Target

# How many periods of the one kind may begin in one of the other: days of 25 hours, months of 31 days.
_PERIODS: dict[tuple[Per, Per], int] = {
    ("hour", "day"): 25,
    ("hour", "week"): 7 * 24 + 1,
    ("hour", "month"): 31 * 24 + 1,
    ("day", "week"): 7,
    ("day", "month"): 31,
    ("week", "month"): 6,
    # A week may lie in two months.
    ("month", "week"): 2,
}
_LENGTHS: dict[Per, int] = {"hour": 0, "day": 1, "week": 2, "month": 3}


def budgets(sheet: Sheet) -> Iterator[Finding]:
    """Everything about budgets."""
    every = {path: budget for name in sheet.config.policies for path, budget in sheet.budgets(name)}
    for path, budget in every.items():
        yield from _counts_nothing(sheet, path, budget)
        yield from _changes_nothing(sheet, path, budget)
        yield from _refuses_named(sheet, path, budget)
        yield from _raise_ended(sheet, path, budget)
    told_of: set[Path_] = set()
    for name in sheet.config.policies:
        for path, finding in _too_late(sheet, sheet.budgets(name)):
            if path not in told_of:
                told_of.add(path)
                yield finding


def precedes(other: Budget, budget: Budget) -> bool:
    """Whether one budget, of those that bind the same requests, has denied them all before another can act."""
    if other.per in ROLLING or budget.per in ROLLING:
        sooner = other.per == budget.per and other.limit <= budget.limit
    elif _LENGTHS[other.per] >= _LENGTHS[budget.per] and (other.per, budget.per) not in _PERIODS:
        # What is spent in the shorter stretch is spent in the longer one around it, too.
        sooner = other.limit <= budget.limit
    else:
        sooner = other.limit * _PERIODS[other.per, budget.per] < budget.limit
    counted = other.unit == budget.unit and other.each in (None, budget.each) and _covers(other.of, budget.of)
    return other.then.denies and counted and sooner


def _covers(wide: Target, narrow: Target) -> bool:
    pairs = [(getattr(wide, key), getattr(narrow, key)) for key in ("key", "team", "tags", "policy", "model")]
    return all(names is None or (other is not None and set(names).issuperset(other)) for names, other in pairs)


def _same(budget: Budget, other: Budget) -> bool:
    alike = _covers(budget.of, other.of) and _covers(other.of, budget.of)
    kinds = [(each.limit, each.unit, each.per, each.each, each.then) for each in (budget, other)]
    return alike and kinds[0] == kinds[1]


def _too_late(sheet: Sheet, placed: Placed[Budget]) -> Iterator[tuple[Path_, Finding]]:
    """Budgets of one policy that another one precedes, whatever is spent."""
    late: set[Path_] = set()
    for pair in combinations(placed, 2):
        # Of two that say the same, the later one is reported.
        for (first, other), (path, budget) in (pair, pair[::-1]):
            # One that stands further out counts more: it can come first, but not second.
            outer = other.home == budget.home or pair[0][0] == first
            if outer and late.isdisjoint({first, path}) and (precedes(other, budget) or _same(other, budget)):
                late.add(path)
                yield path, _late(sheet, path, budget, other)


def _late(sheet: Sheet, path: Path_, budget: Budget, other: Budget) -> Finding:
    who = f"The budget {budget.name!r}"
    if _same(budget, other):
        sentence = f"{who} says the same as {other.name!r}."
        return sheet.warn(path, "budget-duplicate", sentence, "Take one of the two out.")
    step = f"{percent(other.at)} of " if other.shared else ""
    limit = f"{step}{amount(other)} per {other.per}"
    if budget.then.denies:
        sentence = f"{who} can never be reached: {other.name!r} denies first, at {limit}."
        return sheet.warn((*path, "limit"), "budget-never-reached", sentence, "Take it out, or lower its limit.")
    sentence = f"{who} can never act: {other.name!r} denies everything first, at {limit}."
    return sheet.warn((*path, "limit"), "budget-never-acts", sentence, "Give it a limit below the other's.")


def _counts_nothing(sheet: Sheet, path: Path_, budget: Budget) -> Iterator[Finding]:
    who, of = f"The budget {budget.name!r}", budget.of
    names = _where(sheet, path, budget)
    if not names:
        sentence = f"{who} counts nothing: it stands in policy {path[1]!r} and is for {listed(of.policy or ())} only."
        advice = "Move it to the head of the file, or to that policy, or leave `policy` out."
        yield sheet.warn((*path, "of", "policy"), "budget-elsewhere", sentence, advice)
    elif of.model is not None and all(sheet.reachable(name).isdisjoint(of.model) for name in names):
        sentence = f"{who} counts nothing: {listed(of.model)} may not answer under {listed(names)}."
        yield sheet.warn((*path, "of", "model"), "budget-counts-nothing", sentence, "Name models that may answer.")


def _changes_nothing(sheet: Sheet, path: Path_, budget: Budget) -> Iterator[Finding]:
    """A relief that changes nothing at the limit, or that leaves nothing."""
    names, then = _where(sheet, path, budget), budget.then
    narrowest = min((_narrowest(sheet, name) for name in names), default=-1.0)
    if then.band is not None and then.band <= narrowest:
        sentence = (
            f"At its limit the budget {budget.name!r} sets a band of {describe(then.band)}, "
            "which is no wider than it is."
        )
        yield sheet.warn(
            (*path, "then", "band"), "budget-band-not-wider", sentence, f"Write more than {describe(narrowest)}."
        )
    if then.models is None or not names:
        return
    counted = set(budget.of.model or (model.id for model in sheet.config.models)).difference(then.models)
    if all(sheet.reachable(name).isdisjoint(counted) for name in names):
        sentence = f"At its limit the budget {budget.name!r} bars nothing: all that may answer still may."
        yield sheet.warn((*path, "then", "models"), "budget-bars-nothing", sentence, "Leave fewer models.")
    elif budget.each not in BY_MODEL and all(sheet.reachable(name) <= counted for name in names):
        sentence = f"At its limit the budget {budget.name!r} leaves no model that may answer."
        yield sheet.warn(
            (*path, "then", "models"),
            "budget-leaves-nothing",
            sentence,
            "Leave a model that is allowed, or write deny.",
        )


def _refuses_named(sheet: Sheet, path: Path_, budget: Budget) -> Iterator[Finding]:
    """A relief that refuses whoever names a model, since a name is served exactly unless somebody consents to more."""
    if budget.then.models is None or budget.then.otherwise is not None:
        return
    counted = set(budget.of.model or (model.id for model in sheet.config.models)).difference(budget.then.models)
    strict = [name for name in _where(sheet, path, budget) if sheet.config.policies[name].consent != "any"]
    refused = set().union(*(sheet.reachable(name) for name in strict)) & counted
    if refused and any(sheet.reachable(name) - counted for name in strict):
        some = [model.id for model in sheet.config.models if model.id in refused]
        shown = listed(some[:3]) + (f" (or {len(some) - 3} more)" if len(some) > 3 else "")
        yield sheet.warn(
            (*path, "then", "models"),
            "budget-refuses-named",
            f"At its limit the budget {budget.name!r} refuses clients that name {shown} and consent to no other.",
            "Write `otherwise: serve` in its `then`, or `deny` if that is meant; or a `consent` in the policy.",
        )


def _raise_ended(sheet: Sheet, path: Path_, budget: Budget) -> Iterator[Finding]:
    """A raise that is over, told once for all the steps of a budget."""
    raised, own = budget.raised, path[: -2 if budget.shared else None]
    # A day later, since the day in the file's timezone may be another.
    if raised is not None and raised.end < (sheet.day.toordinal() - 1) * MINUTES_A_DAY:
        sentence = f"The raise of the budget {budget.shared or budget.name!r} has ended."
        yield sheet.warn((*own, "raise", "until"), "budget-raise-ended", sentence, "Take it out, or write another end.")


def _narrowest(sheet: Sheet, name: str) -> float:
    """The narrowest band that a policy or one of its rules sets."""
    policy = sheet.config.policies[name]
    return min([policy.band, *(rule.set.band for rule in policy.rules if rule.set.band is not None)])


def _where(sheet: Sheet, path: Path_, budget: Budget) -> list[str]:
    """The policies whose requests it may count."""
    return [name for name in sheet.all_with(path) if budget.of.policy is None or name in budget.of.policy]
