"""Many models with costs: what routing gains over the best single model, the cheapest, their hull, and the oracle.

Invariant: costs are USD per 1,000 prompts; a router's curve is its band swept from nothing to everything, each point
chosen by the same rule as decide().
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.choice import choose, realized
from router.bench.routing.measures import Array, Interval, aiq, arena_score, bootstrap, cost_at

BANDS = np.concatenate([[0.0], np.geomspace(0.002, 1.0, 24)])


@dataclass(frozen=True, slots=True)
class Router:
    """A router over a table: for each band the chosen columns."""

    name: str
    regime: str
    picks: tuple[NDArray[np.intp], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A router's figures: savings are shares of the best single model's cost, regret is quality below the oracle's."""

    name: str
    regime: str
    aiq: Interval
    saved_at_95: float
    saved_at_99: float
    regret: float
    arena: float
    costs: tuple[float, ...]
    quality: tuple[float, ...]

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def learned(name: str, regime: str, chances: Array, costs: Array, names: tuple[str, ...]) -> Router:
    """The router that chooses by predicted chances, at every band."""
    return Router(name, regime, tuple(choose(chances, costs, names, float(band)) for band in BANDS))


def constant(name: str, columns: Sequence[int], prompts: int) -> Router:
    """A baseline whose points each send everything to one model."""
    return Router(name, "none", tuple(np.full(prompts, column, np.intp) for column in columns))


def oracle(scores: Array, costs: Array) -> Router:
    """Knows every outcome: the cheapest of the best."""
    worth = scores - 1e-9 * costs / (costs.max() + 1e-12)
    return Router("oracle", "knows all", (np.argmax(worth, axis=1),))


def random_mix(scores: Array, costs: Array) -> Router:
    """Chance picks, from all to the cheapest to all to the best, in eleven steps."""
    random = np.random.default_rng(1)
    best, cheapest = int(np.argmax(scores.mean(axis=0))), int(np.argmin(costs.mean(axis=0)))
    draws = random.random(len(scores))
    return Router("random", "none", tuple(np.where(draws < w, best, cheapest) for w in np.linspace(0, 1, 11)))


def judge(router: Router, scores: Array, costs: Array, rounds: int) -> Standing:
    """Measure a router on full tables of scores and costs (prompts x models, no gaps)."""
    quality = np.stack([realized(scores, pick) for pick in router.picks])
    spent = np.stack([realized(costs, pick) for pick in router.picks])
    least, most = float(costs.mean(axis=0).min()), float(costs.mean(axis=0).max())
    best = int(np.argmax(scores.mean(axis=0)))

    def area(rows: NDArray[np.intp]) -> float:
        return aiq(spent[:, rows].mean(axis=1), quality[:, rows].mean(axis=1), least, most)

    means, prices = quality.mean(axis=1), spent.mean(axis=1)
    top = float(scores[:, best].mean())
    saved95, saved99 = (1 - cost_at(share, prices, means, top) / float(costs[:, best].mean()) for share in (0.95, 0.99))
    at = int(np.argmax(means))
    return Standing(
        name=router.name,
        regime=router.regime,
        aiq=bootstrap(area, len(scores), rounds),
        saved_at_95=saved95,
        saved_at_99=saved99,
        regret=float(scores.max(axis=1).mean() - means[at]),
        arena=max(arena_score(float(q), float(c)) for q, c in zip(means, prices, strict=True)),
        costs=tuple(prices.tolist()),
        quality=tuple(means.tolist()),
    )
