"""Whose account a request draws on, and what a budget at its limit does."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import DAY, ask, config, features, model, policy

from router.decision.budgets import Account, accounts, amount, counts, label, period, period_end, share_used
from router.decision.decide import decide
from router.errors import BudgetExceeded
from router.types import Budget, Caller, Config, Decision, Per, Relief, Situation, Target

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")
MODELS = (model("a", 3.0), model("b", 2.9), model("c", 0.0))


def budget(name: str = "team-month", **changes: Any) -> Budget:
    return Budget(
        **(
            {"name": name, "home": "plain", "of": Target(), "limit": Decimal(100), "unit": "USD", "per": "month"}
            | changes
        )
    )


def setup(*budgets: Budget) -> Config:
    return config(*MODELS, policies={"plain": policy(0.0, budgets=budgets)})


def decided(spent: tuple[str, ...], *budgets: Budget, caller: Caller | None = None) -> Decision:
    return decide(features(), ask(caller=caller or Caller()), Situation(DAY, spent=spent), setup(*budgets))


@pytest.mark.parametrize(
    ("per", "moment", "named"),
    [
        ("hour", datetime(2026, 11, 21, 9, 59, tzinfo=SEOUL), "2026-11-21T09+09:00"),
        ("day", datetime(2026, 11, 21, 0, 0, tzinfo=SEOUL), "2026-11-21"),
        ("month", datetime(2026, 11, 30, 23, 59, tzinfo=SEOUL), "2026-11"),
    ],
)
def test_a_period_is_named_by_the_local_calendar(per: Per, moment: datetime, named: str) -> None:
    assert period(per, moment) == named


def test_the_hour_that_comes_twice_is_two_periods() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert period("hour", first) != period("hour", first.replace(fold=1))


@pytest.mark.parametrize(
    ("per", "end"),
    [
        ("hour", datetime(2026, 12, 31, 10, tzinfo=SEOUL)),
        ("day", datetime(2027, 1, 1, tzinfo=SEOUL)),
        ("month", datetime(2027, 1, 1, tzinfo=SEOUL)),
    ],
)
def test_a_period_ends_where_the_next_begins(per: Per, end: datetime) -> None:
    moment = datetime(2026, 12, 31, 9, 15, 2, 5, tzinfo=SEOUL)
    assert period_end(per, moment) == end
    assert period(per, end) != period(per, moment)


@pytest.mark.parametrize(
    ("of", "caller", "counted"),
    [
        (Target(), Caller(), True),
        (Target(team=("support",)), Caller(team="support"), True),
        (Target(team=("support",)), Caller(team="sales"), False),
        (Target(team=("support",)), Caller(), False),
        (Target(key=("key_1",)), Caller(key="key_1"), True),
        (Target(key=("key_1",)), Caller(key="key_2"), False),
        (Target(key=("key_1",), team=("support",)), Caller(key="key_1"), False),
        (Target(policy=("plain",)), Caller(), True),
        (Target(policy=("other",)), Caller(), False),
        (Target(model=("a",)), Caller(), True),
        (Target(model=("b",)), Caller(), False),
    ],
)
def test_a_budget_counts_what_matches_every_part(of: Target, caller: Caller, counted: bool) -> None:
    assert counts(budget(of=of), ask(caller=caller), MODELS[0]) is counted


def test_before_a_model_is_chosen_a_budget_of_models_counts() -> None:
    assert counts(budget(of=Target(model=("a",))), ask())
    assert counts(budget(each="model"), ask())


@pytest.mark.parametrize(
    ("per", "moment", "end"),
    [
        ("day", datetime(2026, 11, 15, 9, tzinfo=SEOUL), datetime(2026, 11, 16, tzinfo=SEOUL)),
        ("month", datetime(2026, 11, 15, 9, tzinfo=SEOUL), datetime(2026, 12, 1, tzinfo=SEOUL)),
        ("month", datetime(2027, 1, 31, 9, tzinfo=SEOUL), datetime(2027, 2, 1, tzinfo=SEOUL)),
    ],
)
def test_a_period_that_ends_within_a_longer_one(per: Per, moment: datetime, end: datetime) -> None:
    assert period_end(per, moment) == end


def test_each_holder_has_an_account_and_an_unknown_one_has_none() -> None:
    moment = datetime(2026, 11, 21, tzinfo=SEOUL)
    each_team = budget(each="team")
    known, unknown = ask(caller=Caller(team="x")), ask()
    assert accounts(each_team, known, MODELS[0], moment) == (Account("plain/team-month", "x", "2026-11"),)
    assert counts(each_team, known)
    assert not counts(each_team, unknown)
    assert [kept.holder for kept in accounts(budget(each="model"), unknown, MODELS[0], moment)] == ["a"]
    assert [kept.holder for kept in accounts(budget(), unknown, MODELS[0], moment)] == ["*"]
    each_key = budget(each="key")
    (kept,) = accounts(each_key, ask(caller=Caller("key_1", "x")), MODELS[0], moment)
    assert kept.holder == "key_1"
    assert not counts(each_key, ask(caller=Caller(team="x")))
    labels = (label(budget(), MODELS[0]), label(budget(each="model"), MODELS[0]))
    assert labels == ("plain/team-month", "plain/team-month@a")


def test_amounts_are_in_the_budgets_own_unit() -> None:
    units: list[Any] = ["USD", "tokens", "requests"]
    assert [amount(budget(unit=unit), Decimal("1.5"), 30) for unit in units] == [Decimal("1.5"), 30, 1]
    assert (share_used(Decimal(25), Decimal(100)), share_used(Decimal(0), Decimal(0))) == (0.25, 1.0)


def test_nothing_acts_before_its_limit() -> None:
    assert decided((), budget()).budgets == ()
    assert decided(("plain/another",), budget()).budgets == ()


def test_a_budget_that_denies_leaves_nothing_and_says_so() -> None:
    with pytest.raises(BudgetExceeded) as caught:
        decided(("plain/team-month",), budget())
    assert {c.model: (c.code, c.detail) for c in caught.value.candidates} == {
        m.id: ("budget", "team-month") for m in MODELS
    }
    assert "team-month" in caught.value.full
    assert "team-month" not in caught.value.message


def test_a_budget_of_one_model_bars_that_model_alone() -> None:
    decision = decided(("plain/dear",), budget("dear", of=Target(model=("a",))))
    assert (decision.chosen, decision.budgets, decision.candidate("a").code) == ("b", ("dear",), "budget")
    assert "a" not in decision.fallbacks


def test_a_budget_for_each_model_bars_those_that_are_used_up() -> None:
    decision = decided(("plain/each@b",), budget("each", each="model"))
    assert {c.model: c.excluded for c in decision.candidates} == {"a": False, "b": True, "c": False}


def test_a_budget_may_widen_the_band_and_never_narrows_it() -> None:
    wide = budget("wide", then=Relief(band=1.0))
    decision = decided(("plain/wide",), wide, budget("less", then=Relief(band=0.5)))
    assert (decision.band, decision.chosen, decision.budgets) == (1.0, "a", ("wide",))
    both = decided(("plain/wide", "plain/less"), wide, budget("less", then=Relief(band=0.5)))
    assert (both.band, both.budgets) == (1.0, ("wide", "less"))
    config_of_half = config(*MODELS, policies={"plain": policy(0.5, budgets=(budget("b", then=Relief(band=0.1)),))})
    assert decide(features(), ask(), Situation(DAY, spent=("plain/b",)), config_of_half).band == 0.5


def test_a_budget_may_leave_some_models() -> None:
    decision = decided(("plain/few",), budget("few", then=Relief(models=("c",))))
    assert (decision.chosen, decision.fallbacks) == ("c", ())
    assert decision.candidate("a").detail == "few"


def test_a_model_asked_for_by_name_is_bound_by_budgets_too() -> None:
    spent = Situation(DAY, spent=("plain/dear",))
    setup_ = setup(budget("dear", of=Target(model=("a",))))
    with pytest.raises(BudgetExceeded):
        decide(features(), ask("a", "exact"), spent, setup_)
    assert decide(features(), ask("a", "any"), spent, setup_).reason == "asked_unavailable"


def test_somebody_elses_budget_does_not_act() -> None:
    of_support = budget(of=Target(team=("support",)))
    assert decided(("plain/team-month",), of_support, caller=Caller(team="sales")).budgets == ()
