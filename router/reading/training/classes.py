"""Spreads the lexicon from its own words to every word: the chance that a word speaks of each task.

Invariant: what is special (marks, numbers, unknown words) speaks of no task.
"""

import numpy as np

from router.reading.signals import Floats
from router.reading.training.cues import Column
from router.reading.training.softmax import Prior, fit, softmax
from router.reading.training.training_words import Encoder, Words
from router.types import TASKS

STRENGTH = 5.0
STEPS = 300
WEAK = 0.3
USUAL, USUAL_WEIGHT = 700, 1.0
ANY, ANY_WEIGHT = 1500, 0.5
SEED = 0


def chances(words: Words, lists: list[Column], cued: set[str], encoder: Encoder) -> Floats:
    """A row per word, a column per task; what is missing to 1 is the chance of none."""
    entries = [
        (entry.rstrip("*"), TASKS.index(column.task), 1.0 if column.strong else WEAK)
        for column in lists
        if column.task
        for entry in column.entries
    ]
    usual, anything = _uncued(words, cued)
    rows = np.concatenate([encoder.vectors([entry for entry, _, _ in entries]), words.vectors[usual + anything]])
    kinds = np.array([kind for _, kind, _ in entries] + [len(TASKS)] * len(usual + anything))
    importance = np.array(
        [weight for _, _, weight in entries] + [USUAL_WEIGHT] * len(usual) + [ANY_WEIGHT] * len(anything), np.float32
    )
    shape = (rows.shape[1], len(TASKS) + 1)
    penalty = np.full(shape, 1 / (STRENGTH * float(importance.sum())), np.float32)
    weights, offsets = fit(rows, kinds, importance, Prior(penalty, np.zeros(shape, np.float32)), STEPS)
    probabilities = softmax(words.vectors @ weights + offsets)[:, : len(TASKS)]
    probabilities[: words.first] = 0
    return probabilities


def _uncued(words: Words, cued: set[str]) -> tuple[list[int], list[int]]:
    """The most usual words that are in no list, and some others."""
    places = [place for place, name in enumerate(words.names) if place >= words.first and name not in cued]
    usual = sorted(places, key=lambda place: -words.counts[words.names[place]])[:USUAL]
    chosen = np.random.default_rng(SEED).choice(places, min(ANY, len(places)), replace=False)
    return usual, [int(place) for place in chosen]
