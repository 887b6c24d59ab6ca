"""Words, and the rows of the table in which each is described.

Invariant: every word has rows, found by itself, else by its stem, its skeleton (so that a misspelt word is still
known), or its Korean, Chinese or Japanese pieces; what is found for a word is remembered, within a bound.
"""

import re
from collections.abc import Callable, Mapping

UNKNOWN, SYLLABLE, DIGIT, SYMBOL = 0, 1, 2, 6
LONGEST_NUMBER = 4
LONGEST_PIECE = 6
SHORTEST_MISSPELT = 5
REMEMBERED = 16_384
ENDINGS = ("'s", "s", "es", "ed", "ing", "ly", "er", "d", "ion", "al", "ment")
SKELETON_MARK = "~"
AFTER_HANGUL = "힤"
_TOKEN = re.compile(r"[a-z]++|[가-힣]++|[0-9]++|[\u3041-\u30ff\u3400-\u9fff]++|[.!?]++\s|\S|\n")
_VOWELS = str.maketrans("", "", "aeiouy'h")

tokens: Callable[[str], list[str]] = _TOKEN.findall
"""Words, numbers and marks of a text that is folded, a mark that ends a sentence with the space behind it.

A run of Chinese or Japanese, which has no spaces, is one of them.
"""


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
