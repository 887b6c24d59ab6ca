"""Guards fail closed, and nothing overrides them."""

from decimal import Decimal
from typing import Any

import pytest
from builders import DAY, SITUATION, ask, config, features, model, policy, ramp

from router.decision.decide import decide
from router.decision.fallback import Try, next_step
from router.errors import BudgetExceeded, NoCandidate
from router.types import (
    ALWAYS,
    Attempt,
    Budget,
    Caller,
    Change,
    Condition,
    Config,
    Guard,
    OneOf,
    Relief,
    Rule,
    Situation,
    Target,
)

EU = Condition((OneOf("residency", frozenset({"eu"})),))
GUARD = Guard("eu-data-stays", "Contract 14 b", EU, ("us",))
MODELS = (model("us", 3.0), model("eu", 1.0), model("eu-2", 0.5))
INSIDE, OUTSIDE = Caller(residency="eu"), Caller(residency="us")


def setup(*guards: Guard, **changes: Any) -> Config:
    ramps = changes.pop("ramps", ())
    return config(*MODELS, policies={"plain": policy(0.0, guards=guards, **changes)}, ramps=ramps)


def test_a_guard_bars_its_models_where_it_applies() -> None:
    decision = decide(features(), ask(caller=INSIDE), SITUATION, setup(GUARD))
    assert (decision.chosen, decision.guards) == ("eu", ("eu-data-stays",))
    assert (decision.candidate("us").code, decision.candidate("us").detail) == ("guard", "eu-data-stays")


def test_it_leaves_others_alone() -> None:
    decision = decide(features(), ask(caller=OUTSIDE), SITUATION, setup(GUARD))
    assert (decision.chosen, decision.guards) == ("us", ())


def test_what_is_unknown_makes_it_apply() -> None:
    assert decide(features(), ask(), SITUATION, setup(GUARD)).chosen == "eu"


def test_a_model_asked_for_by_name_is_barred() -> None:
    with pytest.raises(NoCandidate) as caught:
        decide(features(), ask("us", "exact", caller=INSIDE), SITUATION, setup(GUARD))
    assert "eu-data-stays" in caught.value.full


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": (Rule("r", "a test", ALWAYS, Change(band=0.0, models=("us",), prefer=(("us",),))),)},
        {"models": ("us",)},
        {"ramps": (ramp("eu", "us"),)},
        {
            "budgets": (
                Budget(
                    name="b",
                    home="plain",
                    of=Target(),
                    limit=Decimal(0),
                    unit="USD",
                    per="day",
                    then=Relief(band=1.0, models=("us",)),
                ),
            )
        },
    ],
    ids=["rule", "allow-list", "ramp", "budget"],
)
def test_nothing_lets_a_barred_model_in(changes: dict[str, Any]) -> None:
    situation = Situation(DAY, spent=("plain/b",))
    try:
        decision = decide(features(), ask(caller=INSIDE), situation, setup(GUARD, **changes))
    except (NoCandidate, BudgetExceeded) as error:
        assert {c.model: c.code for c in error.candidates}["us"] == "guard"
    else:
        assert decision.chosen != "us"
        assert "us" not in decision.fallbacks


def test_no_failure_leads_to_a_barred_model() -> None:
    decision = decide(features(), ask(caller=INSIDE), SITUATION, setup(GUARD))
    tried, step = [], next_step(decision, [])
    while isinstance(step, Try):
        tried.append(Attempt(step.model, "unavailable", 1.0, "", step.deployment))
        step = next_step(decision, tried)
    assert [attempt.model for attempt in tried] == ["eu", "eu-2"]


def test_the_first_guard_that_bars_a_model_is_named() -> None:
    second = Guard("second", "a test", ALWAYS, ("us", "eu"))
    decision = decide(features(), ask(caller=INSIDE), SITUATION, setup(GUARD, second))
    assert [(c.model, c.detail) for c in decision.candidates if c.excluded] == [
        ("us", "eu-data-stays"),
        ("eu", "second"),
    ]
    assert decision.guards == ("eu-data-stays", "second")


def test_a_guard_that_leaves_nothing_is_an_error_that_names_it() -> None:
    everything = Guard("everything", "a test", ALWAYS, ("us", "eu", "eu-2"))
    with pytest.raises(NoCandidate) as caught:
        decide(features(), ask(), SITUATION, setup(everything))
    assert {c.code for c in caught.value.candidates} == {"guard"}


BOTH = (model("both", 3.0, regions=("us", "eu")), model("inside", 1.0, regions=("eu",)))
NOT_US = Guard("not-us", "a test", ALWAYS, ("both", "inside"), ("us",))
NOT_EU = Guard("not-eu", "a test", ALWAYS, ("both",), ("eu",))


def of_both(*guards: Guard) -> Config:
    return config(*BOTH, policies={"plain": policy(0.0, guards=guards)})


def test_a_guard_on_regions_leaves_a_model_that_has_another() -> None:
    decision = decide(features(), ask(), SITUATION, of_both(NOT_US))
    assert (decision.chosen, decision.candidate("both").away_from) == ("both", ("us",))


def test_guards_together_may_leave_a_model_no_region() -> None:
    decision = decide(features(), ask(), SITUATION, of_both(NOT_US, NOT_EU))
    assert (decision.chosen, decision.guards) == ("inside", ("not-us", "not-eu"))
    both = decision.candidate("both")
    assert (both.code, both.detail, both.away_from) == ("guard", "not-eu", ("us", "eu"))
