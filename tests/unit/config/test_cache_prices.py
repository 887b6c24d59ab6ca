"""Prices of what is written to a cache: stated ones stay, a maker's multiples stand in for those that are not."""

from decimal import Decimal

from builders import model, price

from router.config import load
from router.config.cache_prices import with_write_prices
from router.types import Deployment, Model, Price, ProviderRow

PROVIDERS = {"a": ProviderRow("anthropic"), "o": ProviderRow("openai")}


def writes(row: Model, dated: Price, *deployments: Deployment) -> tuple[Decimal | None, Decimal | None]:
    (filled,) = with_write_prices({"m": (dated,)}, [row], deployments, PROVIDERS)["m"]
    return filled.cache_write_5m, filled.cache_write_1h


def test_a_model_of_anthropics_api_has_its_makers_multiples() -> None:
    assert writes(model(provider="a"), price("3")) == (Decimal("3.75"), Decimal(6))


def test_another_has_none_unless_they_are_stated() -> None:
    assert writes(model(provider="o"), price("3")) == (None, None)
    assert writes(model(provider="gone"), price("3")) == (None, None)
    stated = Price(**{**_fields(price("3")), "cache_write_5m": Decimal(4)})
    assert writes(model(provider="o"), stated) == (Decimal(4), None)
    assert writes(model(provider="a"), stated) == (Decimal(4), Decimal(6))


def test_it_is_enough_that_one_of_its_deployments_is_there() -> None:
    assert writes(model(provider="o"), price("3"), Deployment("d", "m", "a")) == (Decimal("3.75"), Decimal(6))


def test_a_model_without_a_price_is_for_others_to_report() -> None:
    assert with_write_prices({}, [model(provider="a")], (), PROVIDERS) == {}


def test_no_shipped_model_is_asked_through_such_an_api() -> None:
    assert all(row.cache_write_5m is None for dated in load().prices.values() for row in dated)


def _fields(given: Price) -> dict[str, object]:
    return {name: getattr(given, name) for name in Price.__slots__}
