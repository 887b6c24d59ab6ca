"""Prices and costs in exact micro-dollars, as Decimal.

Invariant: no float ever enters. USD per million tokens is micro-dollars per token, so a cost is tokens times price
and is never rounded before it is shown.
"""

from datetime import date
from decimal import Decimal

from router.types import Price

ZERO = Decimal(0)
_MICRO = Decimal("0.000001")


def price_on(prices: tuple[Price, ...], day: date) -> Price | None:
    """The price in force on a day, or None before the first; `prices` stand oldest first."""
    for price in reversed(prices):
        if price.since <= day:
            return price
    return None


def cost(price: Price, input_tokens: int, output_tokens: int, cached_input_tokens: int = 0) -> Decimal:
    """Micro-dollars for one call; cached input tokens are part of the input and are charged once."""
    cost = (input_tokens - cached_input_tokens) * price.input + output_tokens * price.output
    return cost + cached_input_tokens * price.cached_input if cached_input_tokens else cost


def usd(micro_dollars: Decimal) -> str:
    """Plain decimal dollars, exact: 1234.5 micro-dollars are "0.0012345"."""
    dollars = (micro_dollars * _MICRO).normalize()
    return f"{dollars:f}"
