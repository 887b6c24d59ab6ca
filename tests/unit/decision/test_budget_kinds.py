"""Budgets for each user, tag and owner; steps of one budget; a limit that is raised for a time; one that only warns."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import DAY, ask

from router.config import load
from router.config.load import sources_with, with_policies
from router.decision.budgets import accounts, counts, label, limit_at, user_of
from router.errors import ConfigError
from router.policy.describe import describe
from router.policy.expand import spelled_out
from router.policy.lint import lint
from router.policy.policy_tests import spent_labels, unit_for
from router.types import Budget, Caller, Config

HEAD = "default: p\npolicies:\n  p:\n    because: a test\n    band: 0\n    budgets:\n"
BERLIN = ZoneInfo("Europe/Berlin")
STEPS = "steps: [{at: 80 %, then: warn}, {at: 100 %, then: {band: 0.1}}, {at: 110 %, then: deny}]"
RAISE = 'raise: {to: 20 USD, from: "2026-11-30", until: "2026-12-04 18:00"}'


def configured(*written: str) -> Config:
    return with_policies(load(), (HEAD + "".join(f"      - {{{words}}}\n" for words in written)).encode())


def budgets(*written: str) -> tuple[Budget, ...]:
    return configured(*written).policies["p"].budgets


def holders(words: str, **asked: Any) -> list[str]:
    (budget,), row = budgets(f"name: b, limit: 5 USD, per: day, {words}"), load().models[0]
    caller = ask(policy="p", **asked)
    kept = accounts(budget, caller, row, datetime(2026, 11, 29, tzinfo=BERLIN))
    assert bool(kept) is counts(budget, caller, row)
    return [account.holder for account in kept]


def test_a_user_has_an_account_where_the_client_names_one() -> None:
    unit = unit_for("hello", "anna")
    assert holders("each: user", unit=unit) == [unit[:12]] == [user_of(unit_for("other", "anna"))]
    assert holders("each: user", unit=unit_for("hello", "")) == holders("each: user", unit="") == []
    assert user_of(unit) != user_of(unit_for("hello", "berta"))


def test_a_request_draws_on_the_account_of_each_of_its_tags() -> None:
    said = Caller(tags=("CC-1", "beta", "cc-2"))
    assert holders("each: tag", caller=said) == ["cc-1", "beta", "cc-2"]
    assert holders("each: tag, of: {tags: cc-*}", caller=said) == ["cc-1", "cc-2"]
    assert holders("each: tag") == holders("each: tag, of: {tags: x}", caller=said) == []


@pytest.mark.parametrize("each", ["model", "owner", "family", "provider"])
def test_what_a_model_belongs_to_has_an_account(each: str) -> None:
    (budget,), rows = budgets(f"name: b, limit: 5 USD, per: day, each: {each}"), load().models
    names = {row.id if each == "model" else getattr(row, each) for row in rows}
    assert {label(budget, row) for row in rows} == {f"p/b@{name}" for name in names}
    assert counts(budget, ask(policy="p"))


def test_a_budget_counts_the_models_of_an_owner_and_a_family() -> None:
    theirs, few = budgets(
        "name: a, limit: 5 USD, per: day, of: {owner: [Meta, Microsoft]}",
        "name: b, limit: 5 USD, per: day, of: {owner: [Meta, Microsoft], family: Phi}",
    )
    rows = {row.id: row for row in load().models}
    assert {rows[name].owner for name in theirs.of.model or ()} == {"Meta", "Microsoft"}
    assert {rows[name].family for name in few.of.model or ()} == {"Phi"}


def test_steps_draw_on_one_account_and_are_named_by_their_parts() -> None:
    steps = budgets(f"name: month, limit: 1 000 USD, per: month, {STEPS}")
    assert [step.name for step in steps] == ["month at 80 %", "month at 100 %", "month at 110 %"]
    assert {step.book for step in steps} == {"p/month"}
    assert [step.limit / 1_000_000 for step in steps] == [800, 1000, 1100]
    assert {step.whole for step in steps} == {Decimal(10**9)}
    assert describe(steps[0]) == "80 % of 1000 USD per month, then warn"
    assert [step.then.denies for step in steps] == [False, False, True]


@pytest.mark.parametrize(
    ("word", "reached"),
    [
        ("month", ["p/month at 100 %", "p/month at 80 %"]),
        ("p/month", ["p/month at 100 %", "p/month at 80 %"]),
        ("month at 110 %", ["p/month at 100 %", "p/month at 110 %", "p/month at 80 %"]),
        ("month at 85%", ["p/month at 80 %"]),
        ("month at 5 %", []),
    ],
)
def test_a_test_says_how_much_is_used(word: str, reached: list[str]) -> None:
    config = configured(f"name: month, limit: 10 USD, per: month, {STEPS}")
    assert list(spent_labels(word, config.policies["p"], config.models)) == reached


def test_a_raise_is_for_a_time() -> None:
    (plain,) = budgets(f"name: b, limit: 10 USD, per: month, {RAISE}")
    limits = [
        limit_at(plain, datetime(2026, 11, 29, 23, 59, tzinfo=BERLIN)),
        limit_at(plain, datetime(2026, 11, 30, tzinfo=BERLIN)),
        limit_at(plain, datetime(2026, 12, 4, 17, 59, tzinfo=BERLIN)),
        limit_at(plain, datetime(2026, 12, 4, 18, tzinfo=BERLIN)),
    ]
    assert [most / 1_000_000 for most in limits] == [10, 20, 20, 10]
    assert describe(plain) == "10 USD per month, raised to 20 USD, from 2026-11-30, until 2026-12-04 18:00, then deny"
    steps = budgets(f"name: b, limit: 10 USD, per: month, {RAISE}, {STEPS}")
    assert [limit_at(step, datetime(2026, 12, 1, tzinfo=BERLIN)) / 1_000_000 for step in steps] == [16, 20, 22]


@pytest.mark.parametrize(
    "words",
    [
        STEPS,
        RAISE,
        f"{RAISE}, {STEPS}",
        "then: warn, each: user",
        "each: tag, because: x",
        "of: {owner: Meta}, each: owner",
    ],
)
def test_spelled_out_it_is_the_same(words: str) -> None:
    config = configured(f"name: b, limit: 1001 tokens, per: month, {words}".replace("20 USD", "2 002 tokens"))
    again = with_policies(load(), spelled_out(config, ("p",)).encode())
    assert again.policies == config.policies


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (f"{STEPS}, then: deny", "`then` or `steps`"),
        ("steps: [{at: 90 %, then: warn}, {at: 80 %, then: deny}]", "in the order of their parts"),
        ("steps: [{at: 90 %, then: deny}, {at: 95 %, then: warn}]", "nothing comes after `deny`"),
        ("steps: [{at: 0.8, then: warn}]", "a part of the limit"),
        ("steps: [{at: 0 %, then: warn}]", "a part of the limit"),
        ("steps: []", "cannot be []"),
        ("then: {}", "`warn`"),
        ("raise: {to: 20 tokens, until: 2026-12-01}", "counts USD, not tokens"),
        ("raise: {to: 20 USD, from: 2026-12-02, until: 2026-12-01}", "ends after it begins"),
        ("of: {owner: Mta}", "Meta"),
    ],
)
def test_what_is_refused_says_what_would_be_right(words: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        configured(f"name: b, limit: 10 USD, per: month, {words}")
    assert sentence in str(refused.value)


def test_lint_tells_once_of_a_raise_that_has_ended_and_of_no_step_that_comes_in_its_turn() -> None:
    text = HEAD + f"      - {{name: b, limit: 10 USD, per: month, {RAISE}, {STEPS}}}\n"
    later = DAY.replace(year=2027)
    assert [finding.code for finding in lint(sources_with(load(), text.encode()), later, 9999)] == [
        "budget-raise-ended"
    ]
    assert lint(sources_with(load(), text.encode()), DAY, 9999) == ()
