"""When a guard or a rule applies, and what a rule makes of its policy."""

import math
from typing import Any

import pytest
from builders import DAY, ask, features, policy

from router.config.scalars import interval
from router.decision.conditions import complexity, effective, facts_of, holds
from router.types import (
    ALWAYS,
    Between,
    Caller,
    Change,
    Condition,
    During,
    Features,
    OneOf,
    Rule,
    Situation,
    Subject,
)

NOBODY = Caller()


def facts(read: Features | None = None, caller: Caller = NOBODY, minute: int = 720) -> Any:
    return facts_of(read or features(difficulty=0.5), ask(caller=caller), Situation(DAY, minute=minute))


def one_of(subject: Subject, *words: str) -> OneOf:
    return OneOf(subject, frozenset(words))


def between(text: str) -> Between:
    return Between("difficulty", *interval(text))


def rule(name: str, when: Condition, **change: Any) -> Rule:
    return Rule(name, "a test", when, Change(**change))


@pytest.mark.parametrize(
    ("tests", "held"),
    [
        ((), True),
        ((one_of("task", "math", "chat"),), True),
        ((one_of("task", "math"),), False),
        ((one_of("language", "en"),), True),
        ((one_of("language", "ko"),), False),
        ((one_of("complexity", "medium"),), True),
        ((one_of("complexity", "low", "high"),), False),
        ((between(">= 0.5"),), True),
        ((between("> 0.5"),), False),
        ((between("<= 0.5"),), True),
        ((between("< 0.5"),), False),
        ((Between("input_tokens", 100, math.inf),), True),
        ((Between("input_tokens", 101, math.inf),), False),
        ((one_of("task", "chat"), one_of("language", "en"), between(">= 0 and < 1")), True),
        ((one_of("task", "chat"), one_of("language", "en"), between(">= 1 and < 2")), False),
    ],
)
def test_every_test_must_pass(tests: Any, held: bool) -> None:
    assert holds(Condition(tests), facts()) is held
    assert holds(Condition(tests), facts(), unknown=True) is held


def test_a_subject_of_several_words_needs_one_of_them() -> None:
    some = facts(features(needs=("tools", "json")), Caller(tags=("beta",)))
    assert holds(Condition((one_of("needs", "json", "vision"),)), some)
    assert not holds(Condition((one_of("needs", "vision"),)), some)
    assert holds(Condition((one_of("tags", "beta", "gamma"),)), some)
    assert not holds(Condition((one_of("tags", "gamma"),)), some)
    assert not holds(Condition((one_of("tags", "gamma"),)), facts(), unknown=True), "no tags is known"


@pytest.mark.parametrize("subject", ["residency", "key", "team"])
def test_what_is_unknown_is_false_in_rules_and_true_in_guards(subject: Subject) -> None:
    when = Condition((one_of(subject, "eu"),))
    assert not holds(when, facts())
    assert holds(when, facts(), unknown=True)
    assert holds(when, facts(caller=Caller(**{subject: "eu"})))
    for unknown in (True, False):
        assert not holds(when, facts(caller=Caller(**{subject: "us"})), unknown=unknown)


def test_an_unknown_subject_does_not_hide_one_that_fails() -> None:
    when = Condition((one_of("residency", "eu"), one_of("task", "law")))
    assert not holds(when, facts(), unknown=True)


@pytest.mark.parametrize(
    ("start", "end", "minute", "held"),
    [
        (540, 1080, 540, True),
        (540, 1080, 1079, True),
        (540, 1080, 1080, False),
        (540, 1080, 0, False),
        (540, 540, 540, False),
        (540, 540, 0, False),
        (1320, 360, 1320, True),
        (1320, 360, 0, True),
        (1320, 360, 360, False),
        (1320, 360, 720, False),
    ],
)
def test_a_stretch_of_the_day_may_pass_midnight(start: int, end: int, minute: int, held: bool) -> None:
    assert holds(Condition((During("time", start, end),)), facts(minute=minute)) is held


def test_complexity_is_a_word_for_difficulty() -> None:
    assert [complexity(d) for d in (-1.01, -1.0, 0.99, 1.0)] == ["low", "medium", "medium", "high"]


def test_a_later_rule_wins_and_what_it_does_not_set_stays() -> None:
    rules = (
        rule("wide", ALWAYS, band=0.5, prefer=(("a",),), models=("a", "b"), floors={"chat": 0.5, "law": 0.6}),
        rule("elsewhere", Condition((one_of("task", "law"),)), band=0.9),
        rule("narrow", ALWAYS, band=0.0, floors={"law": 0.7}),
    )
    resolved, applied = effective(policy(0.1, rules=rules, floors={"math": 0.1}), facts())
    assert applied == ("wide", "narrow")
    assert (resolved.band, resolved.prefer, resolved.optimize, resolved.models) == (0.0, (("a",),), "cost", ("a", "b"))
    assert resolved.floors == {"math": 0.1, "chat": 0.5, "law": 0.7}


def test_a_rule_may_change_the_models_and_what_is_optimized() -> None:
    resolved, _ = effective(policy(rules=(rule("r", ALWAYS, models=("m",), optimize="latency"),)), facts())
    assert (resolved.models, resolved.optimize) == (("m",), "latency")


def test_without_rules_a_policy_is_itself() -> None:
    plain = policy(0.3)
    assert effective(plain, facts()) == (plain, ())
