"""What a router scores at another's cost, and costs at another's score, as far as mixing by chance can bring it there.

Invariant: a router may be mixed with the cheapest and with the best single model, and its points with each other; what
cannot be reached costs infinitely much.
"""

import numpy as np

from router.bench.routing.measures import Array, hull


def score_at(cost: float, costs: Array, quality: Array, single: Array, price: Array) -> float:
    """The best mean score for so much; that of the cheapest model where even it costs more."""
    xs, ys = _mixed(costs, quality, single, price)
    return float(np.interp(cost, xs, ys))


def cost_for(score: float, costs: Array, quality: Array, single: Array, price: Array) -> float:
    """The least cost of so high a mean score; infinite where it is never reached."""
    xs, ys = _mixed(costs, quality, single, price)
    if score > ys[-1] + 1e-12:
        return float("inf")
    return float(np.interp(score, ys, xs))


def _mixed(costs: Array, quality: Array, single: Array, price: Array) -> tuple[Array, Array]:
    ends = [int(np.argmin(price)), int(np.argmax(single))]
    return hull(np.concatenate([costs, price[ends]]), np.concatenate([quality, single[ends]]))
