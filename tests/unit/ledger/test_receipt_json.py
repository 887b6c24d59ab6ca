"""A receipt can be written whatever it holds, and reads as a receipt again."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson
import pytest
from builders import SITUATION, ask, config, ending, exchange, features, model
from hypothesis import example, given
from hypothesis import strategies as st

from router.decision.decide import decide
from router.decision.receipt import settle
from router.ledger.packed_request import SIZE, pack
from router.ledger.receipt_json import CLAMPED, encode
from router.types import Caller, Receipt, Usage

ROWS = config(model())
READ, ASK = features(), ask()
RECEIPT = settle(exchange(decide(READ, ASK, SITUATION, ROWS), READ, ASK), ending("m"), ROWS)
ODD = st.integers() | st.floats() | st.text(st.characters(), max_size=3) | st.decimals() | st.binary(max_size=2)


def test_what_json_can_hold_is_written_as_it_is() -> None:
    assert CLAMPED not in orjson.loads(encode(RECEIPT))["notes"]


@pytest.mark.parametrize(("number", "kept"), [(10**20, 2**63 - 1), (-(10**20), -(2**63)), (2**63 - 1, 2**63 - 1)])
def test_a_number_beyond_64_bits_is_the_nearest_and_said_so(number: int, kept: int) -> None:
    odd = replace(RECEIPT, features=features(output_limit=number), usage=Usage(number, 1, 0, "backend"))
    told = orjson.loads(encode(odd))
    assert (told["features"]["output_limit"], told["usage"]["input_tokens"]) == (kept, kept)
    assert (CLAMPED in told["notes"]) == (number != kept)
    assert told["decision"] == orjson.loads(encode(RECEIPT))["decision"]
    assert (told["cost"], told["time"]) == (str(RECEIPT.cost), "2026-11-01T12:00:00.250000Z")


def can_be_a_key(value: object) -> bool:
    """All but a signaling NaN, which no dictionary takes."""
    return not (isinstance(value, Decimal) and value.is_snan())


@given(ODD, ODD, ODD, ODD, ODD.filter(can_be_a_key))
@example(Decimal("sNaN"), Decimal("sNaN"), 0, Decimal("sNaN"), 0)
def test_every_receipt_is_written(detail: Any, number: Any, other: Any, name: Any, key: Any) -> None:
    odd = replace(
        RECEIPT,
        notes=(detail, {key: (number, True, None)}),  # type: ignore[arg-type]
        usage=Usage(number, other, 0, "backend"),
        ask=replace(ASK, caller=Caller(name, None, None, (detail,))),
        cost=Decimal("NaN"),
    )
    told = orjson.loads(encode(odd))
    assert told.keys() == set(Receipt.__slots__)


@given(st.integers(), st.integers(), st.integers())
def test_a_number_that_no_field_of_a_row_holds_is_the_nearest(taken: int, given_: int, choices: int) -> None:
    odd = features(input_tokens=taken, output_tokens=given_, choices=choices, traits=(1.0,) * 70_000)
    assert len(pack("id", odd, ASK, SITUATION, lambda _: 0)) == SIZE + 8 * (2**16 - 1)
