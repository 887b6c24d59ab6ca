"""From a text to the numbers that a linear model reads: meaning, word classes and cues, of head, whole and tail.

Invariant: fitting and serving compute them here and nowhere else. Only `HEAD` characters of the beginning and `TAIL`
of the end are read, so the time is bounded.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import log1p, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.reading.languages.letters import folded
from router.reading.marks import MARKS, marks
from router.reading.packed.split_table import SplitTable
from router.reading.phrases import Phrases
from router.reading.politeness import plain
from router.reading.vocabulary import AFTER_HANGUL, WarmRows, tokens, tokens_of_both

Floats = NDArray[np.float32]
# A named tuple of all its values in their order, without the Python of its own `__new__`.
_made = tuple.__new__

_SPACES = re.compile(r"[ \t]{2,}")

HEAD, TAIL = 500, 300
LAST_MARKS = ".?!…。？！～~ "
SEGMENTS, WHOLE = 3, 1
EDGE = 24
USED_MARKS = MARKS - 1
BURDENS = 12
LEVELS = np.float32(127)
RARITY_LEVELS = 12.7
_KOREAN, _OPTIONS = 13, 18
_SOFT = 0.05
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of words. Each row of `table` holds, as int8, a meaning, a chance per task, cues, and a rarity.

    `phrase_cues` has a row of cues per phrase; `scale` turns the meaning into numbers again.
    """

    rows: Mapping[str, int]
    table: NDArray[np.int8] | SplitTable
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

    `words` are those of the text, and `whole` is false where only its ends were read. Then `every` are those of all the
    text where they had to be looked for, too.
    """

    vector: Floats
    burdens: tuple[float, ...]
    words: list[str]
    whole: bool
    every: list[str] | None = None


class SignalReader:
    """Computes the signals of texts under one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._phrases = Phrases(lexicon.phrases)
        self._classes = lexicon.meaning + lexicon.tasks
        self._width = self._classes + lexicon.tasks + lexicon.cues
        self._size = lexicon.signals
        self._norms, self._spread = self._groups()
        self._soft = float(_SOFT / lexicon.scale)
        self._warm = self._warm_rows()

    def __reduce__(self) -> tuple[type["SignalReader"], tuple[Lexicon]]:
        """Another process begins without what this one remembers."""
        return SignalReader, (self._lexicon,)

    def _warm_rows(self) -> WarmRows:
        """Rows of meaning, classes, classes once more as amounts, cues, and rarity."""
        lexicon, meaning, classes = self._lexicon, self._lexicon.meaning, self._classes
        columns = np.array([*range(classes), *range(meaning, lexicon.table.shape[1])])
        phrases = np.zeros((len(lexicon.phrases), len(columns)), np.float32)
        phrases[:, self._width - lexicon.cues : self._width] = lexicon.phrase_cues
        return WarmRows(lexicon.rows, lexicon.table, lambda row: row[columns].astype(np.float32), phrases)

    def _groups(self) -> tuple[Floats, Floats]:
        """Which columns make each of two lengths, and by which of four numbers each column is divided."""
        lexicon, groups = self._lexicon, 4
        sizes = lexicon.meaning, lexicon.tasks, lexicon.tasks, lexicon.cues
        group = np.repeat(np.arange(groups), sizes)
        spread = np.eye(groups, dtype=np.float32)[:, group]
        norms = np.zeros((self._width + 1, groups), np.float32)
        norms[: self._classes, :2] = spread.T[: self._classes, :2]
        return norms, spread

    def read(self, text: str) -> Signals:
        """The signals of a text."""
        # Neither courtesies nor doubled spaces make work, so neither counts as length.
        said = plain((_SPACES.sub(" ", text) if "  " in text or "\t" in text else text).strip())
        # Nor does a last mark, which people leave out as they please.
        said = said.rstrip(LAST_MARKS) or said
        kept = bounded(said)
        every, words = (None, tokens(folded(kept))) if kept is said else _words(text, said, kept)
        warm = self._warm
        if warm.is_full:
            warm = self._warm = self._warm_rows()
        rows = list(chain.from_iterable(map(warm.__getitem__, words))) or list(warm.nothing)
        many, distinct = len(rows), len(set(rows))
        sums = self._sums(warm, rows, words)
        syllables = 0 if kept.isascii() else sum([len(word) for word in words if "가" <= word < AFTER_HANGUL])
        shown = marks(kept, words, many, syllables)
        vector = np.empty(self._size, np.float32)
        self._describe(sums, many, vector[:-USED_MARKS].reshape(SEGMENTS, self._width))
        vector[-USED_MARKS:] = shown[:USED_MARKS]
        rarity = sums.item(WHOLE, -1) / RARITY_LEVELS / many
        return _made(Signals, (vector, _burdens(distinct, many, rarity, shown), words, kept is said, every))

    def _sums(self, warm: WarmRows, rows: list[int], words: list[str]) -> Floats:
        """The rows added up over the head, the whole and the tail, with the cues of phrases behind them."""
        many, found = len(rows), self._phrases.within(words)
        first = last = 0
        if found:
            end = len(words) - EDGE
            for start, phrase in found:
                rows.append(phrase)
                first += start < EDGE
                last += start >= end
        sums: Floats = _segments(many, len(found), first, last).dot(warm.table.take(rows, 0))
        return sums

    def _describe(self, sums: Floats, rows: int, out: NDArray[Any]) -> None:
        """Directions of meaning and classes, then the logarithms of how much of each class and cue there is."""
        lengths = (sums * sums).dot(self._norms)
        np.sqrt(lengths, lengths)
        np.add(lengths, _softened(rows, self._soft), lengths)
        divisors = lengths.dot(self._spread)
        np.divide(sums[:, :-1], divisors, out)
        amounts = out[:, self._classes :]
        np.log1p(amounts, amounts)


