"""When a guard, a rule or a ramp applies, and what a policy becomes once its rules have spoken.

Invariant: rules apply in the order of the file, every one that matches, and a later one wins. What is unknown makes
a rule not apply and a guard apply.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any, Protocol

from router.decision.names.patterns import fits
from router.decision.names.spelling import fold_all, fold_known
from router.types import (
    FACTS,
    Ask,
    Between,
    Caller,
    Change,
    Complexity,
    Condition,
    Fact,
    Features,
    Fits,
    OneOf,
    Policy,
    Situation,
    Subject,
    Test,
)

# Logits: below, a request is of low complexity; from the second on, of high.
MEDIUM_FROM, HIGH_FROM = -1.0, 1.0
# The word for the model of who names none: no model has it as its id.
NO_MODEL = ""
# What a rule sets in the place of its policy's; floors are set one by one.
_SET_WHOLE = tuple(field.name for field in fields(Change) if field.name != "floors")


class Facts(Protocol):
    """What is known of one request."""

    def __getitem__(self, subject: Subject, /) -> Any:
        """What conditions look at; None for what is unknown."""


def complexity(difficulty: float) -> Complexity:
    """A word for a difficulty in logits."""
    return "low" if difficulty < MEDIUM_FROM else "medium" if difficulty < HIGH_FROM else "high"


class _Records(dict[Subject, Any]):
    """The facts of one request: each is read from its record when a condition first looks at it."""

    __slots__ = ("ask", "caller", "features", "situation")
    features: Features
    ask: Ask
    caller: Caller
    situation: Situation

    def __missing__(self, subject: Subject) -> Any:
        value = self[subject] = _READ[subject](self)
        return value


def _read(fact: Fact) -> Callable[[Any], Any]:
    """Reads a fact from the records of a request, in the spelling in which conditions compare it."""
    read = attrgetter(f"{fact.source}.{fact.field}")
    if fact.is_model:
        return lambda known: read(known) or NO_MODEL
    if not fact.folded:
        return read
    spell: Callable[[Any], Any] = fold_all if fact.kind == "words" else fold_known
    return lambda known: spell(read(known))


_READ: Mapping[Subject, Callable[[Any], Any]] = {fact.name: _read(fact) for fact in FACTS if fact.kind != "level"} | {
    "complexity": lambda known: complexity(known.features.difficulty),
    "days": attrgetter("situation.weekday"),
    "date": attrgetter("situation.moment"),
}


def facts_of(features: Features, ask: Ask, situation: Situation) -> Facts:
    """What conditions look at, by the table of facts."""
    # This runs for every decision, and most policies look at a few facts alone: so none is read before.
    facts = _Records()
    facts.features, facts.ask, facts.caller, facts.situation = features, ask, ask.caller, situation
    return facts


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
    if isinstance(test, Fits):
        return _fit(test, (value,) if isinstance(value, str) else value)
    return any(start <= value < end if start <= end else value >= start or value < end for start, end in test.stretches)


def _fit(test: Fits, words: tuple[str, ...]) -> bool:
    return (
        (not test.some or any(fits(word, test.some) for word in words))
        and all(any(fits(word, (wanted,)) for word in words) for wanted in test.every)
        and not any(fits(word, test.no) for word in words)
    )


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
    for name in _SET_WHOLE:
        if (said := getattr(change, name)) is not None:
            changes[name] = said
    if change.floors:
        changes["floors"] = {**changes.get("floors", policy.floors), **change.floors}
