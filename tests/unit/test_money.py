"""Prices and costs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from builders import price

from router.money import Rates, cost, price_on, rates, usd

OLD, NEW = price(since=date(2026, 1, 1)), price("9", since=date(2026, 6, 1))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), OLD),
        (date(2026, 5, 31), OLD),
        (date(2026, 6, 1), NEW),
        (date(2030, 1, 1), NEW),
    ],
)
def test_the_price_in_force_is_the_last_that_began(day: date, expected: object) -> None:
    assert price_on((OLD, NEW), day) is expected


def test_a_cost_is_tokens_times_price_in_micro_dollars() -> None:
    assert cost(price("1.25", "10"), 1_000, 100) == Decimal("2250.00")
    assert cost(price("0.1", "0.2"), 3, 0) == Decimal("0.3")


def test_cached_input_is_charged_once_at_its_own_price() -> None:
    assert cost(price("1.25", "10", "0.125"), 1_000, 0, 800) == Decimal(250 + 100)


@pytest.mark.parametrize(
    ("micro", "dollars"),
    [("1234.5", "0.0012345"), ("0", "0"), ("1000000", "1"), ("25000000000", "25000"), ("0.000001", "0.000000000001")],
)
def test_dollars_are_plain_text(micro: str, dollars: str) -> None:
    assert usd(Decimal(micro)) == dollars


def test_what_is_written_to_a_cache_costs_what_its_time_costs() -> None:
    rates = replace(price("1", "2"), cache_write_5m=Decimal("1.25"), cache_write_1h=Decimal(2))
    assert cost(rates, 100, 0, cache_write_5m_tokens=40, cache_write_1h_tokens=10) == 100 + 10 + 10


def test_a_price_of_few_digits_is_whole_numbers_of_a_unit() -> None:
    assert rates(price("1.25", "10")) == Rates(125, 1000, Decimal("0.01"))
    assert rates(price("0", "1E+1")) == Rates(0, 10, Decimal(1))
    assert str(3 * Decimal("2E+1") + 2 * Decimal("1E+1")) == str((3 * 2 + 2 * 1) * Decimal("1E+1")) == "8E+1"
    assert rates(price("2E+1", "1E+1")) == Rates(2, 1, Decimal("1E+1"))


@pytest.mark.parametrize("dear", ["1.1234567890123", "0E-30", "1E-14"])
def test_a_price_of_many_digits_stays_as_it_is(dear: str) -> None:
    assert rates(price(dear, "1")) is None
    assert rates(price("1", dear)) is None
