"""A strong and a weak model: how well each reader's score predicts where the strong one is needed.

Invariant: every figure is given together with random and length-only, with its regime and its interval; random is its
expectation and not a draw.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from router.bench.routing.measures import BINS, Array, Curve, Interval, apgr, cpt, curve
from router.bench.routing.resampling import ANYWHERE, PERCENT, Resamples, interval

HALF, MOST = 0.5, 0.8


@dataclass(frozen=True, slots=True)
class PairScore:
    """One reader on one pair: APGR, and the percentages of strong calls that recover half and 80 % of the gap."""

    reader: str
    regime: str
    apgr: Interval
    cpt50: Interval
    cpt80: Interval
    draws: Array = field(repr=False, compare=False)
    """The APGR of each resample, the same for every reader of a table."""

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {name: value for name, value in asdict(self).items() if name != "draws"}


def judge(
    reader: str, regime: str, score: Array, weak: Array, strong: Array, resamples: Resamples, widened: float = 1.0
) -> PairScore:
    """Measure one score (higher: rather the strong model); `widened` is by how much its intervals are to be wider."""
    score = score + 1e-9 * np.random.default_rng(0).standard_normal(len(score))
    drawn = curve(score, weak, strong)
    order = np.argsort(score, kind="stable")
    gains, base = (strong - weak)[order], weak[order]
    curves = [_resampled(weights[order], gains, base) for weights in resamples.weights()]
    draws = np.array([_figures(resampled) for resampled in curves]).reshape(-1, 3)
    wide = widened * resamples.few
    area, half, most = (
        interval(value, draws[:, column], wide, within)
        for column, (value, within) in enumerate(zip(_figures(drawn), (ANYWHERE, PERCENT, PERCENT), strict=True))
    )
    return PairScore(reader, regime, area, half, most, draws[:, 0])


def _figures(drawn: Curve) -> tuple[float, float, float]:
    """The measures of a curve; of a resample in which the two models are equally good, none."""
    if drawn.strong == drawn.weak:
        return (float("nan"),) * 3
    return apgr(drawn), cpt(drawn, HALF), cpt(drawn, MOST)


def expected_of_random() -> PairScore:
    """What chance recovers on average: as much of the gap as its share of strong calls."""
    area, half, most = (Interval(value, value, value) for value in (0.5, 100 * HALF, 100 * MOST))
    return PairScore("random", "none", area, half, most, np.full(1, 0.5))


def _resampled(weights: Array, gains: Array, weak: Array) -> Curve:
    """The curve of a resample, from how often each prompt stands in it; prompts stand in rising order of score.

    Equal to `curve` of the repeated prompts: a threshold is a quantile, and what reaches it begins with the prompt that
    stands at the rounded up place of that quantile.
    """
    many = weights.sum()
    places = np.ceil((many - 1) * np.linspace(0, 1, BINS + 1)[:-1] - 1e-9)
    cuts = np.searchsorted(np.cumsum(weights), places, side="right")
    above = np.append(np.cumsum((weights * gains)[::-1])[::-1][cuts], 0.0)
    shares = np.append(np.cumsum(weights[::-1])[::-1][cuts], 0.0) / many
    low = float(weights @ weak) / many
    return Curve(shares, low + above / many, low, low + float(above[0]) / many)
