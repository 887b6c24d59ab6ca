"""When a guard, a rule or a ramp applies, and what a policy becomes once its rules have spoken.

Invariant: rules apply in the order of the file, every one that matches, and a later one wins. What is unknown makes
a rule not apply and a guard apply.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from router.types import (
    Ask,
    Between,
    Change,
    Complexity,
    Condition,
    Features,
    OneOf,
    Policy,
    Situation,
    Subject,
    Test,
)

# Logits: below, a request is of low complexity; from the second on, of high.
MEDIUM_FROM, HIGH_FROM = -1.0, 1.0
Facts = Mapping[Subject, Any]


def complexity(difficulty: float) -> Complexity:
    """A word for a difficulty in logits."""
    return "low" if difficulty < MEDIUM_FROM else "medium" if difficulty < HIGH_FROM else "high"


def facts_of(features: Features, ask: Ask, situation: Situation) -> Facts:
    """What conditions look at; None for what is unknown."""
    # Spelled out, since this runs for every decision; a test holds it to the table of facts.
    caller = ask.caller
    return {
        "task": features.task,
        "difficulty": features.difficulty,
        "complexity": complexity(features.difficulty),
        "language": features.language,
        "input_tokens": features.input_tokens,
        "needs": features.needs,
        "residency": caller.residency,
        "key": caller.key,
        "team": caller.team,
        "tags": caller.tags,
        "time": situation.minute,
    }


def holds(when: Condition, facts: Facts, *, unknown: bool = False) -> bool:
    """Whether every test passes; `unknown` is the result of a test on something that is not known."""
    for test in when.tests:
        value = facts[test[0]]
        # The commonest tests, spelled out: a policy may have hundreds of rules.
        kind = type(value)
        if kind is str and type(test) is OneOf:
            if value not in test[1]:
                return False
        elif kind is float and type(test) is Between:
            if not test[1] <= value <= test[2]:
                return False
        elif not (unknown if value is None else passes(test, value)):
            return False
    return True


def passes(test: Test, value: Any) -> bool:
    """Whether a known value passes one test."""
    if isinstance(test, Between):
        return bool(test.least <= value <= test.most)
    if isinstance(test, OneOf):
        return value in test.words if isinstance(value, str) else not test.words.isdisjoint(value)
    if test.start <= test.end:
        return bool(test.start <= value < test.end)
    return bool(value >= test.start or value < test.end)


def effective(policy: Policy, facts: Facts) -> tuple[Policy, tuple[str, ...]]:
    """The policy as it stands for these facts, and the names of the rules that made it so."""
    applied = [rule for rule in policy.rules if holds(rule.when, facts)]
    if not applied:
        return policy, ()
    changes: dict[str, Any] = {}
    for rule in applied:
        _add(changes, rule.set, policy)
    return replace(policy, **changes), tuple([rule.name for rule in applied])


def _add(changes: dict[str, Any], change: Change, policy: Policy) -> None:
    if change.band is not None:
        changes["band"] = change.band
    if change.optimize is not None:
        changes["optimize"] = change.optimize
    if change.models is not None:
        changes["models"] = change.models
    if change.prefer is not None:
        changes["prefer"] = change.prefer
    if change.floors:
        changes["floors"] = {**changes.get("floors", policy.floors), **change.floors}
