"""How much each word speaks for each of five languages in Latin letters.

Invariant: the votes of a word are one whole number with a field for each language, so that a text's are their sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.reading.stakes.word_pieces import column

LATIN = ("en", "es", "de", "fr", "pt")
COLUMNS = 1 << 14
# Votes of a word are at most twice `LEAST`, and those of `MOST_WORDS` words with what English has fit in so many.
BITS = 18
# So that no field is below zero: a word counts at least one.
LEAST = 1 << 9
REMEMBERED = 65_536
MOST_WORDS = 200
_SHIFTS, _FIELD = tuple(BITS * place for place in range(len(LATIN))), (1 << BITS) - 1
# What English has before any word: a "yes" or a formula speaks for no language.
BEFOREHAND = 90
LONGEST = 20


def endings_and_parts(word: str) -> list[int]:
    """The columns of a word: the whole, its beginning, its ending, and all that is two or three letters long."""
    framed = f"<{word[:LONGEST]}>"
    parts = {framed[start : start + size] for size in (2, 3, 4) for start in range(len(framed) - size + 1)}
    return [column(framed) % COLUMNS, *(column(part) % COLUMNS for part in sorted(parts))]


@dataclass(frozen=True, slots=True)
class LanguageWeights:
    """Languages x columns; the votes of a word are the mean of its columns."""

    table: NDArray[np.float32]
    known: Mapping[str, int]


def votes_of(word: str, table: NDArray[np.float32]) -> int:
    """The votes of a word, packed."""
    if not "a" <= word[0] <= "z":
        return sum(LEAST << BITS * place for place in range(len(LATIN)))
    mean: Sequence[float] = table[:, endings_and_parts(word)].mean(1).tolist()
    return sum((LEAST + max(1 - LEAST, min(LEAST, round(vote)))) << BITS * place for place, vote in enumerate(mean))


class LanguageVotes(dict[str, int]):
    """The votes of words that were looked up before; of any other they are worked out when it is asked for."""

    def __init__(self, weights: LanguageWeights) -> None:
        super().__init__(weights.known)
        self._known, self._table = weights.known, weights.table

    def __missing__(self, word: str) -> int:
        if len(self) >= len(self._known) + REMEMBERED:
            self.clear()
            self.update(self._known)
        votes = self[word] = votes_of(word, self._table)
        return votes

    def winner(self, words: Iterable[str]) -> str:
        """The language that the words speak for most; of a tie, and of no words, the first."""
        total = sum(map(self.__getitem__, words), BEFOREHAND)
        fields = [total >> shift & _FIELD for shift in _SHIFTS]
        return LATIN[fields.index(max(fields))]
