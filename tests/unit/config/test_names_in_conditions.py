"""Names in conditions, guards and budgets: patterns, `not`, `all`; what cannot be meant is an error."""

from typing import Any

import pytest
from builders import DAY, ask, features

from router.config import load
from router.config.load import with_policies
from router.decision.budgets import counts
from router.decision.candidates import guarded
from router.decision.conditions import facts_of, holds
from router.decision.names.patterns import fits, is_pattern
from router.errors import ConfigError
from router.policy.describe import describe
from router.types import Caller, Condition, Config, Situation

FILE = """
default: b
guards:
  - {{name: g, because: x, when: {{{when}}}, never: {{{never}}}}}
budgets: [{{name: t, of: {{{of}}}, limit: 5 USD, per: day}}]
policies: {{b: {{because: x, band: 0}}, c: {{because: x, band: 0}}}}
"""
NOBODY_AT_ALL: dict[str, Any] = {"team": None, "tags": ()}


def config(when: str = "", never: str = "model: gpt-5", of: str = "team: a") -> Config:
    return with_policies(load(), FILE.format(when=when, never=never, of=of).encode())


def condition(when: str) -> Condition:
    return config(when).policies["b"].guards[0].when


def held(when: str, **said: Any) -> bool:
    caller = Caller(**{**NOBODY_AT_ALL, **said})
    return holds(condition(when), facts_of(features(), ask(caller=caller), Situation(DAY)), unknown=True)


@pytest.mark.parametrize(
    ("when", "team", "expected"),
    [
        ('team: "legal-*"', "legal-de", True),
        ('team: "legal-*"', "Legal-DE", True),
        ('team: "Legal-*"', "legal-de", True),
        ('team: "legal-*"', "hr", False),
        ('team: "legal-*"', None, True),
        ("team: {not: research}", "research", False),
        ("team: {not: research}", "sales", True),
        ("team: {not: research}", None, True),
        ('team: {any: "legal-*", not: [legal-us]}', "legal-us", False),
        ('team: {any: "legal-*", not: [legal-us]}', "legal-de", True),
        ("team: {any: [a, b]}", "b", True),
        ("team: [a, b]", "c", False),
    ],
)
def test_a_guard_on_teams_by_pattern_and_by_what_they_are_not(when: str, team: str | None, expected: bool) -> None:
    assert held(when, team=team) is expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("beta", "clinic"), True),
        (("Beta", "CLINIC", "other"), True),
        (("beta",), False),
        ((), False),
        (("beta", "clinic", "internal"), False),
    ],
)
def test_tags_all_of_and_none_of(tags: tuple[str, ...], expected: bool) -> None:
    assert held('tags: {all: [beta, "clin*"], not: internal}', tags=tags) is expected


def test_words_that_are_known_are_left_by_not() -> None:
    left = condition("task: {not: [law, medicine]}, complexity: {not: low}")
    assert describe(left).startswith("task is chat or classification or coding")
    assert describe(left).endswith("complexity is high or medium")
    assert describe(condition("needs: {all: [tools, json]}")) == "needs json and tools"


def test_a_guard_bars_all_but_some() -> None:
    def barred(never: str) -> set[str]:
        made = config("", never)
        return set(guarded(made.policies["b"], {}, made.models).bars)  # type: ignore[arg-type]

    rows = load().models
    assert barred("owner: {not: Microsoft}") == {m.id for m in rows if m.owner != "Microsoft"}
    assert barred('model: {any: "gpt-*", not: gpt-5}') == {"gpt-5-mini", "gpt-5-nano"}
    assert barred("region: {not: eu}") == {m.id for m in rows if "eu" not in m.regions}


def test_budgets_count_whom_a_pattern_fits() -> None:
    made = config(of='team: "Legal-*", policy: "b*"')
    budget = made.policies["b"].budgets[0]
    assert budget.of.policy == ("b",)
    teams = ("legal-de", "LEGAL-x", "hr", None)
    assert [counts(budget, ask(policy="b", caller=Caller(team=team))) for team in teams] == [True, True, False, False]


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ('team: "!research"', r"for all but 'research' write \{not: research\}"),
        ('task: "law*"', "no pattern is possible here"),
        ("tags: {nto: a}", "'not'"),
        ("team: {all: [a, b]}", "unknown key 'all'"),
        ("team: {}", "write one of any, not, with words"),
    ],
)
def test_what_cannot_be_meant_is_an_error(when: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(when)


@pytest.mark.parametrize("never", ["owner: {not: Micro}", "owner: {any: Opn, not: Meta}"])
def test_a_name_that_nobody_has_is_an_error_there_too(never: str) -> None:
    with pytest.raises(ConfigError, match="matches no model's owner"):
        config("", never)


def test_a_word_without_signs_fits_itself_alone() -> None:
    assert [fits(word, ("a.b", "c?")) for word in ("a.b", "axb", "cd", "c", None)] == [True, False, True, False, False]
    assert [is_pattern(word) for word in ("a*", "a?", "[ab]", "a.b")] == [True, True, True, False]
