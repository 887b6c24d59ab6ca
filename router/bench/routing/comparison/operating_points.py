"""Where a router that is a curve stands, when it is compared prompt by prompt.

Invariant: the one that others are compared with stands at the cheapest point that reaches 95 % of the best single
model's score, or at its best; another curve stands at its best point that costs no more than that, or at its cheapest.
"""

from collections.abc import Sequence

import numpy as np

from router.bench.routing.frontier import Standing

ENOUGH = 0.95


def reference_point(standing: Standing, best_single: float) -> int:
    """The place of the point at which the one that others are compared with stands."""
    enough = [place for place, mean in enumerate(standing.quality) if mean >= ENOUGH * best_single]
    if not enough:
        return int(np.argmax(standing.quality))
    return min(enough, key=lambda place: standing.costs[place])


def point_within(standing: Standing, cost: float) -> int:
    """The place of the best point that costs no more."""
    within = [place for place, price in enumerate(standing.costs) if price <= cost * (1 + 1e-9)]
    if not within:
        return int(np.argmin(standing.costs))
    return max(within, key=lambda place: (standing.quality[place], -standing.costs[place]))


def points(standings: Sequence[Standing], best_single: float, *, priced: bool) -> list[int]:
    """The place of each one's point, the first being what others are compared with.

    Without costs there is nothing to be equal in: a curve stands in the middle of its points.
    """
    if not priced:
        return [len(standing.quality) // 2 for standing in standings]
    first = reference_point(standings[0], best_single)
    return [first, *(point_within(standing, standings[0].costs[first]) for standing in standings[1:])]
