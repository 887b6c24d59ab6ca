"""`fungible fit`: fits a reader to a table of outcomes, and measures how much better it is than none.

Invariant: what is said of the signal was measured out of fold, next to random and length-only; where its interval
includes random, the fit is not recommended, and the manifest says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from router.bench.routing.comparison.learning_curve import PARTS, LearningCurve, learning_curve
from router.bench.routing.measures import Interval
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.readers.read_prompts import look_for_fitting
from router.bench.routing.regimes import FOLDS, in_domain, sampled
from router.bench.routing.resampling import TRAINED, Resamples
from router.bench.routing.strong_weak import PairScore, expected_of_random, judge
from router.bench.routing.table_checks import require_gap
from router.config.files.reader_files import save
from router.errors import ConfigError
from router.reading.fit_reader import FOLDS as INNER_FOLDS
from router.reading.fit_reader import Fitted, fit
from router.reading.irt import unexplained_at_most
from router.types import TASKS, Reader

LEAST_PROMPTS = 100
MOST_MEASURED = 80_000
MOST_LEARNED = 50_000
STEPS = FOLDS * (INNER_FOLDS + 1) + INNER_FOLDS + 1
CURVE_STEPS = len(PARTS) * FOLDS * (INNER_FOLDS + 1)


@dataclass(frozen=True, slots=True)
class Learned:
    """A fit with its measures; `recommended` is whether it beats random beyond its interval, and the length alone."""

    fitted: Fitted
    table: Outcomes
    strong: str
    weak: str
    scores: tuple[PairScore, ...]
    calibration: float
    groups: int
    open_at_most: float
    """What the text leaves open of a prompt's difficulty is no more than this, in logits, at 95 %."""
    curve: LearningCurve | None = None

    @property
    def recommended(self) -> bool:
        """Whether the out-of-fold APGR is above one half by more than its interval, and above that of the length."""
        return self.signal.low > 0.5 and self.signal.value > self.of_length

    @property
    def of_length(self) -> float:
        """The APGR of the length of a prompt alone."""
        return next(score.apgr.value for score in self.scores if score.reader == "length")

    @property
    def signal(self) -> Interval:
        """The out-of-fold APGR of the fit."""
        return self.scores[-1].apgr


def learn(
    table: Outcomes,
    reader: Reader,
    strong: str | None,
    weak: str | None,
    advance: Callable[[], object],
    rounds: int = 300,
    *,
    curved: bool = False,
) -> Learned:
    """Measure by cross-validation, then fit on everything; raises ConfigError for a table that is too small."""
    if len(table.prompts) < LEAST_PROMPTS or len(table.models) < 2:
        size = f"{len(table.prompts)} prompts and {len(table.models)} models"
        limits = f"{LEAST_PROMPTS} prompts and two models or more"
        raise ConfigError([f"{table.name}: holds {size}; fitting needs {limits}"])
    means = np.nanmean(table.scores, axis=0)
    strong = strong or table.models[int(np.argmax(means))]
    weak = weak or table.models[int(np.argmin(means))]
    require_gap(table, strong, weak)
    texts = look_for_fitting(reader, table.prompts, table.groups)
    chances = in_domain(table, texts, len(TASKS), advance)
    known = ~np.isnan(table.column(strong) + table.column(weak))
    ends = table.column(weak)[known], table.column(strong)[known]
    gap = chances[:, table.models.index(strong)] - chances[:, table.models.index(weak)]
    length = np.array([float(len(prompt)) for prompt in table.prompts])
    drawn = Resamples.of(texts.groups, rounds)
    scores = (
        expected_of_random(),
        judge("length", "none", length[known], *ends, drawn.only(known)),
        judge("fit", "in-domain", gap[known], *ends, drawn.only(known), TRAINED),
    )
    rows = sampled(np.arange(len(texts)), MOST_LEARNED)
    lengths = None if table.lengths is None else table.lengths[rows]
    fitted = fit(texts.only(rows), table.scores[rows], len(TASKS), advance, lengths=lengths)
    curve = learning_curve(table, texts, (strong, weak), drawn, advance) if curved else None
    return Learned(
        fitted=fitted,
        table=table,
        strong=strong,
        weak=weak,
        scores=scores,
        calibration=_calibration(chances, table.scores),
        groups=drawn.groups,
        open_at_most=unexplained_at_most(table.scores, chances),
        curve=curve,
    )


def _calibration(chances: np.ndarray[Any, Any], scores: np.ndarray[Any, Any], bins: int = 10) -> float:
    """Expected calibration error of the out-of-fold chances, over all models."""
    known = ~np.isnan(scores)
    chance, score = chances[known], scores[known]
    place = np.minimum((chance * bins).astype(int), bins - 1)
    gaps = [
        abs(chance[place == b].mean() - score[place == b].mean()) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))


def keep(learned: Learned, source: Path, folder: Path, day: date) -> dict[str, Any]:
    """Write the artefact; returns its manifest."""
    manifest: dict[str, Any] = {
        "date": day.isoformat(),
        "source": source.name,
        "data_sha256": learned.table.digest,
        "prompts": len(learned.table.prompts),
        "groups": learned.groups,
        "learned_from": min(len(learned.table.prompts), MOST_LEARNED),
        "rows_left_out": len(learned.table.faults),
        "regime": f"in-domain, {FOLDS}-fold, near-duplicates in one fold",
        "strong": learned.strong,
        "weak": learned.weak,
        "measures": [score.plain() for score in learned.scores],
        "calibration_error": learned.calibration,
        "difficulty_error": learned.fitted.error,
        "difficulty_error_at_most": learned.open_at_most,
        "recommended": learned.recommended,
    }
    if (lengths := learned.fitted.lengths) is not None:
        habits = zip(learned.table.models, lengths.habits.verbosity, lengths.habits.error, strict=True)
        manifest["lengths"] = {
            model: {"verbosity": round(float(verbosity), 4), "error": round(float(error), 4)}
            for model, verbosity, error in habits
        }
    if learned.curve is not None:
        manifest["learning_curve"] = learned.curve.plain()
    save(folder, learned.fitted, learned.table.models, manifest)
    return manifest
