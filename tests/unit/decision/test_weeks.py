"""Budgets of a week, and of those who say a tag."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from builders import DAY, ask

from router.config import load
from router.config.load import with_policies
from router.decision.budgets import acting, counts, period, period_end, seconds_left
from router.policy.describe import describe
from router.policy.expand import spelled_out
from router.policy.lint.budget_checks import precedes
from router.types import Budget, Caller, Situation

BERLIN = ZoneInfo("Europe/Berlin")
HEAD = "default: p\npolicies:\n  p:\n    because: x\n    band: 0\n    budgets:\n"


def budgets(*written: str) -> tuple[Budget, ...]:
    text = HEAD + "".join(f"      - {{{each}}}\n" for each in written)
    config = with_policies(load(), text.encode())
    again = with_policies(load(), spelled_out(config, ("p",)).encode())
    assert [describe(each) for each in again.policies["p"].budgets] == [
        describe(each) for each in config.policies["p"].budgets
    ]
    return config.policies["p"].budgets


@pytest.mark.parametrize(
    ("moment", "name", "end"),
    [
        ("2026-11-29T23:59", "2026-W48", "2026-11-30"),
        ("2026-11-30T00:00", "2026-W49", "2026-12-07"),
        ("2027-01-01T12:00", "2026-W53", "2027-01-04"),
    ],
)
def test_a_week_begins_on_monday_and_has_a_name_of_its_own(moment: str, name: str, end: str) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert period("week", local) == name
    assert period_end("week", local).date().isoformat() == end


def test_a_week_in_which_clocks_go_back_has_an_hour_more() -> None:
    monday = datetime(2026, 10, 19, tzinfo=BERLIN)
    assert seconds_left("week", monday) == (7 * 24 + 1) * 3600


def test_a_budget_counts_who_says_one_of_its_tags() -> None:
    (budget,) = budgets("name: b, of: {tags: [cc-*]}, limit: 5 USD, per: week")
    assert counts(budget, ask(policy="p", caller=Caller(tags=("x", "CC-4711"))))
    assert not counts(budget, ask(policy="p", caller=Caller(tags=("x",))))
    assert describe(budget).startswith("5 USD per week of tags cc-*")


def test_a_budget_of_a_provider_counts_its_models() -> None:
    theirs, both = budgets(
        "name: a, of: {provider: llama}, limit: 5 USD, per: week",
        "name: b, of: {provider: [llama, phi], model: Meta}, limit: 5 USD, per: week",
    )
    assert theirs.of.model == both.of.model == ("llama-3.3-70b", "llama-4-maverick")
    policy = with_policies(
        load(), (HEAD + "      - {name: a, of: {provider: llama}, limit: 5 USD, per: week}\n").encode()
    )
    rows = [row for row in policy.models if row.id in ("gpt-5", "llama-3.3-70b")]
    acted = acting(policy.policies["p"], ask(policy="p"), Situation(DAY, spent=("p/a",)), rows)
    assert set(acted.bars) == {"llama-3.3-70b"}


@pytest.mark.parametrize(
    ("first", "other", "before"),
    [
        ("10 USD, per: week", "70 USD, per: month", True),
        ("10 USD, per: week", "60 USD, per: month", False),
        ("10 USD, per: month", "19 USD, per: week", False),
        ("10 USD, per: month", "20 USD, per: week", False),
        ("10 USD, per: month", "21 USD, per: week", True),
        ("10 USD, per: week", "10 USD, per: day", True),
    ],
)
def test_which_of_two_budgets_acts_first(first: str, other: str, before: bool) -> None:
    a, b = budgets(f"name: a, limit: {first}", f"name: b, limit: {other}")
    assert precedes(a, b) is before
