"""Budgets that never act, because another acts first, because they change nothing, or because they count nothing.

Invariant: a budget is said to come too late only where every call that it counts is counted by the other too, in
accounts that fill no slower.
"""

from collections.abc import Iterator
from itertools import combinations

from router.config.files.yaml_source import Path_
from router.policy.describe import amount, describe, listed
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Placed, Sheet
from router.types import Budget, Per, Target

# How many periods of the one kind may begin in one of the other: days of 25 hours, months of 31 days.
_PERIODS: dict[tuple[Per, Per], int] = {("hour", "day"): 25, ("hour", "month"): 31 * 24 + 1, ("day", "month"): 31}
_LENGTHS: dict[Per, int] = {"hour": 0, "day": 1, "month": 2}


def budgets(sheet: Sheet) -> Iterator[Finding]:
    """Everything about budgets."""
    every = {path: budget for name in sheet.config.policies for path, budget in sheet.budgets(name)}
    for path, budget in every.items():
        yield from _counts_nothing(sheet, path, budget)
        yield from _changes_nothing(sheet, path, budget)
    told_of: set[Path_] = set()
    for name in sheet.config.policies:
        for path, finding in _too_late(sheet, sheet.budgets(name)):
            if path not in told_of:
                told_of.add(path)
                yield finding


def precedes(other: Budget, budget: Budget) -> bool:
    """Whether one budget, of those that bind the same requests, has denied them all before another can act."""
    if _LENGTHS[other.per] >= _LENGTHS[budget.per]:
        # What is spent in the shorter stretch is spent in the longer one around it, too.
        sooner = other.limit <= budget.limit
    else:
        sooner = other.limit * _PERIODS[other.per, budget.per] < budget.limit
    counted = other.unit == budget.unit and other.each in (None, budget.each) and _covers(other.of, budget.of)
    return other.then.denies and counted and sooner


def _covers(wide: Target, narrow: Target) -> bool:
    pairs = ((wide.key, narrow.key), (wide.team, narrow.team), (wide.policy, narrow.policy), (wide.model, narrow.model))
    return all(one is None or (other is not None and set(one).issuperset(other)) for one, other in pairs)


def _same(one: Budget, other: Budget) -> bool:
    alike = _covers(one.of, other.of) and _covers(other.of, one.of)
    kinds = [(each.limit, each.unit, each.per, each.each, each.then) for each in (one, other)]
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
    limit = f"{amount(other)} per {other.per}"
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
    elif budget.each != "model" and all(sheet.reachable(name) <= counted for name in names):
        sentence = f"At its limit the budget {budget.name!r} leaves no model that may answer."
        yield sheet.warn(
            (*path, "then", "models"),
            "budget-leaves-nothing",
            sentence,
            "Leave a model that is allowed, or write deny.",
        )


def _narrowest(sheet: Sheet, name: str) -> float:
    """The narrowest band that a policy or one of its rules sets."""
    policy = sheet.config.policies[name]
    return min([policy.band, *(rule.set.band for rule in policy.rules if rule.set.band is not None)])


def _where(sheet: Sheet, path: Path_, budget: Budget) -> list[str]:
    """The policies whose requests it may count."""
    return [name for name in sheet.all_with(path) if budget.of.policy is None or name in budget.of.policy]
