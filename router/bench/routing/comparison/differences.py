"""Each contender less the first one, in every measure, over the same resamples.

Invariant: all differences of a table are one family: their intervals hold together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from router.bench.routing.comparison.equal_terms import cost_for, score_at
from router.bench.routing.comparison.simultaneous import Drawn, together
from router.bench.routing.frontier import Standing
from router.bench.routing.measures import Array
from router.bench.routing.strong_weak import PairScore

PRICED = {"AIQ": 0, "regret": 3, "arena score": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A contender less the first one: `p` is corrected for all that were looked at. Costs are USD per 1,000 prompts."""

    contender: str
    measure: str
    value: float
    low: float
    high: float
    p: float

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @property
    def is_shown(self) -> bool:
        """Whether the interval leaves out nothing at all."""
        return self.low > 0 or self.high < 0


def differences(
    standings: Sequence[Standing],
    places: Sequence[int],
    pairs: Mapping[str, PairScore],
    *,
    priced: bool,
) -> tuple[Difference, ...]:
    """All differences with the first one; `pairs` are APGRs by the contender's name, where there are any."""
    rows: list[tuple[str, str, Drawn]] = []
    first, at = standings[0], places[0]
    for standing, place in zip(standings[1:], places[1:], strict=True):
        drawn = _scores(first, at, standing, place)
        if priced:
            drawn |= _priced(first, at, standing, place)
        if first.name in pairs and standing.name in pairs:
            drawn["APGR"] = _apgr(pairs[first.name], pairs[standing.name])
        wide = max(first.widened, standing.widened)
        rows += [(standing.name, name, Drawn(each.value, each.draws, wide)) for name, each in drawn.items()]
    corrected = together([drawn for _, _, drawn in rows])
    return tuple(
        Difference(contender=name, measure=measure, value=own.value, low=own.low, high=own.high, p=own.p)
        for (name, measure, _), own in zip(rows, corrected, strict=True)
    )


def _scores(first: Standing, at: int, standing: Standing, place: int) -> dict[str, Drawn]:
    value = standing.quality[place] - first.quality[at]
    return {"score": Drawn(value, standing.draws.quality[:, place] - first.draws.quality[:, at])}


def _apgr(first: PairScore, other: PairScore) -> Drawn:
    return Drawn(other.apgr.value - first.apgr.value, other.draws - first.draws)


def _priced(first: Standing, at: int, standing: Standing, place: int) -> dict[str, Drawn]:
    cost = Drawn(standing.costs[place] - first.costs[at], standing.draws.costs[:, place] - first.draws.costs[:, at])
    own, other = (np.array([each.aiq.value, 0, 0, each.regret.value, each.arena.value]) for each in (standing, first))
    drawn = {
        name: Drawn(
            float(own[column] - other[column]), standing.draws.figures[:, column] - first.draws.figures[:, column]
        )
        for name, column in PRICED.items()
    }
    return {"cost": cost} | _at_equal(first, at, standing) | drawn


def _at_equal(first: Standing, at: int, standing: Standing) -> dict[str, Drawn]:
    """At the first one's cost the score, and at its score the cost."""
    draws, many = standing.draws, len(standing.draws.costs)
    aims = np.stack([first.draws.costs[:, at], first.draws.quality[:, at]], axis=1)
    whole = standing.single, standing.price
    value = _equal(first.costs[at], first.quality[at], np.array(standing.costs), np.array(standing.quality), *whole)
    rows = [
        _equal(
            float(aims[row, 0]),
            float(aims[row, 1]),
            draws.costs[row],
            draws.quality[row],
            draws.single[row],
            draws.price[row],
        )
        for row in range(many)
    ]
    table = np.array(rows).reshape(-1, 2)
    return {
        "score at equal cost": Drawn(value[0], table[:, 0]),
        "cost at equal score": Drawn(value[1], table[:, 1]),
    }


def _equal(cost: float, score: float, costs: Array, quality: Array, single: Array, price: Array) -> tuple[float, float]:
    ends = costs, quality, single, price
    return score_at(cost, *ends) - score, cost_for(score, *ends) - cost
