"""The small texts inside a policy file mean one thing, or are refused with what would be right."""

import math
from decimal import Decimal

import pytest

from router.config.scalars import hours, interval, limit, minute

JUST_ABOVE, JUST_BELOW = math.nextafter(1.5, math.inf), math.nextafter(1.5, -math.inf)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">= 1.5", (1.5, math.inf)),
        ("> 1.5", (JUST_ABOVE, math.inf)),
        ("<1.5", (-math.inf, JUST_BELOW)),
        (" <= -.5 ", (-math.inf, -0.5)),
        (">= 0 and < 1.5", (0.0, JUST_BELOW)),
        ("< 2 and < 1.5 and > -1", (math.nextafter(-1, math.inf), JUST_BELOW)),
        (">= 2 and < 1", (2.0, math.nextafter(1, -math.inf))),
    ],
)
def test_a_comparison_is_an_interval(text: str, expected: tuple[float, float]) -> None:
    assert interval(text) == expected


@pytest.mark.parametrize(
    "text", ["", "1.5", "= 1", "== 1", "=> 1", ">= x", ">= 1e400", ">= 1 or < 0", ">= 1 and", "> nan", ">= 1, < 2"]
)
def test_anything_else_is_no_comparison(text: str) -> None:
    with pytest.raises(ValueError, match="write a comparison such as"):
        interval(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("09:00-18:00", (540, 1080)), ("22:00 - 06:00", (1320, 360)), ("00:00-24:00", (0, 1440))],
)
def test_a_stretch_of_the_day_is_in_minutes(text: str, expected: tuple[int, int]) -> None:
    assert hours(text) == expected


@pytest.mark.parametrize("text", ["", "9-18", "25:00-26:00", "09:60-10:00", "09:00-24:30", "09:00-09:00", "9am-6pm"])
def test_anything_else_is_no_stretch_of_the_day(text: str) -> None:
    with pytest.raises(ValueError, match="09:00"):
        hours(text)


def test_a_time_is_in_minutes() -> None:
    assert (minute("00:00"), minute("23:59")) == (0, 1439)
    with pytest.raises(ValueError, match="write a time of day"):
        minute("24:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500 USD", (Decimal(500_000_000), "USD")),
        ("0.000001 USD", (Decimal(1), "USD")),
        ("0 USD", (Decimal(0), "USD")),
        ("1,234.50 USD", (Decimal(1_234_500_000), "USD")),
        ("2_000_000 tokens", (Decimal(2_000_000), "tokens")),
        ("1 token", (Decimal(1), "tokens")),
        ("100 requests", (Decimal(100), "requests")),
    ],
)
def test_a_limit_has_a_unit(text: str, expected: tuple[Decimal, str]) -> None:
    assert limit(text) == expected


@pytest.mark.parametrize(
    "text", ["", "500", "500 EUR", "-1 USD", "1e3 USD", "USD 500", "1.5 tokens", "9999999999999 USD", "five USD"]
)
def test_a_limit_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write a limit|whole numbers|largest limit"):
        limit(text)
