"""What one settled request weighs towards the limits of a ramp, and which commitments hold on a day."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from builders import SITUATION, ask, ending, exchange, features

from router.accounting.contracts.ramp_cap_weights import Due, Weight, Weights, dues
from router.decision.decide import decide
from router.decision.receipt import settle
from router.types import Config, Receipt
from unit.money_samples import TERM, house, ramp

SHARES = {"Partner": {"shares": [{**TERM, "name": "s", "rate": 0.2}]}}


def receipt(config: Config, served: str | None = None, **changes: Any) -> Receipt:
    facts, about = features(), ask(model="part")
    decision = replace(decide(facts, about, SITUATION, config), **changes)
    return settle(exchange(decision, facts, about), ending(served or decision.chosen), config)


def test_a_moved_request_shifts_what_the_original_would_have_been_charged() -> None:
    config = house({"partners": SHARES}, ramps=[ramp(1)])
    # 120 tokens in, 20 of them cached, and 60 out.
    assert Weights(config).of(receipt(config)) == Weight("House", Decimal(171), Decimal(702), Decimal(0))


@pytest.mark.parametrize("served", ["part", "free"])
def test_what_did_not_move_shifts_nothing(served: str) -> None:
    config = house({"partners": SHARES})
    found = Weights(config).of(receipt(config, served))
    assert found is not None
    assert found.shifted == 0
    assert found.earned == (Decimal("0.2") * 702 if served == "part" else 0)


def test_a_ramp_whose_substitute_failed_shifts_nothing() -> None:
    config = house({"partners": SHARES}, ramps=[ramp(1)])
    found = Weights(config).of(receipt(config, "part"))
    assert found is not None
    assert (found.owner, found.shifted) == ("Partner", 0)


def test_charged_as_asked_the_weight_is_what_was_charged() -> None:
    config = house({"partners": SHARES}, ramps=[ramp(1)])
    found = Weights(config).of(receipt(config, charge="asked"))
    assert found is not None
    assert (found.owner, found.charged, found.shifted) == ("House", 702, 702)


def test_nobody_and_nobody_known_weigh_nothing() -> None:
    config = house()
    one = receipt(config)
    assert Weights(config).of(replace(one, served=None, usage=None)) is None
    assert Weights(config).of(replace(one, served="gone")) is None


def test_the_commitments_of_a_day() -> None:
    terms = [
        {**TERM, "name": "month", "amount": 5, "per": "month", "since": "2026-01-15"},
        {**TERM, "name": "whole", "amount": 7, "per": "term", "since": "2026-01-01", "until": "2027-01-01"},
        {**TERM, "name": "over", "amount": 9, "per": "year", "since": "2025-01-01", "until": "2026-01-01"},
    ]
    contracts = house({"partners": {"Partner": {"commitments": terms}}}).contracts
    assert dues(contracts, date(2026, 3, 1)) == (
        Due("Partner", "month", Decimal(5_000_000), date(2026, 2, 15), date(2026, 3, 15)),
        Due("Partner", "whole", Decimal(7_000_000), date(2026, 1, 1), date(2027, 1, 1)),
    )
    assert [one.name for one in dues(contracts, date(2025, 6, 1))] == ["over"]
    assert dues(contracts, date(2024, 6, 1)) == ()
