"""Prices of the package genai-prices, which carries its data: no network is asked."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from router.price_lists.listed import Dated, Listed

_FIELDS = {
    "input": ("input_mtok",),
    "output": ("output_mtok",),
    "cached_input": ("cache_read_mtok",),
    "cache_write_5m": ("cache_write_5m_mtok", "cache_write_mtok"),
    "cache_write_1h": ("cache_write_1h_mtok",),
}


class GenaiList:
    """Looks models up by their backend's address and name; raises ImportError where the package is not installed."""

    def __init__(self) -> None:
        from importlib.metadata import version

        from genai_prices.data import providers

        self.providers: list[Any] = list(providers)
        self.source = f"genai-prices {version('genai-prices')}"

    def look_up(self, asked: str, address: str) -> Listed | None:
        """What the list says of a model at an address; by its name alone where the address is nobody's."""
        for provider in self._providers(asked, address):
            model = provider.find_model(asked, all_providers=self.providers)
            if model is not None:
                return self._listed(model)
        return None

    def _providers(self, asked: str, address: str) -> list[Any]:
        at = [provider for provider in self.providers if address and re.search(provider.api_pattern, address)]
        if at or address:
            return at
        return [
            provider for provider in self.providers if provider.model_match and provider.model_match.is_match(asked)
        ]

    def _listed(self, model: Any) -> Listed:
        rows = model.prices if isinstance(model.prices, list) else None
        standard = (
            [(None, model.prices)] if rows is None else [(_start(row), row.prices) for row in rows if _by_day(row)]
        )
        dated = tuple(Dated(since, _prices(prices)) for since, prices in standard)
        by_hour = any(not _by_day(row) for row in rows or ())
        varies = (*_steps(standard[-1][1]), *(("has other prices at some hours of the day",) if by_hour else ()))
        return Listed(
            source=self.source,
            name=model.id,
            dated=tuple(sorted(dated, key=lambda row: row.since or date.min)),
            retired=bool(model.deprecated),
            varies=varies,
        )


def _by_day(row: Any) -> bool:
    return row.constraint is None or hasattr(row.constraint, "start_date")


def _start(row: Any) -> date | None:
    start: date | None = getattr(row.constraint, "start_date", None)
    return start


def _prices(prices: Any) -> dict[str, Decimal]:
    stated: dict[str, Decimal] = {}
    for ours, names in _FIELDS.items():
        price = next((price for name in names if (price := getattr(prices, name, None)) is not None), None)
        if price is not None:
            stated[ours] = Decimal(getattr(price, "base", price))
    return stated


def _steps(prices: Any) -> tuple[str, ...]:
    tiered = any(hasattr(getattr(prices, name, None), "tiers") for names in _FIELDS.values() for name in names)
    return ("has other prices for long requests",) if tiered else ()
