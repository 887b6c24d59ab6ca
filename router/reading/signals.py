"""From a text to the numbers that a linear model reads: meaning, word classes and cues, of head, whole and tail.

Invariant: fitting and serving compute them here and nowhere else. Only `HEAD` characters of the beginning and `TAIL`
of the end are read, so the time is bounded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import log1p, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.reading.languages.letters import folded
from router.reading.marks import MARKS, marks
from router.reading.phrases import Phrases
from router.reading.politeness import plain
from router.reading.vocabulary import AFTER_HANGUL, Vocabulary, tokens

Floats = NDArray[np.float32]

_SPACES = re.compile(r"[ \t]{2,}")

HEAD, TAIL = 500, 300
SEGMENTS, WHOLE = 3, 1
EDGE = 24
USED_MARKS = MARKS - 1
BURDENS = 12
LEVELS = np.float32(127)
RARITY_LEVELS = 12.7
_KOREAN, _OPTIONS = 13, 18
_SOFT = 0.05
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of words. Each row of `table` holds, as int8, a meaning, a chance per task, cues, and a rarity.

    `phrase_cues` has a row of cues per phrase; `scale` turns the meaning into numbers again.
    """

    rows: dict[str, int]
    table: NDArray[np.int8]
    phrases: tuple[str, ...]
    phrase_cues: NDArray[np.int8]
    scale: float
    tasks: int

    @property
    def cues(self) -> int:
        """How many cues there are."""
        return int(self.phrase_cues.shape[1])

    @property
    def meaning(self) -> int:
        """How many dimensions a meaning has."""
        return int(self.table.shape[1]) - self.tasks - self.cues - 1

    @property
    def signals(self) -> int:
        """How many numbers a task is read from."""
        return SEGMENTS * (self.meaning + 2 * self.tasks + self.cues) + USED_MARKS


class Signals(NamedTuple):
    """`vector` is what the task is read from; `burdens` are what the difficulty is read from.

    `words` are those of the text, and `whole` is false where only its ends were read.
    """

    vector: Floats
    burdens: tuple[float, ...]
    words: list[str]
    whole: bool


class SignalReader:
    """Computes the signals of texts under one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._rows_of = Vocabulary(lexicon.rows).__getitem__
        self._phrases = Phrases(lexicon.phrases)
        self._table = lexicon.table
        self._phrase_rows = np.zeros((len(lexicon.phrases), lexicon.table.shape[1]), np.float32)
        self._meaning = lexicon.meaning
        self._classes = self._meaning + lexicon.tasks
        self._phrase_rows[:, self._classes : -1] = lexicon.phrase_cues
        self._units = np.ones(lexicon.tasks + lexicon.cues, np.float32)
        self._units[: lexicon.tasks] /= LEVELS
        self._split = np.array([0, self._meaning, self._classes])
        self._soft = np.array([_SOFT / lexicon.scale, _SOFT * LEVELS, 1], np.float32)
        self._width = self._classes + lexicon.tasks + lexicon.cues
        self._size = lexicon.signals

    def read(self, text: str) -> Signals:
        """The signals of a text."""
        # Neither courtesies nor doubled spaces make work, so neither counts as length.
        said = plain((_SPACES.sub(" ", text) if "  " in text or "\t" in text else text).strip())
        kept = bounded(said)
        words = tokens(folded(kept))
        rows = list(chain.from_iterable(map(self._rows_of, words))) or [0]
        sums = self._sums(rows, words)
        syllables = 0 if kept.isascii() else sum([len(word) for word in words if "가" <= word < AFTER_HANGUL])
        shown = marks(kept, words, len(rows), syllables)
        vector = np.empty(self._size, np.float32)
        self._describe(sums, len(rows), vector[:-USED_MARKS].reshape(SEGMENTS, self._width))
        vector[-USED_MARKS:] = shown[:USED_MARKS]
        rarity = float(sums[WHOLE, -1]) / RARITY_LEVELS / len(rows)
        return Signals(vector, _burdens(len(set(rows)), len(rows), rarity, shown), words, kept is said)

    def _sums(self, rows: list[int], words: list[str]) -> Floats:
        """The rows added up over the head, the whole and the tail, with the cues of phrases."""
        sums: Floats = _segments(len(rows)).dot(self._table.take(rows, 0).astype(np.float32))
        for start, phrase in self._phrases.within(words):
            first = 0 if start < EDGE else WHOLE
            last = SEGMENTS if len(words) - start <= EDGE else WHOLE + 1
            part = sums[first:last]
            np.add(part, self._phrase_rows[phrase], part)
        return sums

    def _describe(self, sums: Floats, rows: int, out: NDArray[Any]) -> None:
        """Directions of meaning and classes, then the logarithms of how much of each class and cue there is."""
        meaning, classes = self._meaning, self._classes
        lengths = np.sqrt(np.add.reduceat(sums * sums, self._split, 1))
        lengths += self._soft
        np.divide(sums[:, :meaning], lengths[:, :1], out=out[:, :meaning])
        np.divide(sums[:, meaning:classes], lengths[:, 1:2], out=out[:, meaning:classes])
        amounts = sums[:, meaning:-1] * self._units
        amounts[WHOLE] *= 2 / sqrt(rows + 4)
        np.log1p(amounts, out=out[:, classes:])


def bounded(text: str) -> str:
    """The text, or its head and tail."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n\n{text[-TAIL:]}"


@lru_cache(maxsize=_REMEMBERED)
def _segments(rows: int) -> Floats:
    """Which of so many rows are in the head, the whole and the tail."""
    chosen = np.zeros((SEGMENTS, rows), np.float32)
    chosen[0, :EDGE] = 1
    chosen[WHOLE] = 1
    chosen[2, -EDGE:] = 1
    return chosen


def _burdens(distinct: int, rows: int, rarity: float, shown: Sequence[float]) -> tuple[float, ...]:
    """What makes work: how many words, and how rare, digits, operators, formulas, options, a question, code, Korean."""
    _, _, fence, dollars, backslash, _, digits, operators, question, *_ = shown
    words = log1p(distinct), log1p(rows), rarity, rarity * rarity
    return (*words, digits, operators, dollars, backslash, shown[_OPTIONS], question, fence, shown[_KOREAN])
