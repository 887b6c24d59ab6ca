"""`fungible fit`: fits a reader to a table of outcomes, and measures how much better it is than none.

Invariant: what is said of the signal was measured out of fold, next to random and length-only; where its interval
includes random, the fit is not recommended, and the manifest says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from router.bench.routing.compare_readers import read_prompt
from router.bench.routing.measures import Interval
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.regimes import FOLDS, in_domain
from router.bench.routing.strong_weak import PairScore, judge, random_score
from router.config.files.reader_files import save
from router.errors import ConfigError
from router.reading.fit_reader import FOLDS as INNER_FOLDS
from router.reading.fit_reader import Fitted, fit, look
from router.types import TASKS, Reader

LEAST_PROMPTS = 100
MOST_PROMPTS = 200_000
STEPS = FOLDS * (INNER_FOLDS + 1) + INNER_FOLDS + 1


@dataclass(frozen=True, slots=True)
class Learned:
    """A fit with its measures; `recommended` is whether it beats random beyond its interval."""

    fitted: Fitted
    table: Outcomes
    strong: str
    weak: str
    scores: tuple[PairScore, ...]
    calibration: float

    @property
    def recommended(self) -> bool:
        """Whether the out-of-fold APGR is above one half by more than its interval."""
        return self.signal.low > 0.5

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
) -> Learned:
    """Measure by cross-validation, then fit on everything; raises ConfigError for a table that is too small."""
    if not LEAST_PROMPTS <= len(table.prompts) <= MOST_PROMPTS or len(table.models) < 2:
        size = f"{len(table.prompts)} prompts and {len(table.models)} models"
        limits = f"between {LEAST_PROMPTS} and {MOST_PROMPTS:,} prompts and two models or more"
        raise ConfigError([f"{table.name}: holds {size}; fitting needs {limits}"])
    tasks = {prompt: TASKS.index(read_prompt(reader, prompt).task) for prompt in table.prompts}
    texts = look(table.prompts, tasks)
    chances = in_domain(table, texts, len(TASKS), advance)
    means = np.nanmean(table.scores, axis=0)
    strong = strong or table.models[int(np.argmax(means))]
    weak = weak or table.models[int(np.argmin(means))]
    known = ~np.isnan(table.column(strong) + table.column(weak))
    ends = table.column(weak)[known], table.column(strong)[known]
    gap = chances[:, table.models.index(strong)] - chances[:, table.models.index(weak)]
    named = {
        ("random", "none"): random_score(len(table.prompts)),
        ("length", "none"): np.array([float(len(prompt)) for prompt in table.prompts]),
        ("fit", "in-domain"): gap,
    }
    scores = tuple(judge(name, regime, score[known], *ends, rounds) for (name, regime), score in named.items())
    fitted = fit(texts, table.scores, len(TASKS), advance)
    return Learned(fitted, table, strong, weak, scores, _calibration(chances, table.scores))


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
        "data_sha256": _digest(source),
        "prompts": len(learned.table.prompts),
        "rows_left_out": len(learned.table.faults),
        "regime": f"in-domain, {FOLDS}-fold, equal prompts in one fold",
        "strong": learned.strong,
        "weak": learned.weak,
        "measures": [score.plain() for score in learned.scores],
        "calibration_error": learned.calibration,
        "difficulty_error": learned.fitted.error,
        "recommended": learned.recommended,
    }
    save(folder, learned.fitted, learned.table.models, manifest)
    return manifest


def _digest(source: Path) -> str:
    paths = sorted(source.iterdir()) if source.is_dir() else [source]
    digest = sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
