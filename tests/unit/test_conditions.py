"""When a rule applies, and what it makes of its policy."""

import pytest
from builders import features, policy

from router.conditions import effective, holds
from router.types import Change, Condition, Rule


def rule(name: str, when: Condition, **change: object) -> Rule:
    return Rule(name, "a test", when, Change(**change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "held"),
    [
        (Condition(), True),
        (Condition(task=("math", "chat")), True),
        (Condition(task=("math",)), False),
        (Condition(language=("en",)), True),
        (Condition(language=("ko",)), False),
        (Condition(difficulty_at_least=0.5), True),
        (Condition(difficulty_at_least=0.51), False),
        (Condition(difficulty_below=0.51), True),
        (Condition(difficulty_below=0.5), False),
        (Condition(task=("chat",), language=("en",), difficulty_at_least=0, difficulty_below=1), True),
        (Condition(task=("chat",), language=("en",), difficulty_at_least=1, difficulty_below=2), False),
    ],
)
def test_every_part_that_is_given_must_hold(when: Condition, held: bool) -> None:
    assert holds(when, features(difficulty=0.5)) is held


def test_a_later_rule_wins_and_what_it_does_not_set_stays() -> None:
    rules = (
        rule("wide", Condition(), band=0.5, prefer=("a",)),
        rule("elsewhere", Condition(task=("law",)), band=0.9),
        rule("narrow", Condition(), band=0.0),
    )
    found, applied = effective(policy(0.1, rules=rules), features())
    assert applied == ("wide", "narrow")
    assert (found.band, found.prefer, found.optimize, found.models) == (0.0, ("a",), "cost", None)


def test_a_rule_may_change_the_models_and_what_is_optimized() -> None:
    found, _ = effective(policy(rules=(rule("r", Condition(), models=("m",), optimize="latency"),)), features())
    assert (found.models, found.optimize) == (("m",), "latency")


def test_without_rules_a_policy_is_itself() -> None:
    plain = policy(0.3)
    assert effective(plain, features()) == (plain, ())
