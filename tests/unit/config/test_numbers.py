"""Numbers in texts are read in one way, or refused with both."""

from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from router.config import from_documents, load
from router.config.load import with_policies
from router.config.numbers import number, refuse_doubtful, spaced
from router.config.scalars import WRITTEN_NOW, Allowance, Comparison, Duration, Limit, Money
from router.errors import ConfigError

POLICY = 'default: b\npolicies:\n  b:\n    because: x\n    band: 0\n    budgets: [{name: s, limit: "%s", per: day}]\n'


@pytest.mark.parametrize(
    "text", ["1", "500", "0.5", "1.", "1.25", "1.125", "2 000 000", "2_000_000", "2,000,000", "1,234.50", "12 345.6"]
)
def test_what_can_be_read_in_one_way_alone_is_taken(text: str) -> None:
    refuse_doubtful(text)


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("1,5", '"1.5 USD" or "15 USD"'),
        ("0,50", '"0.5 USD" or "50 USD"'),
        ("1,000", '"1 USD" or "1000 USD"'),
        ("1.500", '"1.5 USD" or "1500 USD"'),
        ("1.000", '"1 USD" or "1000 USD"'),
        ("1 234,5", '"1234.5 USD"'),
        ("1.234,50", '"1234.5 USD"'),
        ("1.000.000", '"1000000 USD"'),
        ("1,00,000", '"100000 USD"'),
        ("1 5", '"15 USD"'),
    ],
)
def test_what_can_be_read_otherwise_is_refused_with_what_to_write(text: str, ways: str) -> None:
    with pytest.raises(ValueError, match="write") as caught:
        refuse_doubtful(text, "USD")
    assert f"write {ways};" in str(caught.value)


def test_a_number_alone_is_told_without_a_unit() -> None:
    with pytest.raises(ValueError, match=r'write "1\.5" or "15";'):
        refuse_doubtful("1,5")


def test_what_a_ledger_keeps_is_read_as_it_always_was() -> None:
    assert number("1,5") == 15
    assert number("1_234.50") == Decimal("1234.50")
    with pytest.raises(ValueError, match="is no number"):
        number("1.2.3")
    assert spaced(1234567) == "1 234 567"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Limit, "1,5 USD"),
        (Limit, "50.000 tokens"),
        (Money, "1,5 USD"),
        (Allowance, "0,50 USD per month"),
        (Comparison, ">= 0 and < 1,5"),
        (Comparison, "> 50.000"),
        (Duration, "1,5 hours"),
    ],
)
def test_every_text_with_a_number_is_held_to_it(kind: object, text: str) -> None:
    with pytest.raises(ValidationError, match="two ways"):
        TypeAdapter(kind).validate_python(text, context=WRITTEN_NOW)


def test_a_file_is_refused_that_a_kept_revision_may_hold() -> None:
    shipped = load()
    with pytest.raises(ConfigError, match=r'"1 USD" or "1000 USD"'):
        with_policies(shipped, (POLICY % "1,000 USD").encode())
    sound = with_policies(shipped, (POLICY % "1000 USD").encode())
    kept: dict[str, object] = {**sound.documents}
    kept["policies.yaml"] = {
        "default": "b",
        "policies": {"b": {"because": "x", "band": 0, "budgets": [{"name": "s", "limit": "1,000 USD", "per": "day"}]}},
    }
    assert from_documents(kept).policies["b"].budgets[0].limit == Decimal(1_000_000_000)
