"""What is published of a model under a name: by the shipped lists, else by genai-prices where it is installed."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from router.cli.prices.genai_list import GenaiList
from router.config import load
from router.migration.litellm.known_models import Lookup, Published
from router.migration.litellm.rows.model_kinds import identity


def published() -> Lookup:
    """A look-up in the shipped catalog, then in genai-prices."""
    known, listed = _shipped(), _genai()
    return lambda name, upstream: known.get(name) or listed(upstream)


def _genai() -> Callable[[str], Published | None]:
    try:
        prices = GenaiList()
    except ImportError:
        return lambda _: None
    today = datetime.now(UTC).date()

    def look_up(upstream: str) -> Published | None:
        listed = prices.look_up(upstream, "")
        row = listed.on(today) if listed else None
        # A price of 0 is a promotion, or a gap: nobody wrote it.
        if listed is None or row is None or not (row.prices.get("input") and row.prices.get("output")):
            return None
        return Published(
            input=row.prices["input"],
            output=row.prices["output"],
            cached_input=row.prices.get("cached_input"),
            source=f"Price listed under this name ({listed.source}); the rest is assumed",
        )

    return look_up


def _shipped() -> dict[str, Published]:
    """The shipped models are stand-ins, their prices and sizes are published ones."""
    config = load()
    today = datetime.now(UTC).date()
    known: dict[str, Published] = {}
    for model in config.models:
        price = next((price for price in reversed(config.prices[model.id]) if price.since <= today), None)
        if price is None or price.status != "published":
            continue
        known[identity(model.id)] = Published(
            input=Decimal(price.input),
            output=Decimal(price.output),
            cached_input=Decimal(price.cached_input),
            context=model.context,
            max_output=model.max_output,
            capabilities=frozenset(model.capabilities),
            source=f"Published under this name ({price.source})",
        )
    return known
