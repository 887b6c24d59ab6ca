"""What would have to change, case by case."""

from dataclasses import replace

import builders
import pytest
from builders import ask, config, features, model, policy, price

from router.decision.decide import decide
from router.decision.explanation import explained
from router.decision.flips import Flip, flips, winner
from router.decision.scoring import sigmoid
from router.types import Ask, Config, Decision, Situation

BEST, WEAK = model("best", 2.0), model("weak", 1.0)
PRICES = {"best": (price("4", "4"),), "weak": (price("1", "1"),)}


def made(rows: Config, about: Ask | None = None, *down: str) -> Decision:
    return decide(features(), about or ask(), Situation(builders.DAY, down), rows)


def kinds(rows: Config, name: str, about: Ask | None = None, *down: str) -> dict[str, Flip]:
    return {flip.kind: flip for flip in flips(made(rows, about, *down), name, features())}


def test_a_wider_band_lets_a_cheaper_model_in() -> None:
    by_kind = kinds(config(BEST, WEAK, prices=PRICES), "weak")
    gap = made(config(BEST, WEAK)).candidates[0].quality - made(config(BEST, WEAK)).candidates[1].quality
    assert by_kind["band"].then == pytest.approx(gap, abs=1e-5)
    assert by_kind["ability"].now == pytest.approx(1.0)
    assert by_kind["ability"].then == pytest.approx(2.0, abs=1e-4)


def test_a_narrower_band_brings_the_best_back() -> None:
    rows = config(BEST, WEAK, prices=PRICES, policies={"plain": policy(0.5)})
    by_kind = kinds(rows, "best")
    assert by_kind["band"].now == 0.5 > by_kind["band"].then
    assert by_kind["price"].then == pytest.approx(150, rel=1e-4)
    assert by_kind["price"].size == pytest.approx(0.75, abs=1e-4)


def test_where_speed_counts_the_change_is_one_of_latency() -> None:
    slow = replace(BEST, speed=replace(BEST.speed, first_token_ms=1_500))
    rows = config(slow, WEAK, policies={"plain": policy(0.5, optimize="latency")})
    assert kinds(rows, "best")["latency"].then == pytest.approx(600, rel=1e-4)


def test_nothing_beats_a_winner_that_costs_nothing_on_price() -> None:
    rows = config(BEST, WEAK, prices={"weak": (price("0", "0"),)}, policies={"plain": policy(0.5)})
    assert "price" not in kinds(rows, "best")


def test_price_alone_does_not_help_a_model_outside_the_band() -> None:
    assert "price" not in kinds(config(BEST, WEAK, prices={"best": PRICES["weak"], "weak": PRICES["best"]}), "weak")


def test_price_alone_does_not_help_against_the_preferred() -> None:
    rows = config(BEST, WEAK, policies={"plain": policy(0.5, prefer=(("weak",),))})
    assert set(kinds(rows, "best")) == {"band"}


def test_a_model_asked_for_or_moved_is_beaten_by_asking_for_another() -> None:
    (flip,) = flips(made(config(BEST, WEAK), ask("best")), "weak", features())
    assert flip == Flip("name", 0, 1, 0, None)


@pytest.mark.parametrize("down", ["best", "weak"])
def test_what_excludes_a_model_must_be_lifted_first(down: str) -> None:
    flipped = flips(made(config(BEST, WEAK, prices=PRICES), ask(), down), down, features())
    assert {flip.first for flip in flipped} == {"unhealthy"}
    assert (flipped[0] == Flip("name", 0, 1, 0, "unhealthy")) is (down == "best")


@pytest.mark.parametrize(("down", "band"), [("best", 0.02), ("weak", 0.5)])
def test_a_model_that_would_win_once_let_in_needs_nothing_else(down: str, band: float) -> None:
    rows = config(BEST, WEAK, prices=PRICES, policies={"plain": policy(band)})
    assert set(kinds(rows, down, None, down)) == {"name"}


def test_an_exclusion_is_told_with_its_detail() -> None:
    rows = config(BEST, replace(WEAK, context=1), prices=PRICES)
    assert {flip.first for flip in flips(made(rows), "weak", features())} == {"context: 150 of 1 tokens"}


@pytest.mark.parametrize("rows", [config(BEST, model("weak", None)), config(BEST, WEAK, prices={"weak": ()})])
def test_a_model_without_ability_or_price_has_no_flips(rows: Config) -> None:
    assert flips(made(rows), "weak", features()) == ()


