"""Which rules, guards and budgets of a policy did what to a request, which did not, and why.

Invariant: what is told to apply is what `decide()` applied; each is told once, in the order in which they act.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from router.decision.budgets import counts, label
from router.decision.conditions import Facts, facts_of, holds
from router.decision.names.successors import succeeded
from router.policy.describe import describe, listed
from router.policy.written_values import dates
from router.types import Ask, Between, Budget, Condition, Config, Features, Model, Policy, Situation, Test

# Of more models than these their number is told.
MOST_NAMED = 4
Part = Literal["rule", "guard", "budget"]


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a policy, whether it applied, what it does, and why it did or did not."""

    part: Part
    name: str
    applied: bool
    does: str
    why: str


def steps(features: Features, ask: Ask, situation: Situation, config: Config) -> tuple[Step, ...]:
    """Every rule, guard and budget of the policy that was asked for."""
    policy = config.policies[ask.policy]
    facts = facts_of(features, succeeded(ask, features.needs, situation, config), situation)
    return (*_rules(policy, facts), *_guards(policy, facts), *_budgets(policy, ask, situation, config))


def _rules(policy: Policy, facts: Facts) -> Iterator[Step]:
    for rule in policy.rules:
        applied = holds(rule.when, facts)
        why = _held(rule.when) if applied else _failed(rule.when, facts, unknown=False)
        yield Step("rule", rule.name, applied, describe(rule.set), why)


def _guards(policy: Policy, facts: Facts) -> Iterator[Step]:
    for guard in policy.guards:
        applied = holds(guard.when, facts, unknown=True)
        unknown = [test.subject for test in guard.when.tests if facts[test.subject] is None]
        held = f"{listed(unknown, ' and ')} not known, so that it applies" if unknown else _held(guard.when)
        regions = f" from {listed(guard.regions)}" if guard.regions else ""
        why = held if applied else _failed(guard.when, facts, unknown=True)
        never = listed(guard.never) if len(guard.never) <= MOST_NAMED else f"{len(guard.never)} models"
        yield Step("guard", guard.name, applied, f"never {never}{regions}", why)


def _budgets(policy: Policy, ask: Ask, situation: Situation, config: Config) -> Iterator[Step]:
    for budget in policy.budgets:
        spent = [model for model in config.models if label(budget, model) in situation.spent]
        hit = [model for model in spent if counts(budget, ask, model)]
        yield Step("budget", budget.name, bool(hit), describe(budget.then), _standing(budget, ask, spent, hit))


def _standing(budget: Budget, ask: Ask, spent: Sequence[Model], hit: Sequence[Model]) -> str:
    if not counts(budget, ask):
        return f"counts the requests{describe(budget.of)} alone" if describe(budget.of) else "its holder is not known"
    if not spent:
        return "not at its limit"
    return "at its limit" if hit else "at its limit for others"


def _held(when: Condition) -> str:
    return "; ".join([describe(when), *_ends(when)])


def _ends(when: Condition) -> Iterator[str]:
    """When something that is for a time ends by itself."""
    for test in when.tests:
        if isinstance(test, Between) and test.subject == "date" and "until" in (said := dates(test)):
            yield f"ends by itself after {said['until']}"


def _failed(when: Condition, facts: Facts, *, unknown: bool) -> str:
    """The first test that did not pass, with what there was instead."""
    failed = next(test for test in when.tests if not holds(Condition((test,)), facts, unknown=unknown))
    return f"needs {describe(failed)}, and {_instead(failed, facts[failed.subject])}"


def _instead(test: Test, value: Any) -> str:
    if value is None:
        return f"{test.subject} is not known"
    if test.subject in ("date", "time"):
        minute = int(value) % (24 * 60)
        day = f"{dates(Between('date', value, float('inf')))['from'][:10]} " if test.subject == "date" else ""
        return f"it is {day}{minute // 60:02}:{minute % 60:02}"
    words = listed(value, ", ") if isinstance(value, tuple) else describe(value)
    return f"it is {words}" if words else "there is none"
