"""The prices of what is written to a cache, where a maker publishes them as multiples of its price of input.

Invariant: a price that is stated stays as it is; a model that is asked through no such maker's API gets none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from router.types import Deployment, Model, Price, ProviderRow


class Multiples(NamedTuple):
    """How many times the price of input it costs to write to a cache that keeps it so long."""

    five_minutes: Decimal
    hour: Decimal


# By adapter. Anthropic states them for all its models at once, in its pages on prompt caching.
PUBLISHED: Mapping[str, Multiples] = {"anthropic": Multiples(Decimal("1.25"), Decimal(2))}


def with_write_prices(
    prices: Mapping[str, tuple[Price, ...]],
    models: Iterable[Model],
    deployments: Iterable[Deployment],
    providers: Mapping[str, ProviderRow],
) -> dict[str, tuple[Price, ...]]:
    """The same prices, with those of writes for each model that is asked through an API whose maker publishes them."""
    places = [(model.id, model.provider) for model in models]
    places += [(place.model, place.provider) for place in deployments]
    filled = dict(prices)
    for model, provider in places:
        multiples = PUBLISHED.get(providers[provider].adapter) if provider in providers else None
        if multiples and model in filled:
            filled[model] = tuple(_filled(price, multiples) for price in filled[model])
    return filled


def _filled(price: Price, multiples: Multiples) -> Price:
    short, long = price.cache_write_5m, price.cache_write_1h
    return replace(
        price,
        cache_write_5m=price.input * multiples.five_minutes if short is None else short,
        cache_write_1h=price.input * multiples.hour if long is None else long,
    )