def test_an_exclusion_that_hides_a_missing_ability_does_not_break_the_explanation() -> None:
    rows = config(BEST, model("odd", None, capabilities=()), policies={"plain": policy(models=("best",))})
    assert all(flip.kind != "name" for flip in flips(made(rows), "odd", features()))


def test_a_model_of_another_kind_has_no_flips_even_if_it_is_named() -> None:
    rows = config(BEST, model("vectors", capabilities=("embeddings",)))
    assert flips(made(rows, ask("vectors")), "vectors", features()) == ()


def test_a_price_is_held_against_the_cheapest_of_its_like_inside_the_band() -> None:
    costs = {"win": 4, "next": 6, "lose": 8, "plain": 1, "out": 1}
    rates = {name: (price(str(cost), str(cost)),) for name, cost in costs.items()}
    rows = config(
        *(model(name, 2.0) for name in ("win", "next", "lose", "plain")),
        model("out", -2.0),
        prices=rates,
        policies={"plain": policy(0.1, prefer=(("win", "next", "lose", "out"),))},
    )
    assert made(rows).chosen == "win"
    flip = kinds(rows, "lose")["price"]
    assert (flip.now, flip.then, flip.size) == (1_200, pytest.approx(600, rel=1e-5), pytest.approx(0.5, abs=1e-5))


def test_the_band_must_leave_out_everything_that_is_cheaper() -> None:
    rows = config(
        BEST,
        model("middle", 1.5),
        WEAK,
        prices={**PRICES, "middle": (price("2", "2"),)},
        policies={"plain": policy(0.9)},
    )
    quality = {c.model: c.quality for c in made(rows).candidates}
    flip = kinds(rows, "best")["band"]
    assert flip.then == pytest.approx(quality["best"] - quality["middle"], abs=1e-5)
    assert flip.size == pytest.approx(0.9 - flip.then)
    narrow = kinds(replace(rows, policies={"plain": policy(0.1)}), "weak")["band"]
    assert (narrow.now, narrow.size) == (0.1, pytest.approx(narrow.then - 0.1))


def test_an_ability_may_have_to_leave_the_cheaper_behind_the_band() -> None:
    rows = config(BEST, model("cheap", 1.5), prices={"cheap": PRICES["weak"]}, policies={"plain": policy(0.2)})
    facts = features(difficulty=1.0)
    decision = decide(facts, ask(), builders.SITUATION, rows)
    quality = {c.model: c.quality for c in decision.candidates}
    assert decision.chosen == "cheap"
    flip = next(flip for flip in flips(decision, "best", facts) if flip.kind == "ability")
    assert flip.now == pytest.approx(2.0)
    assert flip.size == pytest.approx(quality["cheap"] + 0.2 - quality["best"], abs=1e-5)
    assert sigmoid(flip.then - 1.0) == pytest.approx(quality["cheap"] + 0.2, abs=1e-5)


def test_a_model_without_a_price_is_not_told_to_win_for_nothing() -> None:
    rows = config(BEST, model("odd", 2.0), policies={"plain": policy(models=("best",))}, prices={"odd": ()})
    assert flips(made(rows), "odd", features()) == ()


def test_a_model_that_was_asked_for_by_name_needs_only_to_be_let_in() -> None:
    flipped = flips(made(config(BEST, WEAK, prices=PRICES), ask("weak"), "weak"), "weak", features())
    assert [(flip.kind, flip.first) for flip in flipped][:1] == [("name", "unhealthy")]


def test_the_rule_of_choice_is_the_same_as_in_a_decision() -> None:
    decision = made(config(BEST, WEAK, prices=PRICES))
    assert winner(decision.candidates, 0.0, "cost") == "best"
    assert winner(decision.candidates, 1.0, "cost") == "weak"


def test_an_explanation_tells_every_model_with_exact_money() -> None:
    rows, facts, about = config(BEST, WEAK, prices=PRICES), features(), ask()
    explanation = explained(builders.exchange(made(rows), facts, about))
    assert (explanation["object"], explanation["chosen"], explanation["reason"]) == (
        "fungible.decision",
        "best",
        "policy",
    )
    assert explanation["features"] == facts
    assert [(row["model"], row["code"], row["cost_usd"]) for row in explanation["candidates"]] == [
        ("best", "chosen", "0.0006"),
        ("weak", "outside_band", "0.00015"),
    ]
    assert explanation["candidates"][0]["flips"] == ()
    assert {flip.kind for flip in explanation["candidates"][1]["flips"]} == {"band", "ability"}
