"""The rule of choice for whole tables at once: the same winner as decide(), prompt by prompt.

Invariant: among the models within the band of the best predicted quality the cheapest wins, ties by name; a property
test holds this equal to `decide()`.
"""

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.measures import Array


def choose(quality: Array, cost: Array, names: tuple[str, ...], band: float) -> NDArray[np.intp]:
    """The winner's column for each row of predicted qualities and costs (prompts x models)."""
    order = np.argsort(np.array(names), kind="stable")
    inside = quality >= quality.max(axis=1, keepdims=True) - band
    price = np.where(inside, cost, np.inf)[:, order]
    picked: NDArray[np.intp] = order[np.argmin(price, axis=1)]
    return picked


def realized(table: Array, picked: NDArray[np.intp]) -> Array:
    """What each prompt got: its chosen model's entry."""
    got: Array = np.take_along_axis(table, picked[:, None], axis=1)[:, 0]
    return got
