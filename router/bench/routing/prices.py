"""What each prompt costs with each model: from the table itself, or from prices and a length that is assumed.

Invariant: a cost is a finite number that is not negative; whether lengths were assumed is part of the answer.
"""

from math import isfinite
from pathlib import Path

import numpy as np
import orjson

from router.bench.routing.measures import Array
from router.bench.routing.outcome_table import Outcomes
from router.config.files.text_file import read_text
from router.errors import ConfigError
from router.types import Config

# A model's answers are not in most tables; their length is assumed where costs are worked out from prices.
ASSUMED_OUTPUT_TOKENS = 200
CHARACTERS_A_TOKEN = 4
Prices = dict[str, tuple[float, float]]
LIKE = '{"model": {"input_price": 0.2, "output_price": 0.6}}, in USD per million tokens'


def costs_of(table: Outcomes, prices: Prices | None, lengths: Array | None = None) -> Array | None:
    """USD per 1,000 prompts, for each prompt and model; None where neither prices nor the table say it.

    `lengths` are tokens of the answers (prompts x models), where they are known.
    """
    if prices is None:
        return None if table.costs is None else 1000 * table.costs
    if missing := [model for model in table.models if model not in prices]:
        raise ConfigError([f"{table.name}: no price for {', '.join(missing)}"])
    taken = np.array([len(prompt) / CHARACTERS_A_TOKEN for prompt in table.prompts])
    inputs, outputs = (np.array([prices[model][part] for model in table.models]) for part in (0, 1))
    given = ASSUMED_OUTPUT_TOKENS if lengths is None else lengths
    costs: Array = (taken[:, None] * inputs + given * outputs) / 1000
    return costs


def catalog_prices(table: Outcomes, config: Config) -> Prices | None:
    """The catalog's latest prices, where it has all of the table's models."""
    if not set(table.models) <= set(config.prices):
        return None
    latest = {model: max(config.prices[model], key=lambda price: price.since) for model in table.models}
    return {model: (float(price.input), float(price.output)) for model, price in latest.items()}


def source_of_costs(prices: Prices | None, *, measured: bool = False) -> str:
    """Where costs come from, in words; `measured` is whether the table says how long answers were."""
    if prices is not None and measured:
        return "prices, with the lengths of the table's answers"
    return "costs of the table" if prices is None else f"prices, with answers assumed at {ASSUMED_OUTPUT_TOKENS} tokens"


def read_prices(path: Path) -> Prices:
    """USD per million tokens in and out by model, from JSON `{model: {"input_price": .., "output_price": ..}}`."""
    try:
        rows = orjson.loads(read_text(path))
        prices = {model: (float(row["input_price"]), float(row["output_price"])) for model, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError([f"{path}: is not JSON like {LIKE} ({error})"]) from None
    faults = [
        f"{path}: the {side}_price of {model!r} is {price}, which is no price: give a number of 0 or more"
        for model, both in prices.items()
        for side, price in zip(("input", "output"), both, strict=True)
        if not isfinite(price) or price < 0
    ]
    if faults:
        raise ConfigError(faults)
    return prices
