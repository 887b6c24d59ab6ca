"""The edges of deciding all at once, each beside decide()."""

from dataclasses import replace
from typing import Any

import pytest
from builders import SITUATION, ask, config, features, model, policy, price

from router.decision.decide import decide
from router.decision.scoring import sigmoid
from router.errors import NoCandidate
from router.policy.replay.decide_batch import Choices, decide_all
from router.policy.replay.pricing import money
from router.policy.replay.request_columns import gathered
from router.types import Abilities, Config, Features, Speed

READ = features()


def both(rows: Config, read: Features = READ, wish: Any = None) -> str:
    """The model that decide() and the replay choose, which must be the same; "" for none."""
    wish = wish or ask()
    choices = decide_all(gathered([("", read, wish, SITUATION)]), rows)
    try:
        decision = decide(read, wish, SITUATION, rows)
    except NoCandidate:
        assert not choices.answered[0]
        return ""
    chosen = decision.candidate(decision.chosen)
    assert choices.models[choices.chosen[0]] == chosen.model
    assert (choices.quality[0], choices.latency[0]) == (chosen.quality, chosen.latency_ms)
    assert cost(choices) == chosen.cost
    return chosen.model


def cost(choices: Choices) -> Any:
    return money(choices.cost.tolist()[0], choices.places)


def priced(*models: Any, band: float = 0.0, **rates: str) -> Config:
    prices = {model.id: (price(rates.get(model.id, "1"), "0"),) for model in models}
    return config(*models, prices=prices, policies={"plain": policy(band)})


def test_the_end_of_the_band_is_inside() -> None:
    gap = sigmoid(1.0) - sigmoid(0.0)
    models = model("a", 1.0), model("b", 0.0)
    assert sigmoid(1.0) - gap == sigmoid(0.0), "the numbers of this test must meet exactly"
    assert both(priced(*models, a="9", band=gap)) == "b"
    assert both(priced(*models, a="9", band=gap - 1e-15)) == "a"


def test_a_floor_that_is_met_exactly_holds() -> None:
    rows = priced(model("a", 1.0))
    assert both(replace(rows, policies={"plain": policy(floors={"chat": sigmoid(1.0)})})) == "a"
    assert both(replace(rows, policies={"plain": policy(floors={"chat": sigmoid(1.0) + 1e-15})})) == ""


@pytest.mark.parametrize(
    ("loading", "ability", "chosen"), [(-1000.0, 15.0, "b"), (-1000.0, 25.0, "a"), (30.0, 0.0, "a")]
)
def test_traits_add_no_more_than_twenty_logits(loading: float, ability: float, chosen: str) -> None:
    abilities = Abilities("a test", SITUATION.day, "assumed", {"chat": ability}, (loading,))
    models = replace(model("a"), abilities=abilities), model("b", 0.0)
    assert both(priced(*models), features(traits=(1.0,))) == chosen


def test_ties_go_to_the_first_by_name_wherever_it_stands() -> None:
    assert both(priced(model("b"), model("a"), model("c"))) == "a"


def test_an_endless_time_still_comes_before_what_is_outside_the_band() -> None:
    endless = Speed("a test", SITUATION.day, "assumed", 1.0, 5e-324)
    rows = priced(model("a", 0.0), replace(model("b", 3.0), speed=endless))
    assert both(replace(rows, policies={"plain": policy(0.0, optimize="latency")})) == "b"


def test_a_name_without_a_row_is_unknown() -> None:
    rows = priced(model("a"))
    for wish in (ask("gone"), ask(policy="gone")):
        choices = decide_all(gathered([("", READ, wish, SITUATION), ("", READ, ask(), SITUATION)]), rows)
        assert (choices.answered.tolist(), choices.refused.tolist()) == ([False, True], [3, 0])


def test_where_every_policy_is_unknown_nothing_is_decided() -> None:
    choices = decide_all(gathered([("", READ, ask(policy="gone"), SITUATION)]), priced(model("a")))
    assert (choices.refused.tolist(), choices.moved.tolist(), choices.cost.tolist()) == ([3], [False], [0])


@pytest.mark.parametrize("digits", ["0.1", "0.1234567890123", "0.12345678901234567890123", "1e-40", "1E+3"])
def test_costs_are_exact_however_many_digits_a_price_has(digits: str) -> None:
    rows = config(model("a"), prices={"a": (price(digits, digits),)})
    assert both(rows, features(input_tokens=9_999, output_tokens=1, output_limit=1)) == "a"


def test_an_empty_log_has_no_choices() -> None:
    assert len(decide_all(gathered([]), priced(model("a"))).chosen) == 0
