"""What one settled request weighs towards the limits of a ramp."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from builders import SITUATION, ask, ending, exchange, features

from router.accounting.contracts.ramp_cap_weights import Weight, Weights
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
    weight = Weights(config).of(receipt(config, served))
    assert weight is not None
    assert weight.shifted == 0
    assert weight.earned == (Decimal("0.2") * 702 if served == "part" else 0)


def test_a_ramp_whose_substitute_failed_shifts_nothing() -> None:
    config = house({"partners": SHARES}, ramps=[ramp(1)])
    weight = Weights(config).of(receipt(config, "part"))
    assert weight is not None
    assert (weight.owner, weight.shifted) == ("Partner", 0)


def test_charged_as_asked_the_weight_is_what_was_charged() -> None:
    config = house({"partners": SHARES}, ramps=[ramp(1)])
    weight = Weights(config).of(receipt(config, charge="asked"))
    assert weight is not None
    assert (weight.owner, weight.charged, weight.shifted) == ("House", 702, 702)


def test_nobody_and_nobody_known_weigh_nothing() -> None:
    config = house()
    original = receipt(config)
    assert Weights(config).of(replace(original, served=None, usage=None)) is None
    assert Weights(config).of(replace(original, served="gone")) is None
