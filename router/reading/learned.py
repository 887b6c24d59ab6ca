"""The learned reader: a softmax for the task, a line for the difficulty, over signals of the text.

Invariant: pure, bounded and total; the same excerpt gives the same reading. It reads the last user turn, with what
came before it where that turn is short: a "yes" in a hard conversation is that conversation. It ignores the system
text, which says who the assistant is oftener than what the user wants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from operator import mul

import numpy as np

from router.reading.language import language
from router.reading.lengths import OUTPUT_TOKENS
from router.reading.signals import HEAD, TAIL, Floats, Lexicon, SignalReader
from router.types import TASKS, Excerpt, Reading

SHORT = 60
EARLIER = HEAD + TAIL - SHORT
HARDEST = 3.5
# A logit more of difficulty lengthens the expected answer by so much of itself.
LONGER_PER_LOGIT = 0.12


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fitted numbers that put scores on the scales of the catalog, and the error of the difficulty on it."""

    temperature: float
    difficulty_scale: float
    difficulty_offset: float
    difficulty_error: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The linear models: scores per task, and a difficulty from burdens and from the chances of the tasks."""

    tasks: Floats
    task_offsets: Floats
    burdens: Sequence[float]
    levels: Sequence[float]


class LearnedReader:
    """Reads a text under a lexicon and weights that were fitted to labelled texts."""

    name = "learned-1"

    def __init__(self, lexicon: Lexicon, weights: Weights, calibration: Calibration) -> None:
        self._signals = SignalReader(lexicon)
        self._weights = np.ascontiguousarray(weights.tasks / np.float32(calibration.temperature))
        self._offsets = weights.task_offsets / np.float32(calibration.temperature)
        self._burdens, self._levels = tuple(weights.burdens), tuple(weights.levels)
        self._calibration = calibration

    def read(self, excerpt: Excerpt) -> Reading:
        """Read the last user turn, or the end of the conversation where that turn is short."""
        text = subject(excerpt)
        chances, raw = self.judge(text)
        chance = max(chances)
        task = TASKS[chances.index(chance)]
        difficulty = self._difficulty(raw)
        return Reading(
            task,
            chance,
            difficulty,
            self._calibration.difficulty_error,
            language(text),
            round(OUTPUT_TOKENS[task] * (1 + LONGER_PER_LOGIT * difficulty)),
        )

    def judge(self, text: str) -> tuple[list[float], float]:
        """The chance of each task, and the difficulty before it is put on the scale of the catalog."""
        vector, burdens = self._signals.read(text)
        chances = _softmax((vector.dot(self._weights) + self._offsets).tolist())
        return chances, _dot(burdens, self._burdens) + _dot(chances, self._levels)

    def _difficulty(self, raw: float) -> float:
        scaled = self._calibration.difficulty_offset + self._calibration.difficulty_scale * raw
        return max(-HARDEST, min(HARDEST, scaled))


def subject(excerpt: Excerpt) -> str:
    """The text that is read."""
    if excerpt.earlier and len(excerpt.last) < SHORT:
        return f"{excerpt.earlier[-EARLIER:]}\n{excerpt.last}"
    return excerpt.last


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return float(sum(map(mul, left, right)))


def _softmax(scores: list[float]) -> list[float]:
    top = max(scores)
    parts = [exp(score - top) for score in scores]
    total = sum(parts)
    return [part / total for part in parts]
