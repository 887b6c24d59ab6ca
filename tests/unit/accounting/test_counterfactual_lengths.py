"""How long the answer would have been, and from whose answers that is taken."""

from decimal import Decimal
from typing import Any

import pytest

from router.accounting.savings.counterfactual_lengths import LEAST, Length, Lengths
from router.accounting.settled_request import Settled
from unit.money_samples import HOUSE, settled

MODELS = {model.id: model for model in HOUSE.models}


def moved(**changes: Any) -> Settled:
    """A request of a ramp that went to the house's own model."""
    return settled("own", asked="part", ramp="r", arm="moved", **changes)


def known(count: int, **changes: Any) -> Lengths:
    """Answers of the original, each of another length around 200."""
    lengths = Lengths()
    for number in range(count):
        fields = {"output": 200 + number % 3 - 1, "number": number, **changes}
        lengths.add(settled("part", **fields))
    return lengths


def held(count: int, **changes: Any) -> Lengths:
    return known(count, ramp="r", arm="holdback", **changes)


def test_what_was_served_has_its_own_length() -> None:
    assert held(60).of(settled("part", output=7), "part", MODELS) == Length(Decimal(7), "served")


def test_the_ramps_other_arms_come_first() -> None:
    lengths = held(LEAST)
    for number in range(500):
        lengths.add(settled("part", output=900, number=number))
    length = lengths.of(moved(), "part", MODELS)
    assert (length.basis, length.kind) == ("holdback", ("r", "part", "chat"))
    assert 199 < length.tokens < 201
    assert known(LEAST, ramp="r", arm="not_yet").of(moved(), "part", MODELS).basis == "holdback"


def test_then_other_answers_of_the_model_to_such_work() -> None:
    for lengths in (known(LEAST), known(LEAST, ramp="another", arm="holdback")):
        assert lengths.of(moved(), "part", MODELS).basis == "same_model"
    assert held(LEAST - 1).of(moved(), "part", MODELS).basis == "verbosity"


@pytest.mark.parametrize(
    "lengths",
    [
        Lengths(),
        known(LEAST - 1),
        known(99, task="law"),
        known(99, outcome="client_left"),
        known(99, asked="free"),
    ],
    ids=["none", "too few", "other work", "broken off", "in another's place"],
)
def test_else_the_served_answer_by_verbosity(lengths: Lengths) -> None:
    assert lengths.of(moved(output=100), "part", MODELS) == Length(Decimal(125), "verbosity")


def test_an_answer_that_broke_off_would_have_broken_off() -> None:
    assert held(99).of(moved(output=8, outcome="client_left"), "part", MODELS) == Length(Decimal(10), "verbosity")


def test_several_answers_are_as_many_means() -> None:
    assert held(30).of(moved(choices=3), "part", MODELS).tokens == 600
    assert held(30, choices=2).of(moved(), "part", MODELS).tokens == 100


def test_a_limit_holds_in_the_counterfactual_too_and_then_nothing_is_unsure() -> None:
    length = held(30).of(moved(output_limit=50, choices=2), "part", MODELS)
    assert length == Length(Decimal(100), "holdback")
    assert held(30, output=5_000).of(moved(), "part", MODELS).tokens == MODELS["part"].max_output


def test_the_mean_is_kept_to_a_millionth_and_knows_its_variance() -> None:
    lengths = Lengths()
    for number in range(LEAST + 1):
        lengths.add(settled("part", output=100 + (number == 0), number=number))
    assert lengths.of(moved(), "part", MODELS).tokens == Decimal("100.047619")
    kind = (None, "part", "chat")
    assert lengths.variance(kind) == pytest.approx(1 / 21**2, rel=0.1)
