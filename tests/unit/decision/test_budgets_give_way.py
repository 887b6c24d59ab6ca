"""What a budget that leaves some models does to clients that name another, and to rules that allow only others."""

from typing import Any

import pytest
from builders import DAY, ask, features

from router.decision.decide import decide
from router.errors import BudgetExceeded
from router.policy.describe import describe
from router.policy.expand import spelled_out
from router.types import Caller, Config, Situation
from unit.policy_samples import config, expect

PAID = Caller(tags=("paid",))


def house(then: str, more: str = "") -> Config:
    return config(
        "default: a\npolicies:\n  a:\n    because: x\n    band: 0\n"
        f"    {more or 'optimize: cost'}\n"
        "    rules: [{name: paid, because: x, when: {tags: paid}, set: {models: big}}]\n"
        f"    budgets: [{{name: month, limit: 5 USD, per: month, then: {then}}}]\n"
    )


def chosen(made: Config, *more: str, **asked: Any) -> str:
    spent = ("a/month", *more)
    return decide(features(), ask(policy="a", **asked), Situation(DAY, spent=spent), made).chosen


@pytest.mark.parametrize("then", ["{models: small}", "{models: small, otherwise: serve}"])
def test_who_names_a_policy_or_consents_gets_a_model_that_is_left(then: str) -> None:
    made = house(then)
    assert chosen(made) == "small"
    assert chosen(made, model="big", consent="any") == "small"
    assert chosen(made, model="mid", consent="owner") == "small"


def test_what_a_rule_allows_gives_way_too_within_the_policy() -> None:
    assert chosen(house("{models: small}"), caller=PAID) == "small"
    assert chosen(house("{models: [small, big]}"), caller=PAID) == "big"
    with pytest.raises(BudgetExceeded):
        chosen(house("{models: small}", "models: [big, mid]"), caller=PAID)
    assert chosen(house("{models: small, otherwise: serve}", "models: [big, mid]"), caller=PAID) == "big"
    with pytest.raises(BudgetExceeded):
        chosen(house("deny"), caller=PAID)


def test_who_consents_to_none_is_refused_or_served_as_is_written() -> None:
    for then in ("{models: small}", "{models: small, otherwise: deny}"):
        with pytest.raises(BudgetExceeded, match="leave other models: consent to them") as caught:
            chosen(house(then), model="big", consent="exact")
        assert "big: budget (month)" in caught.value.full
    assert chosen(house("{models: small, otherwise: serve}"), model="big", consent="exact") == "big"


def test_what_denies_goes_on_denying_where_another_gives_way() -> None:
    made = config(
        "default: a\npolicies:\n  a:\n    because: x\n    band: 0\n    budgets:\n"
        "      - {name: month, limit: 5 USD, per: month, then: {models: small, otherwise: serve}}\n"
        "      - {name: dear, of: {model: big}, limit: 5 USD, per: month}\n"
    )
    assert chosen(made, "a/dear", model="mid", consent="exact") == "mid"
    with pytest.raises(BudgetExceeded) as caught:
        chosen(made, "a/dear", model="big", consent="exact")
    assert "big: budget (dear)" in caught.value.full


def test_it_is_described_and_spelled_out() -> None:
    made = house("{models: small, otherwise: serve}")
    (budget,) = made.policies["a"].budgets
    assert describe(budget.then) == "models small; otherwise serve"
    assert config(spelled_out(made, ("a",))).policies["a"].budgets == (budget,)


@pytest.mark.parametrize(
    ("then", "more", "code"),
    [
        ("{§models: small}", "", "budget-refuses-named"),
        ("{§models: small}", "consent: owner", "budget-refuses-named"),
        ("{models: small}", "consent: any", ""),
        ("{models: small, otherwise: deny}", "", ""),
        ("{models: small, otherwise: serve}", "", ""),
    ],
)
def test_lint_says_where_a_budget_will_refuse(then: str, more: str, code: str) -> None:
    expect(
        "default: a\npolicies:\n  a:\n    because: x\n    band: 0\n"
        f"    {more or 'optimize: cost'}\n"
        f"    budgets: [{{name: month, limit: 5 USD, per: month, then: {then}}}]\n",
        *([code] if code else []),
    )
