"""Fits what makes a text hard, from outcomes of models and from labels, and puts it on the scale of the workload.

Invariant: of outcomes what is learnt is what differs within a source. Labels alone say how hard a kind of work is,
near to what is set by hand.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from router.reading.learned import HARDEST, Calibration, subject
from router.reading.signals import BURDENS, SEGMENTS, USED_MARKS, Floats, SignalReader
from router.reading.training.difficulty.difficulty_pairs import Labelled
from router.reading.training.difficulty.paraphrases import alike
from router.reading.training.difficulty.training_outcomes import Outcomes
from router.reading.training.softmax import softmax
from router.reading.training.tasks import Scorer
from router.types import TASKS, Task

MOST, MOST_QUICK = 1000, 100
SOURCE_WEIGHT = -0.6
SIGNAL_PENALTY, BURDEN_PENALTY, LEVEL_PENALTY = 50.0, 3.0, 10.0
# Cues that speak of no task: names of open problems, works of construction and demands of proof are among them.
CUE_PENALTY = 2.0
# What outcomes count beside labels, and how far apart difficulties lie within a source.
OUTCOMES, SPREAD = 1.0, 0.8
# What a pair of ways to ask one thing counts beside a labelled text.
ALIKE = 3.0
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
    """Regressors (signals, burdens, chances of the tasks, one), target, and the weight of each row."""

    rows: Floats
    target: Floats
    weight: Floats


class Fitted(NamedTuple):
    """What adds up to a difficulty: the weight of each signal and burden, and the level of each task."""

    signals: Floats
    burdens: list[float]
    levels: list[float]


def fit(
    reader: SignalReader,
    scorer: Scorer,
    outcomes: Iterable[Outcomes],
    labelled: Sequence[Labelled],
    loose: int,
    quick: bool,
) -> Fitted:
    """Least squares that is drawn to nothing, and to the levels that are set by hand.

    `loose` is how many cues speak of no task.
    """
    parts = [_of_source(reader, scorer, source, MOST_QUICK if quick else MOST) for source in outcomes]
    parts.append(_of_labels(reader, scorer, labelled))
    parts.append(_of_pairs(reader, scorer, list(alike())))
    rows, target, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    sizes = rows.shape[1] - BURDENS - len(TASKS) - 1, BURDENS, len(TASKS), 1
    penalty = np.repeat([SIGNAL_PENALTY, BURDEN_PENALTY, LEVEL_PENALTY, 1e-3], sizes)
    penalty[: sizes[0] - USED_MARKS].reshape(SEGMENTS, -1)[:, -loose:] = CUE_PENALTY
    prior = np.r_[np.zeros(sizes[0] + BURDENS), [LEVELS[task] for task in TASKS], 0.0]
    weighted = rows * weight[:, None]
    solution = prior + np.linalg.solve(weighted.T @ rows + np.diag(penalty), weighted.T @ (target - rows @ prior))
    signals, burdens, levels, _ = np.split(solution, np.cumsum(sizes)[:-1])
    return Fitted(signals.astype(np.float32), burdens.tolist(), levels.tolist())


def on_scale(raw: Sequence[float], labels: Sequence[float], temperature: float) -> Calibration:
    """Least squares of the labels on the raw difficulty, with the error that is left."""
    scale, offset = (round(float(coefficient), 4) for coefficient in np.polyfit(raw, labels, 1))
    left = np.clip(offset + scale * np.asarray(raw), -HARDEST, HARDEST) - np.asarray(labels)
    return Calibration(temperature, scale, offset, round(float(np.sqrt(np.mean(left**2))), 3))


def _of_source(reader: SignalReader, scorer: Scorer, outcomes: Outcomes, most: int) -> Part:
    """One source, centred."""
    chosen = np.random.default_rng(SEED).permutation(len(outcomes.texts))[:most]
    rows = _regressors(reader, scorer, [outcomes.texts[place] for place in chosen])
    target = outcomes.difficulty[chosen]
    return Part(
        rows - rows.mean(0),
        SPREAD * (target - target.mean()) / (target.std() + 1e-6),
        np.full(len(chosen), OUTCOMES * len(chosen) ** SOURCE_WEIGHT),
    )


def _of_labels(reader: SignalReader, scorer: Scorer, texts: Sequence[Labelled]) -> Part:
    return Part(
        _regressors(reader, scorer, [subject(text.excerpt) for text in texts]),
        np.array([text.difficulty for text in texts]),
        np.array([text.weight for text in texts]),
    )


def _of_pairs(reader: SignalReader, scorer: Scorer, pairs: Sequence[tuple[str, str]]) -> Part:
    """Differences between two ways of asking one thing, none of which should be read."""
    left, right = (_regressors(reader, scorer, texts) for texts in zip(*pairs, strict=True))
    return Part(left - right, np.zeros(len(pairs), np.float32), np.full(len(pairs), ALIKE, np.float32))


def _regressors(reader: SignalReader, scorer: Scorer, texts: Sequence[str]) -> Floats:
    read = [reader.read(text) for text in texts]
    vectors = np.stack([signals.vector for signals in read])
    burdens = np.array([signals.burdens for signals in read])
    rows: Floats = np.hstack([vectors, burdens, softmax(scorer.scores(vectors)), np.ones((len(read), 1))])
    return rows