def bounded(text: str) -> str:
    """The text, or its head and tail."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n\n{text[-TAIL:]}"


def _words(text: str, said: str, kept: str) -> tuple[list[str] | None, list[str]]:
    """The tokens of what is kept of a long text, and where they share much work those of all of it."""
    if text.isascii() and text.startswith(said):
        both = tokens_of_both(text.lower(), len(said), HEAD, TAIL)
        if both is not None:
            return both
    return None, tokens(folded(kept))


@lru_cache(maxsize=_REMEMBERED)
def _segments(rows: int, phrases: int, first: int, last: int) -> Floats:
    """Which of so many rows, and of the phrases behind them, are in the head, the whole and the tail.

    Phrases stand in the order of the text, so that those of the head are the `first`, and those of the tail the `last`.
    """
    chosen = np.zeros((SEGMENTS, rows + phrases), np.float32)
    chosen[0, :rows][:EDGE] = 1
    chosen[0, rows : rows + first] = 1
    chosen[WHOLE] = 1
    chosen[2, :rows][-EDGE:] = 1
    chosen[2, rows + phrases - last :] = 1
    return chosen


@lru_cache(maxsize=_REMEMBERED)
def _softened(rows: int, meaning: float) -> Floats:
    """What is added to the lengths of each part of so many rows; amounts have no length, and are divided by it."""
    soft = np.tile(np.array([meaning, _SOFT * LEVELS, LEVELS, 1], np.float32), (SEGMENTS, 1))
    soft[WHOLE, 2:] *= sqrt(rows + 4) / 2
    return soft


def _burdens(distinct: int, rows: int, rarity: float, shown: Sequence[float]) -> tuple[float, ...]:
    """What makes work: how many words, and how rare, digits, operators, formulas, options, a question, code, Korean."""
    _, _, fence, dollars, backslash, _, digits, operators, question, *_ = shown
    words = log1p(distinct), log1p(rows), rarity, rarity * rarity
    return (*words, digits, operators, dollars, backslash, shown[_OPTIONS], question, fence, shown[_KOREAN])
