"""Words, and the rows of the table in which each is described.

Invariant: every word has rows, found by itself, else by its stem, its skeleton (so that a misspelt word is still
known), or its Korean, Chinese or Japanese pieces; what is found for a word is remembered, within a bound.
"""

import re
from collections.abc import Callable, Mapping
from itertools import count

import numpy as np
from numpy.typing import NDArray

from router.reading.packed.split_table import SplitTable

UNKNOWN, SYLLABLE, DIGIT, SYMBOL = 0, 1, 2, 6
LONGEST_NUMBER = 4
LONGEST_PIECE = 6
SHORTEST_MISSPELT = 5
REMEMBERED = 16_384
# Rows that one text, and texts that are read beside it, may add after its table was found to have room.
SPARE = 4_096
ENDINGS = ("'s", "s", "es", "ed", "ing", "ly", "er", "d", "ion", "al", "ment")
SKELETON_MARK = "~"
AFTER_HANGUL = "힤"
# A few blanks are taken along with what follows, so that nothing else is tried on them; any number would cost a square.
_TOKEN = re.compile(r"[^\S\n]{0,4}+([a-z]++|[가-힣]++|[0-9]++|[\u3041-\u30ff\u3400-\u9fff]++|[.!?]++\s|\S|\n)")
_VOWELS = str.maketrans("", "", "aeiouy'h")

tokens: Callable[[str], list[str]] = _TOKEN.findall
"""Words, numbers and marks of a text that is folded, a mark that ends a sentence with the space behind it.

A run of Chinese or Japanese, which has no spaces, is one of them.
"""


def tokens_of_both(text: str, end: int, head: int, tail: int) -> tuple[list[str], list[str]] | None:
    """The tokens of `text`, in lower case, and those of its head and tail with two ends of lines between.

    The head is so many characters, the tail so many before `end`. None where they have no space to be cut at, or lie
    too near to each other. Both are what `tokens` gives of each alone: no token goes on behind a space, so that a text
    may be cut there.
    """
    start = end - tail
    first, second = text.rfind(" ", 0, head) + 1, text.find(" ", start, end) + 1
    if not 0 < first <= head <= start < second:
        return None
    third = text.rfind(" ", start, end) + 1
    before, behind = tokens(text[:first]), tokens(text[second:third])
    whole = [*before, *tokens(text[first:second]), *behind, *tokens(text[third:])]
    between = tokens(f"{text[first:head]}\n\n{text[start:second]}")
    return whole, [*before, *between, *behind, *tokens(text[third:end])]


def skeleton(word: str) -> str:
    """The first letter and the set of the other consonants: what most typing errors leave alone."""
    return word[0] + "".join(sorted(set(word[1:].translate(_VOWELS))))


def hangul(word: str) -> bool:
    """Whether a token is a Korean word: no token mixes scripts, so its first character decides."""
    return "가" <= word < AFTER_HANGUL


class Vocabulary(dict[str, tuple[int, ...]]):
    """The rows of words that were looked up before; any other is looked up when it is asked for."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        super().__init__()
        self._rows = rows

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(self) >= REMEMBERED:
            self.clear()
        rows = self[word] = self._find(word)
        return rows

    def _find(self, word: str) -> tuple[int, ...]:
        row = self._rows.get(word)
        if row is not None:
            return (row,)
        if "a" <= word[0] <= "z":
            return (self._english(word),)
        if hangul(word):
            return tuple(self._korean(word))
        if "\u3041" <= word[0] <= "\u9fff":
            return tuple(self._pieces(word))
        if "0" <= word[0] <= "9":
            return (DIGIT + min(len(word), LONGEST_NUMBER) - 1,)
        if len(word) > 1:
            return self[word[0]]
        return () if word.isascii() else (SYMBOL,)

    def _english(self, word: str) -> int:
        for ending in ENDINGS:
            if word.endswith(ending):
                stem = word[: -len(ending)]
                row = self._rows.get(stem) or self._rows.get(stem + "e")
                if row is not None:
                    return row
        if len(word) >= SHORTEST_MISSPELT:
            return self._rows.get(SKELETON_MARK + skeleton(word), UNKNOWN)
        return UNKNOWN

    def _korean(self, word: str) -> list[int]:
        """The longest known pieces, from the left; a syllable that begins none is passed over."""
        if len(word) == 1:
            return [SYLLABLE]
        pieces, start = [], 0
        while start < len(word):
            end = self._piece_end(word, start)
            if end - start > 1:
                pieces.append(self._rows[word[start:end]])
            start = end
        return pieces

    def _pieces(self, run: str) -> list[int]:
        """The same of Chinese and Japanese, where a character alone may be a word."""
        pieces, start = [], 0
        while start < len(run):
            end = self._piece_end(run, start)
            row = self._rows.get(run[start:end])
            if row is not None:
                pieces.append(row)
            start = end
        return pieces or [SYMBOL]

    def _piece_end(self, word: str, start: int) -> int:
        for end in range(min(len(word), start + LONGEST_PIECE), start + 1, -1):
            if word[start:end] in self._rows:
                return end
        return start + 1


class WarmRows(dict[str, tuple[int, ...]]):
    """Words to the places of their rows in `table`: those that were met, widened to what is added up, side by side.

    Equal rows have equal places. The rows of phrases come first, each at its own number.
    """

    def __init__(
        self,
        rows: Mapping[str, int],
        table: NDArray[np.int8] | SplitTable,
        widen: Callable[[NDArray[np.int8]], NDArray[np.float32]],
        phrases: NDArray[np.float32],
    ) -> None:
        super().__init__()
        self._vocabulary, self._source, self._widen = Vocabulary(rows), table, widen
        # Whether the next text should be read with a new one.
        self.is_full = False
        self._place_of: dict[int, int] = {}
        self._next = count(len(phrases)).__next__
        # Memory that is all zeros costs none until it is written to.
        self.table = np.zeros((len(phrases) + REMEMBERED + SPARE, phrases.shape[1]), np.float32)
        self.table[: len(phrases)] = phrases
        self.nothing = self._places((UNKNOWN,))

    def __missing__(self, word: str) -> tuple[int, ...]:
        places = self[word] = self._places(self._vocabulary[word])
        self.is_full = max(len(self), len(self._place_of)) >= REMEMBERED
        return places

    def _places(self, rows: tuple[int, ...]) -> tuple[int, ...]:
        return tuple([self._warmed(row) if (place := self._place_of.get(row)) is None else place for row in rows])

    def _warmed(self, row: int) -> int:
        place = self._next()
        if place >= len(self.table):
            self.table = np.concatenate([self.table, np.zeros_like(self.table)])
        self.table[place] = self._widen(self._source[row])
        # Another thread may have been first; then its place is the row's.
        return self._place_of.setdefault(row, place)
