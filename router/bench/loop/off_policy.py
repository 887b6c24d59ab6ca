"""What a policy would have scored on traffic that another decided: inverse propensity and doubly robust estimates.

Invariant: what a policy chooses and could never have been seen is counted apart, and rests on the model alone;
intervals draw whole conversations.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.measures import Array, Interval
from router.bench.routing.resampling import Resamples, batches, interval

ROUNDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One policy over the requests of which an outcome is known, each a place in every array.

    `chance` is how likely the outcome of the model that the policy chooses was to be seen, 0 where it could not be;
    `seen` whether it was, `score` what it scored then (else anything), `predicted` what is predicted of it, and
    `unit` the number of the conversation.
    """

    chance: Array
    seen: NDArray[np.bool_]
    score: Array
    predicted: Array
    unit: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Mean scores with 95 % intervals: by the outcomes that were seen alone, with the model beside, by the model alone.

    `effective` is how many equally weighed outcomes the first is worth, `covered` the share of requests on which the
    policy's choice could have been seen.
    """

    requests: int
    seen: int
    inverse_propensity: Interval
    doubly_robust: Interval
    modelled: Interval
    effective: float
    covered: float


def estimate(logged: Logged, rounds: int = ROUNDS) -> Estimates:
    """The estimates; where nothing was seen, the first is not a number."""
    weight = np.where(logged.seen, 1 / np.where(logged.seen, logged.chance, 1), 0.0)
    score = np.where(logged.seen, logged.score, 0.0)
    robust = logged.predicted + weight * (score - logged.predicted)
    columns = np.stack([weight, weight * score, robust, logged.predicted, np.ones(len(weight))], axis=1)
    drawn = Resamples.of(logged.unit, rounds)
    sums = np.concatenate([weights @ columns for weights in batches(drawn)]) if len(weight) else np.zeros((0, 5))
    values, draws = _figures(columns.sum(axis=0)[None])[0], _figures(sums)
    shown = [interval(float(value), draws[:, place], drawn.few) for place, value in enumerate(values)]
    square = float((weight**2).sum())
    return Estimates(
        requests=len(weight),
        seen=int(logged.seen.sum()),
        inverse_propensity=shown[0],
        doubly_robust=shown[1],
        modelled=shown[2],
        effective=float(weight.sum()) ** 2 / square if square else 0.0,
        covered=float((logged.chance > 0).mean()) if len(weight) else 0.0,
    )


def _figures(sums: Array) -> Array:
    """The three means, from sums: the first weighs by what was seen (self-normalised), the others by the requests."""
    with np.errstate(invalid="ignore", divide="ignore"):
        figures: Array = np.stack([sums[:, 1] / sums[:, 0], sums[:, 2] / sums[:, 4], sums[:, 3] / sums[:, 4]], axis=1)
    return figures
