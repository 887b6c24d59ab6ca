"""How much more prompts would bring: what is learned from ever larger parts of them, and a forecast.

Invariant: every part is tested on all prompts, out of fold; the forecast assumes that what is lacking shrinks as one
over the square root of the prompts, and its interval is that of its slope, by paired resamples.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from router.bench.routing.measures import Array, Interval
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.regimes import FOLDS, in_domain
from router.bench.routing.resampling import TRAINED, Resamples, interval
from router.bench.routing.strong_weak import judge
from router.reading.fit_reader import Texts
from router.types import TASKS

PARTS = (0.25, 0.5, 1.0)
MORE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """The APGR by the number of training prompts, and by how much `MORE` prompts would change it."""

    prompts: tuple[int, ...]
    apgr: tuple[Interval, ...]
    more: int
    gain: Interval

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def learning_curve(
    table: Outcomes,
    texts: Texts,
    pair: tuple[str, str],
    resamples: Resamples,
    advance: Callable[[], object] = lambda: None,
) -> LearningCurve:
    """Learn from parts of the training prompts and forecast; raises ConfigError where a part is too small."""
    training = len(table.prompts) * (FOLDS - 1) // FOLDS
    sizes = tuple(int(training * part) for part in PARTS)
    strong, weak = (table.models.index(name) for name in pair)
    known = ~np.isnan(table.scores[:, strong] + table.scores[:, weak])
    ends = table.scores[known, weak], table.scores[known, strong]
    drawn = resamples.only(known)
    scores = []
    for size in sizes:
        chances = in_domain(table, texts, len(TASKS), advance, most=size)
        gap = (chances[:, strong] - chances[:, weak])[known]
        scores.append(judge("fit", "in-domain", gap, *ends, drawn, TRAINED))
    gains = _gain(sizes, np.stack([score.draws for score in scores], axis=1))
    gain = float(_gain(sizes, np.array([[score.apgr.value for score in scores]]))[0])
    return LearningCurve(
        prompts=sizes,
        apgr=tuple(score.apgr for score in scores),
        more=MORE,
        gain=interval(gain, gains, TRAINED * drawn.few),
    )


def _gain(sizes: tuple[int, ...], values: Array) -> Array:
    """What so many more prompts add along the line through the values over one over the root of the sizes."""
    place = 1 / np.sqrt(np.array(sizes, np.float64))
    apart = place - place.mean()
    slope = (values - values.mean(axis=1, keepdims=True)) @ apart / (apart @ apart)
    gain: Array = slope * (1 / np.sqrt(sizes[-1] + MORE) - place[-1])
    return gain
