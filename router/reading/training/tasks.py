"""Fits the weights of the tasks: a softmax with structured priors, averaged over three settings of them.

Invariant: what a list of the lexicon says of its own task is free; everything else is drawn to nothing, which is what
carries over to texts of other origin.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.reading.signals import SEGMENTS, USED_MARKS, Floats, SignalReader
from router.reading.training.cues import Column
from router.reading.training.prompts import FRAMES, TEMPLATES, Prompt
from router.reading.training.softmax import Prior, fit
from router.types import TASKS, Task

FOLDS = 4
TEMPLATE_WEIGHT, FRAME_WEIGHT = 2.0, 3.0
# Of these there are frames of some tasks only, which must not speak for those.
OTHER_LANGUAGES = {"ja", "zh", "es", "de", "fr", "pt"}
AUTHORED = {TEMPLATES, FRAMES}
WHOLE_FAMILIES = {"legalbench", "authored"}


class Setting(NamedTuple):
    """Penalties of own, other, meaning and unstructured weights; means of own classes and own cues."""

    own: float
    other: float
    meaning: float
    loose: float
    class_mean: float
    cue_mean: float


SETTINGS = (
    Setting(1e-3, 1e-2, 1e-3, 1e-3, 0.5, 1.0),
    Setting(1e-3, 3e-2, 1e-3, 1e-2, 0.5, 1.0),
    Setting(3e-3, 1e-1, 1e-2, 3e-2, 1.0, 2.0),
)


class Scorer(NamedTuple):
    """Weights and offsets of the tasks."""

    weights: Floats
    offsets: Floats

    def scores(self, rows: Floats) -> Floats:
        """The score of each task for each row of signals."""
        return rows @ self.weights + self.offsets


def signals(reader: SignalReader, texts: Sequence[str]) -> Floats:
    """A row of signals for each text, by the code that serves."""
    return np.stack([reader.read(text).vector for text in texts])


def train(rows: Floats, prompts: Sequence[Prompt], lists: list[Column], meaning: int) -> Scorer:
    """Fit under each setting, and average."""
    kinds = np.array([TASKS.index(prompt.task) for prompt in prompts])
    weights = importance(prompts, kinds)
    fits = [fit(rows, kinds, weights, _prior(lists, meaning, setting)) for setting in SETTINGS]
    return Scorer(np.mean([fit_[0] for fit_ in fits], 0), np.mean([fit_[1] for fit_ in fits], 0))


def held_out(
    rows: Floats, prompts: Sequence[Prompt], lists: list[Column], meaning: int
) -> tuple[Floats, NDArray[np.intp]]:
    """Scores for prompts of sources that were not fitted to, in four folds, with the places of those prompts.

    Templates and frames are fitted to in every fold, and never scored.
    """
    folds = np.array([-1 if prompt.family in AUTHORED else _fold(prompt) for prompt in prompts])
    scores, places = [], []
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(outside):
            scorer = train(rows[inside], [prompts[int(place)] for place in inside], lists, meaning)
            scores.append(scorer.scores(rows[outside]))
            places.append(outside)
    return np.concatenate(scores), np.concatenate(places)


def _fold(prompt: Prompt) -> int:
    group = prompt.family if prompt.family in WHOLE_FAMILIES else prompt.source
    return int(sha256(group.encode()).hexdigest(), 16) % FOLDS


def importance(prompts: Sequence[Prompt], kinds: NDArray[np.intp]) -> Floats:
    """Large families count less for each prompt, and every task as much as another."""
    sizes = Counter((prompt.family, prompt.task) for prompt in prompts)
    weights = np.array([sizes[prompt.family, prompt.task] ** -0.5 * _trust(prompt) for prompt in prompts])
    return (weights / np.bincount(kinds, weights, minlength=len(TASKS))[kinds]).astype(np.float32)


def _trust(prompt: Prompt) -> float:
    if prompt.family == FRAMES:
        return FRAME_WEIGHT if prompt.language in OTHER_LANGUAGES else 1.0
    return TEMPLATE_WEIGHT if prompt.family == TEMPLATES else 1.0


def _prior(lists: list[Column], meaning: int, setting: Setting) -> Prior:
    own_classes: list[tuple[float, Task | None, float]] = [(setting.other, task, setting.class_mean) for task in TASKS]
    segment: list[tuple[float, Task | None, float]] = [(setting.meaning, None, 0.0)] * meaning
    segment += own_classes * 2
    segment += [(setting.other if column.task else setting.loose, column.task, setting.cue_mean) for column in lists]
    columns = segment * SEGMENTS + [(setting.loose, None, 0.0)] * USED_MARKS
    penalty = np.repeat(np.array([[column[0]] for column in columns], np.float32), len(TASKS), 1)
    mean = np.zeros_like(penalty)
    for place, (_, task, drawn_to) in enumerate(columns):
        if task:
            penalty[place, TASKS.index(task)] = setting.own
            mean[place, TASKS.index(task)] = drawn_to
    return Prior(penalty, mean)
