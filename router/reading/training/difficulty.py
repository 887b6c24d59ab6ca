"""Fits what makes a text hard, from outcomes of models, and puts it on the scale of the labelled workload.

Invariant: what is learnt is what differs within a source; the meaning of the text is fitted too and left out, since
it is about the source. The length and the level of each task are set by hand: outcomes do not show them.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from router.reading.learned import HARDEST, Calibration
from router.reading.signals import BURDENS, WHOLE, Floats, Lexicon, SignalReader
from router.reading.training.training_outcomes import Outcomes
from router.types import TASKS, Task

MOST, MOST_QUICK = 3000, 100
SOURCE_WEIGHT = -0.6
PENALTY, MEANING_PENALTY = 3.0, 30.0
LENGTH = 0.5
SEED = 0
LEVELS: dict[Task, float] = {
    "chat": -1.2,
    "coding": 0.1,
    "math": 0.3,
    "science": 0.2,
    "reasoning": 0.5,
    "law": 0.3,
    "security": 0.2,
    "medicine": 0.2,
    "summarisation": -0.2,
    "translation": -0.3,
    "extraction": -0.2,
    "classification": -0.3,
    "creative_writing": -0.1,
    "speech": -0.2,
}


class Part(NamedTuple):
    """One source, centred: regressors, target, and the weight of each row."""

    rows: Floats
    target: Floats
    weight: Floats


def burdens(reader: SignalReader, lexicon: Lexicon, outcomes: Iterable[Outcomes], quick: bool) -> list[float]:
    """The weight of each burden."""
    parts = [_part(reader, lexicon, source, MOST_QUICK if quick else MOST) for source in outcomes]
    rows, target, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    weight = weight / weight.mean()
    penalty = np.r_[np.full(BURDENS, PENALTY), np.full(lexicon.meaning, MEANING_PENALTY)]
    weighted = rows * weight[:, None]
    solution = np.linalg.solve(weighted.T @ rows + np.diag(penalty), weighted.T @ target)[:BURDENS]
    solution[0] += LENGTH
    return [float(weight) for weight in solution]


def levels() -> list[float]:
    """The level of each task."""
    return [LEVELS[task] for task in TASKS]


def on_scale(raw: Sequence[float], labels: Sequence[float], temperature: float) -> Calibration:
    """Least squares of the labels on the raw difficulty, with the error that is left."""
    scale, offset = (round(float(coefficient), 4) for coefficient in np.polyfit(raw, labels, 1))
    left = np.clip(offset + scale * np.asarray(raw), -HARDEST, HARDEST) - np.asarray(labels)
    return Calibration(temperature, scale, offset, round(float(np.sqrt(np.mean(left**2))), 3))


def _part(reader: SignalReader, lexicon: Lexicon, outcomes: Outcomes, most: int) -> Part:
    chosen = np.random.default_rng(SEED).permutation(len(outcomes.texts))[:most]
    read = [reader.read(outcomes.texts[place]) for place in chosen]
    start = WHOLE * (lexicon.meaning + 2 * lexicon.tasks + lexicon.cues)
    rows = np.array([[*signals.burdens, *signals.vector[start : start + lexicon.meaning]] for signals in read])
    target = outcomes.difficulty[chosen]
    return Part(
        rows - rows.mean(0),
        (target - target.mean()) / (target.std() + 1e-6),
        np.full(len(chosen), len(chosen) ** SOURCE_WEIGHT),
    )
