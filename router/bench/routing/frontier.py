"""Many models with costs: what routing gains over the best single model, the cheapest, their hull, and the oracle.

Invariant: costs are USD per 1,000 prompts; a router's curve is its band swept from nothing to everything, each point
chosen by the same rule as decide(); chance is its expectation and not a draw; every figure has its interval.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.choice import choose, realized
from router.bench.routing.measures import Array, Interval, aiq, arena_score, cost_at, hull
from router.bench.routing.resampling import FRACTION, Resamples, batches, interval

BANDS = np.concatenate([[0.0], np.geomspace(0.002, 1.0, 24)])
STEPS = 11


@dataclass(frozen=True, slots=True)
class Router:
    """A router over a table: at each of its points what every prompt scores and costs (points x prompts).

    `picks` are the columns that it chose, where it chose (and not chance), -1 for none.
    """

    name: str
    regime: str
    quality: Array
    spent: Array
    picks: NDArray[np.intp] | None = None


@dataclass(frozen=True, slots=True)
class Draws:
    """What a router came to in each resample, the same resamples for every router of a table.

    `figures` are its AIQ, savings, regret and arena score; `quality` and `costs` are of its points, `single` and
    `price` of the single models.
    """

    figures: Array
    quality: Array
    costs: Array
    single: Array
    price: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A router's figures: savings are shares of the best single model's cost, regret is quality below the oracle's.

    `low` and `high` are the ends of the intervals of `quality`.
    """

    name: str
    regime: str
    aiq: Interval
    saved_at_95: Interval
    saved_at_99: Interval
    regret: Interval
    arena: Interval
    costs: tuple[float, ...]
    quality: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    draws: Draws = field(repr=False, compare=False)
    single: Array = field(repr=False, compare=False)
    price: Array = field(repr=False, compare=False)
    widened: float = 1.0

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name not in _OWN}


_OWN = ("draws", "widened", "single", "price")


def picked(name: str, regime: str, picks: Sequence[NDArray[np.intp]], scores: Array, costs: Array) -> Router:
    """A router by the column that it chooses for each prompt, at each of its points."""
    quality, spent = (np.stack([realized(table, pick) for pick in picks]) for table in (scores, costs))
    return Router(name, regime, quality, spent, np.stack(picks))


def chosen(
    name: str, regime: str, picks: NDArray[np.intp], scores: Array, costs: Array, lacking: str = "refused"
) -> Router:
    """A router of one point; where it chose none of the models it scores and costs nothing, and says `lacking`."""
    none = picks < 0
    quality, spent = (np.where(none, 0.0, realized(table, np.maximum(picks, 0))) for table in (scores, costs))
    many = int(none.sum())
    return Router(name + (f", {many:,} {lacking}" if many else ""), regime, quality[None], spent[None], picks[None])


def thresholds(name: str, regime: str, need: Array, scores: Array, costs: Array, pair: tuple[int, int]) -> Router:
    """A router between a weak and a strong model that sends the neediest to the strong one, in eleven steps."""
    rank = np.argsort(np.argsort(-need, kind="stable"), kind="stable")
    many = np.linspace(0, len(need), STEPS).round()
    return picked(name, regime, [np.where(rank < count, pair[1], pair[0]) for count in many], scores, costs)


def learned(
    name: str,
    regime: str,
    chances: Array,
    scores: Array,
    costs: Array,
    names: tuple[str, ...],
    expected: Array | None = None,
) -> Router:
    """The router that chooses by predicted chances, at every band, and by the costs that it expects, if it does."""
    picks = [choose(chances, costs if expected is None else expected, names, float(band)) for band in BANDS]
    return picked(name, regime, picks, scores, costs)


def constant(name: str, columns: Sequence[int], scores: Array, costs: Array) -> Router:
    """A baseline whose points each send everything to one model."""
    picks = np.repeat(np.array(columns, np.intp)[:, None], len(scores), axis=1)
    return Router(name, "none", scores.T[list(columns)], costs.T[list(columns)], picks)


def oracle(scores: Array, costs: Array) -> Router:
    """Knows every outcome: the cheapest of the best."""
    worth = scores - 1e-9 * costs / (costs.max() + 1e-12)
    return picked("oracle", "knows all", [np.argmax(worth, axis=1)], scores, costs)


def random_mix(scores: Array, costs: Array) -> Router:
    """What chance gives on average, from all to the cheapest to all to the best, in eleven steps."""
    ends = [int(np.argmin(costs.mean(axis=0))), int(np.argmax(scores.mean(axis=0)))]
    shares = np.linspace(0, 1, STEPS)[:, None]
    quality, spent = ((1 - shares) * table[:, ends[0]] + shares * table[:, ends[1]] for table in (scores, costs))
    return Router("random", "none", quality, spent)


def judge(router: Router, scores: Array, costs: Array, resamples: Resamples, widened: float = 1.0) -> Standing:
    """Measure a router on full tables of scores and costs (prompts x models, no gaps).

    In each resample the costs of the models, and which of them is best, are that resample's own.
    """
    best = np.argmax(scores, axis=1)
    top = realized(scores, best)
    whole = np.full((1, len(scores)), 1 / len(scores))
    values, means, prices, single, price = next(_sums(router, scores, costs, top, whole))
    drawn, wide = _draws(router, scores, costs, top, resamples), widened * resamples.few
    shown = [interval(float(value), drawn.figures[:, number], wide) for number, value in enumerate(values)]
    ends = [interval(float(mean), drawn.quality[:, number], wide, FRACTION) for number, mean in enumerate(means)]
    return Standing(
        name=router.name,
        regime=router.regime,
        aiq=shown[0],
        saved_at_95=shown[1],
        saved_at_99=shown[2],
        regret=shown[3],
        arena=shown[4],
        costs=tuple(prices.tolist()),
        quality=tuple(means.tolist()),
        low=tuple(end.low for end in ends),
        high=tuple(end.high for end in ends),
        draws=drawn,
        single=single,
        price=price,
        widened=widened,
    )


def _draws(router: Router, scores: Array, costs: Array, top: Array, resamples: Resamples) -> Draws:
    rows = [row for weights in batches(resamples) for row in _sums(router, scores, costs, top, weights)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Draws(*columns)


def _sums(
    router: Router, scores: Array, costs: Array, top: Array, weights: Array
) -> Iterator[tuple[Array, Array, Array, Array, Array]]:
    """For each row of weights: the figures, the router's mean qualities and costs, and those of the single models."""
    tables = (router.quality.T, router.spent.T, scores, costs, top)
    for means, prices, single, price, most in zip(*(weights @ table for table in tables), strict=True):
        yield _figures(means, prices, single, price, float(most)), means, prices, single, price


def _figures(means: Array, prices: Array, single: Array, price: Array, most: float) -> Array:
    best = int(np.argmax(single))
    area = aiq(prices, means, float(price.min()), float(price.max()))
    saved = [1 - cost_at(share, prices, means, float(single[best])) / float(price[best]) for share in (0.95, 0.99)]
    xs, ys = hull(prices, means)
    arena = max(arena_score(float(y), float(x)) for x, y in zip(xs, ys, strict=True))
    return np.array([area, *saved, most - float(means.max()), arena])
