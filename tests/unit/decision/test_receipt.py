"""What a receipt says once a request has ended."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import builders
import pytest
from builders import ask, config, ending, exchange, features, model, policy, price, ramp

from router.decision.decide import decide
from router.decision.receipt import Exchange, reason_served, settle, substituted
from router.types import Ask, Config, Offer, Situation

ROWS = config(
    model("asked", 3.0),
    model("spare", 2.0),
    prices={"asked": (price("2", "4", "1"),), "spare": (price("1", "1", "0.5"),)},
)


def stood(about: Ask, rows: Config = ROWS) -> Exchange:
    facts = features()
    return exchange(decide(facts, about, builders.SITUATION, rows), facts, about)


def test_a_receipt_holds_what_happened_and_all_it_was_decided_from() -> None:
    logged = stood(ask())
    receipt = settle(logged, ending("asked"), ROWS)
    assert (receipt.id, receipt.time, receipt.request_id) == ("id-1", builders.TIME, "request-1")
    assert (receipt.asked, receipt.chosen, receipt.served, receipt.outcome) == ("plain", "asked", "asked", "ok")
    assert (receipt.decision, receipt.features) == (logged.decision, logged.features)
    assert (receipt.ask, receipt.situation) == (logged.ask, logged.situation)
    assert (receipt.duration_ms, receipt.first_chunk_ms, len(receipt.attempts)) == (7.5, 2.5, 1)


def test_money_is_for_the_model_that_served_and_the_same_tokens_at_the_baseline() -> None:
    receipt = settle(stood(ask()), ending("spare"), ROWS)
    assert receipt.cost == Decimal(100 + 60 + 10)
    assert receipt.baseline_cost == Decimal(200 + 240 + 20)


def test_where_nothing_answered_nothing_is_charged() -> None:
    receipt = settle(stood(ask()), ending(None), ROWS)
    assert (receipt.served, receipt.usage, receipt.cost, receipt.baseline_cost) == (None, None, 0, 0)


@pytest.mark.parametrize("served", [None, "asked"])
@pytest.mark.parametrize("charge", ["served", "asked"])
def test_tokens_without_a_model_or_a_model_without_tokens_are_not_charged(served: str | None, charge: str) -> None:
    logged = stood(ask(), replace(ROWS, policies={"plain": policy(charge=charge)}))
    usage = None if served else ending("asked").usage
    receipt = settle(logged, replace(ending("asked"), served=served, usage=usage), ROWS)
    assert (receipt.cost, receipt.baseline_cost, receipt.charged) == (0, 0, 0)


@pytest.mark.parametrize(("charge", "charged"), [("asked", 460), ("served", 170)])
def test_who_is_charged_as_asked_pays_the_price_of_the_model_that_was_named(charge: str, charged: int) -> None:
    rows, about = replace(ROWS, policies={"plain": policy(charge=charge)}), ask("asked")
    down = Situation(builders.DAY, ("asked",))
    receipt = settle(exchange(decide(features(), about, down, rows), features(), about, down), ending("spare"), rows)
    assert (receipt.decision.baseline, receipt.charged, receipt.cost) == ("spare", charged, 170)
    assert substituted(receipt), "what was named is down, so another answers than was asked"


def test_notes_and_offers_are_kept_in_their_places() -> None:
    offers = (Offer("place", "taken"),)
    receipt = settle(replace(stood(ask()), notes=("first",)), ending("asked", notes=("last",), offers=offers), ROWS)
    assert (receipt.notes, receipt.offers) == (("first", "last"), offers)


@pytest.mark.parametrize(("limit", "expected"), [(0, 100 + 3 * 50), (10, 100 + 3 * 10), (90, 100 + 3 * 50)])
def test_so_many_tokens_are_expected_as_the_client_allows_for_each_answer(limit: int, expected: int) -> None:
    facts = features(output_limit=limit, choices=3)
    assert replace(stood(ask()), features=facts).expected_tokens == expected


def test_what_has_no_price_costs_nothing() -> None:
    assert settle(stood(ask()), ending("asked"), replace(ROWS, prices={})).cost == 0


@pytest.mark.parametrize(
    ("name", "served", "swapped"),
    [(None, "asked", False), (None, "spare", True), ("spare", "spare", False), ("spare", "asked", True)],
)
def test_a_substitution_is_another_model_than_was_named_or_chosen(name: str, served: str, swapped: bool) -> None:
    assert substituted(settle(stood(ask(name)), ending(served), ROWS)) is swapped


def test_a_ramp_substitutes_and_nothing_served_does_not() -> None:
    moved = replace(ROWS, ramps=(ramp("asked", "spare"),))
    assert substituted(settle(stood(ask(), moved), ending("spare"), moved))
    assert not substituted(settle(stood(ask()), ending(None), ROWS))


def test_why_it_served_is_the_decisions_reason_unless_it_stood_in() -> None:
    logged = stood(ask())
    assert [reason_served(settle(logged, ending(name), ROWS)) for name in ("asked", "spare", None)] == [
        "policy",
        "fallback",
        "policy",
    ]


@pytest.mark.parametrize(
    ("charge", "name", "charged"), [("served", None, 170), ("asked", None, 460), ("asked", "spare", 170)]
)
def test_what_is_charged_is_the_price_of_what_served_or_of_what_was_asked_for(
    charge: Any, name: str | None, charged: int
) -> None:
    """Where a policy was asked for, its own choice stands for what was asked."""
    rows = replace(ROWS, policies={"plain": replace(ROWS.policies["plain"], charge=charge)})
    receipt = settle(stood(ask(name), rows), ending("spare"), rows)
    assert (receipt.cost, receipt.charged) == (170, charged)


def test_what_could_not_be_honoured_of_the_request_stands_before_what_changed_on_the_way() -> None:
    noted = replace(stood(ask()), notes=("dropped:reasoning",))
    changed = replace(ending("asked"), notes=("renamed:max_tokens=max_completion_tokens",))
    assert settle(noted, changed, ROWS).notes == ("dropped:reasoning", "renamed:max_tokens=max_completion_tokens")


@pytest.mark.parametrize("charge", ["served", "asked"])
def test_an_answer_that_is_given_again_costs_nothing_and_says_what_a_call_would_have(charge: Any) -> None:
    rows = replace(ROWS, policies={"plain": policy(charge=charge)})
    again = settle(stood(ask(), rows), ending("asked", cached_from="id-0", attempts=()), rows)
    called = settle(stood(ask(), rows), ending("asked"), rows)
    assert (again.cost, again.charged, again.cached_from) == (0, 0, "id-0")
    assert again.baseline_cost == called.cost > 0
    assert (reason_served(again), reason_served(called), again.usage) == ("cache", "policy", called.usage)
