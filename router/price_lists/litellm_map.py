"""Reads a price map in LiteLLM's form: model names to prices by token."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from router.price_lists.listed import Dated, Listed

_KEYS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}


def look_up(price_map: Mapping[str, Any], asked: str, source: str) -> Listed | None:
    """The entry of a model: by its whole name, else by the only price that the end of one gives."""
    if isinstance(price_map.get(asked), dict):
        return _listed(asked, price_map[asked], source)
    ends = [name for name, entry in price_map.items() if name.endswith(f"/{asked}") and isinstance(entry, dict)]
    entries = [_listed(name, price_map[name], source) for name in ends]
    prices = {tuple(sorted(entry.dated[0].prices.items())) for entry in entries if entry.dated}
    return entries[0] if len(prices) == 1 else None


def _listed(name: str, entry: Mapping[str, Any], source: str) -> Listed:
    prices = {ours: price for ours, key in _KEYS.items() if (price := _million(entry.get(key))) is not None}
    steps = sorted(key for key in entry if re.fullmatch(r"(input|output)_cost_per_token_above_\d+k_tokens", key))
    varies = (f"has other prices for long requests ({', '.join(steps)})",) if steps else ()
    return Listed(
        source=source,
        name=name,
        dated=(Dated(None, prices),) if prices else (),
        retires=_day(entry.get("deprecation_date")),
        varies=varies,
    )


def _million(value: object) -> Decimal | None:
    try:
        price = Decimal(str(value)) * 1_000_000
    except InvalidOperation:
        return None
    return price.normalize() if price.is_finite() and price >= 0 else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
