"""The published measures of a routing curve.

Invariant: pure; scores and qualities are arrays of one number a prompt, shares are in [0, 1] unless a percentage is
named.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BINS = 10


@dataclass(frozen=True, slots=True)
class Curve:
    """Quality at each strong share, from everything strong to nothing strong; `weak` and `strong` are its ends."""

    shares: Array
    quality: Array
    weak: float
    strong: float

    @property
    def pgr(self) -> Array:
        """Performance gap recovered, (r - r_weak)/(r_strong - r_weak): RouteLLM (Ong et al., 2024), equation 4."""
        with np.errstate(invalid="ignore", divide="ignore"):
            # A draw in which the two are equally good has no gap to recover: not a number.
            recovered: Array = (self.quality - self.weak) / (self.strong - self.weak)
        return recovered


def curve(score: Array, weak: Array, strong: Array, bins: int = BINS) -> Curve:
    """The curve of a router's score, as RouteLLM's evaluation draws it.

    Thresholds are the score's quantiles in `bins` bins; the strong model serves where the score reaches the
    threshold, and for the last threshold where it exceeds it. Equal quantiles are one threshold.
    """
    thresholds = np.unique(np.quantile(score, np.linspace(0, 1, bins + 1)))
    picks = [score >= threshold for threshold in thresholds[:-1]] + [score > thresholds[-1]]
    shares = np.array([pick.mean() for pick in picks])
    quality = np.array([np.where(pick, strong, weak).mean() for pick in picks])
    if shares[0] < 1:
        # A score of one value has one threshold: nothing is strong above it, everything is at it.
        shares, quality = np.insert(shares, 0, 1.0), np.insert(quality, 0, strong.mean())
    return Curve(shares, quality, float(weak.mean()), float(strong.mean()))


def apgr(drawn: Curve) -> float:
    """Average performance gap recovered: the integral of PGR over the strong share, by trapezoids."""
    return float(np.trapezoid(drawn.pgr[::-1], drawn.shares[::-1]))


def cpt(drawn: Curve, recovered: float) -> float:
    """Call-performance threshold: the least strong share, in percent, that recovers this much of the gap.

    Quality is made monotone in the share first, then interpolated (RouteLLM, section 3.2). Infinite where the curve
    never gets there.
    """
    pgr = np.maximum.accumulate(drawn.pgr[::-1])
    shares = drawn.shares[::-1]
    if pgr[-1] < recovered:
        return float("inf")
    above = int(np.argmax(pgr >= recovered))
    if above == 0:
        return float(100 * shares[0])
    low, high = pgr[above - 1], pgr[above]
    part = (recovered - low) / (high - low)
    return float(100 * (shares[above - 1] + part * (shares[above] - shares[above - 1])))


def hull(costs: Array, quality: Array) -> tuple[Array, Array]:
    """The non-decreasing upper convex hull of (cost, quality) points, cheapest first (RouterBench, Hu et al., 2024)."""
    order = np.lexsort((-quality, costs))
    kept: list[tuple[float, float]] = []
    for x, y in zip(costs[order], quality[order], strict=True):
        if kept and y <= kept[-1][1]:
            continue
        while len(kept) > 1 and _below(kept[-2], kept[-1], (x, y)):
            kept.pop()
        kept.append((float(x), float(y)))
    return np.array([x for x, _ in kept]), np.array([y for _, y in kept])


def _below(left: tuple[float, float], middle: tuple[float, float], right: tuple[float, float]) -> bool:
    return (middle[1] - left[1]) * (right[0] - left[0]) <= (right[1] - left[1]) * (middle[0] - left[0])


def aiq(costs: Array, quality: Array, least: float, most: float) -> float:
    """Average improvement in quality: 1/(c_max - c_min) times the integral of the hull over cost (RouterBench).

    Beyond its dearest point the hull stays level; before its cheapest there is nothing, so that what has a single
    point counts for what it spares and no more.
    """
    if most <= least:
        return float(quality.max())
    xs, ys = hull(costs, quality)
    grid = np.unique(np.clip(np.concatenate([xs, [most]]), least, most))
    return float(np.trapezoid(np.interp(grid, xs, ys), grid) / (most - least))


def arena_score(accuracy: float, usd_per_1000: float) -> float:
    """RouterArena's score S = 1.1 A C/(0.1 A + C), C = (log2 200 - log2 c)/(log2 200 - log2 0.0044)."""
    c = min(200.0, max(0.0044, usd_per_1000))
    cheap = (np.log2(200) - np.log2(c)) / (np.log2(200) - np.log2(0.0044))
    together = 0.1 * accuracy + cheap
    return float(1.1 * accuracy * cheap / together) if together else 0.0


def cost_at(share_of_best: float, costs: Array, quality: Array, best_quality: float) -> float:
    """The least cost on the hull that reaches this share of the best single model's quality; infinite where none."""
    xs, ys = hull(costs, quality)
    target = share_of_best * best_quality
    if ys[-1] < target:
        return float("inf")
    above = int(np.argmax(ys >= target))
    if above == 0:
        return float(xs[0])
    part = (target - ys[above - 1]) / (ys[above] - ys[above - 1])
    return float(xs[above - 1] + part * (xs[above] - xs[above - 1]))


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
