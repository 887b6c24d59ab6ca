"""Prices and costs in exact micro-dollars, as Decimal.

Invariant: no float ever enters, and no cost is below zero. USD per million tokens is micro-dollars per token, so a
cost is tokens times price and is never rounded before it is shown.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from router.types import Price, TokenRates, Usage

ZERO = Decimal(0)
_MICRO = Decimal("0.000001")
# A product of these, and a sum of two, has fewer than the 28 digits that a Decimal keeps.
MOST_TOKENS, _MOST_DIGITS = 10**13, 13


def price_on(prices: tuple[Price, ...], day: date) -> Price | None:
    """The price in force on a day, or None before the first; `prices` stand oldest first."""
    for price in reversed(prices):
        if price.since <= day:
            return price
    return None


def cost(
    price: Price,
    input_tokens: int,
    output_tokens: int,
    cached_input_tokens: int = 0,
    cache_write_5m_tokens: int = 0,
    cache_write_1h_tokens: int = 0,
) -> Decimal:
    """Micro-dollars for one call; input that was cached, or written to a cache, is part of it and is charged once."""
    cost = (input_tokens - cached_input_tokens) * price.input + output_tokens * price.output
    if cached_input_tokens:
        cost += cached_input_tokens * price.cached_input
    if cache_write_5m_tokens or cache_write_1h_tokens:
        cost += cache_surcharge(price, cache_write_5m_tokens, cache_write_1h_tokens)
    return cost


class Rates(NamedTuple):
    """A list price in whole numbers of a `unit` of micro-dollars, so that costs are sums of whole numbers."""

    input: int
    output: int
    unit: Decimal


def rates(price: Price) -> Rates | None:
    """A price as whole numbers; None where it has so many digits that a cost may not be exact.

    For fewer than `MOST_TOKENS` in all, `(input * rates.input + output * rates.output) * rates.unit` is what `cost`
    gives, to the last digit and zero.
    """
    each = price.input.as_tuple(), price.output.as_tuple()
    least = min(int(part.exponent) for part in each)
    if any(len(part.digits) + int(part.exponent) - least > _MOST_DIGITS for part in each):
        return None
    return Rates(_whole(price.input, least), _whole(price.output, least), Decimal((0, (1,), least)))


def _whole(rate: Decimal, least: int) -> int:
    return int(rate.scaleb(-least))


def cache_surcharge(rates: Price | TokenRates, tokens_5m: int, tokens_1h: int) -> Decimal:
    """What it costs above plain input that so much of it is written to a cache."""
    short, long = rates.cache_write_5m, rates.cache_write_1h
    added = ZERO if short is None else tokens_5m * (short - rates.input)
    return added if long is None else added + tokens_1h * (long - rates.input)


def usage_cost(price: Price, usage: Usage) -> Decimal:
    """Micro-dollars for what a call used."""
    return cost(
        price,
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_input_tokens,
        usage.cache_write_5m_tokens,
        usage.cache_write_1h_tokens,
    )


def usd(micro_dollars: Decimal) -> str:
    """Plain decimal dollars, exact: 1234.5 micro-dollars are "0.0012345"."""
    dollars = (micro_dollars * _MICRO).normalize()
    return f"{dollars:f}"
