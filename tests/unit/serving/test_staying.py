"""A conversation stays where it is cached while that is worth more than the policy's choice, and within consent."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from builders import SITUATION, ask, config, ending, exchange, features, model, policy, price, ramp

from router.decision.decide import decide
from router.decision.receipt import settle, substituted
from router.money import usage_cost
from router.types import Config, Decision, Usage, Warm

# 1,000 tokens in, 50 out: `dear` costs 2,100 micro-dollars and with all of its input cached 300, `cheap` 1,100.
CHEAP, DEAR = model("cheap", 1.0), model("dear", 1.0, owner="Other")
PRICES = {"cheap": (price("1", "2", "0.1"),), "dear": (price("2", "2", "0.2"),)}
ROWS = config(CHEAP, DEAR, prices=PRICES, policies={"plain": policy(0.1)})
READ = features(input_tokens=1_000)


def made(tokens: int = 1_000, rows: Config = ROWS, holder: str = "dear", **about: Any) -> Decision:
    return decide(READ, ask(**about), replace(SITUATION, warm=(Warm(holder, tokens),)), rows)


def test_it_stays_while_the_saving_is_worth_more() -> None:
    decision = made(1_000)
    assert (decision.chosen, decision.baseline, decision.reason) == ("dear", "cheap", "affinity")
    assert decision.candidate("dear").cost == Decimal(300)
    assert decision.candidate("cheap").code == "dearer"
    assert decision.fallbacks == ("cheap",)


@pytest.mark.parametrize(("tokens", "chosen"), [(555, "cheap"), (556, "dear")])
def test_it_goes_as_soon_as_it_is_not(tokens: int, chosen: str) -> None:
    assert made(tokens).chosen == chosen


def test_where_the_policys_choice_is_warm_nothing_changes() -> None:
    decision = made(holder="cheap")
    assert (decision.chosen, decision.reason, decision.candidate("cheap").cost) == ("cheap", "policy", Decimal(1_100))


def test_a_model_outside_the_band_is_not_stayed_with() -> None:
    assert made(rows=config(CHEAP, replace(DEAR, abilities=model("x", 0.0).abilities), prices=PRICES)).chosen == "cheap"


@pytest.mark.parametrize(("consent", "chosen"), [("exact", "cheap"), ("owner", "cheap"), ("any", "dear")])
def test_it_stays_within_consent(consent: str, chosen: str) -> None:
    assert made(consent=consent).chosen == chosen


def test_a_model_that_is_named_is_served_whatever_is_cached() -> None:
    assert (made(model="cheap").chosen, made(model="cheap").reason) == ("cheap", "asked")


def test_where_a_named_model_cannot_serve_the_place_of_another_is_kept() -> None:
    gone = model("gone", context=10)
    decision = made(rows=config(CHEAP, DEAR, gone, prices=PRICES, policies={"plain": policy(0.1)}), model="gone")
    assert (decision.chosen, decision.reason) == ("dear", "affinity")


@pytest.mark.parametrize(("share", "chosen", "reason"), [(0.0, "cheap", "policy"), (1.0, "third", "ramp")])
def test_where_a_ramp_has_a_say_nothing_stays(share: float, chosen: str, reason: str) -> None:
    rows = config(
        CHEAP,
        DEAR,
        model("third", 1.0),
        prices={**PRICES, "third": (price("9", "9"),)},
        policies={"plain": policy(0.1)},
        ramps=(ramp("cheap", "third", share),),
    )
    decision = made(rows=rows)
    assert (decision.chosen, decision.reason) == (chosen, reason)


def test_a_policy_for_speed_looks_at_no_cache() -> None:
    rows = config(CHEAP, DEAR, prices=PRICES, policies={"plain": policy(0.1, optimize="latency")})
    assert made(rows=rows).reason == "policy"


def test_the_tokens_are_those_of_the_models_tokenizer_and_never_more_than_the_input() -> None:
    rows = replace(ROWS, tokenizers={"t": replace(ROWS.tokenizers["t"], relative={"other": 1.5})})
    assert made(999, rows).candidate("dear").cost == (1_500 - 1_498) * 2 + 1_498 * Decimal("0.2") + 100
    assert made(5_000, rows).candidate("dear").cost == 1_500 * Decimal("0.2") + 100
    own = replace(ROWS, tokenizers={"t": replace(ROWS.tokenizers["t"], relative={"en": 1.5, "other": 3.0})})
    assert made(999, own).candidate("dear").cost == (1_500 - 1_498) * 2 + 1_498 * Decimal("0.2") + 100
    bare = replace(ROWS, tokenizers={"t": replace(ROWS.tokenizers["t"], relative={"ko": 1.5})})
    assert made(900, bare).candidate("dear").cost == 100 * 2 + 900 * Decimal("0.2") + 100


def test_the_receipt_counts_the_tokens_as_new_for_the_model_that_had_none() -> None:
    situation = replace(SITUATION, warm=(Warm("dear", 1_000),))
    exchanged = exchange(made(), READ, ask(), situation)
    receipt = settle(exchanged, ending("dear", usage=Usage(1_000, 50, 960, "backend")), ROWS)
    assert substituted(receipt)
    assert receipt.cost == 40 * 2 + 960 * Decimal("0.2") + 100
    assert receipt.baseline_cost == 1_100


def test_what_the_model_that_was_stayed_with_had_cached_is_what_it_says() -> None:
    situation = replace(SITUATION, warm=(Warm("dear", 600),))
    receipt = settle(
        exchange(made(600), READ, ask(), situation), ending("dear", usage=Usage(1_000, 50, 960, "backend")), ROWS
    )
    assert receipt.cost == 40 * 2 + 960 * Decimal("0.2") + 100


def test_the_other_model_is_reckoned_with_what_it_had_cached_itself() -> None:
    situation = replace(SITUATION, warm=(Warm("dear", 1_000), Warm("cheap", 300)))
    decision = decide(READ, ask(), situation, ROWS)
    receipt = settle(
        exchange(decision, READ, ask(), situation), ending("dear", usage=Usage(1_000, 50, 960, "backend")), ROWS
    )
    assert (receipt.decision.reason, receipt.decision.baseline) == ("affinity", "cheap")
    assert receipt.baseline_cost == 700 + 300 * Decimal("0.1") + 100


@pytest.mark.parametrize("served", ["dear", "cheap", "third"])
@pytest.mark.parametrize("charge", ["served", "asked"])
def test_cost_and_charge_are_of_the_tokens_that_were_used_whoever_serves(served: str, charge: Any) -> None:
    """Also where another model steps in for the one that was stayed with: accounting books the same tokens."""
    prices = PRICES | {"third": PRICES["cheap"]}
    rows = config(CHEAP, DEAR, model("third", 1.0), prices=prices, policies={"plain": policy(0.1, charge=charge)})
    situation = replace(SITUATION, warm=(Warm("dear", 1_000),))
    decision = decide(READ, ask(), situation, rows)
    usage = Usage(1_000, 50, 960, "backend")
    receipt = settle(exchange(decision, READ, ask(), situation), ending(served, usage=usage), rows)
    assert (decision.reason, decision.baseline) == ("affinity", "cheap")
    of_price = {name: usage_cost(rows.prices[name][0], usage) for name in ("dear", "cheap", "third")}
    assert receipt.cost == of_price[served]
    assert receipt.charged == of_price["cheap" if charge == "asked" else served]
