"""Vectors of texts without a model: pieces of words, hashed to places, so that texts that are spelt alike lie near.

Invariant: the same text has the same vector, of length one. It knows of spelling and nothing of meaning: it stands in
for a model where a program's plumbing is tried, and finds near-copies, not answers.
"""

import math
from collections import Counter
from collections.abc import Iterator
from zlib import crc32

# About what the longest input of a real model holds.
MOST_CHARACTERS = 32_000
# A piece of a word lies along this many axes, so that a shortened vector still has most of them.
_AXES = 4
_SHORTEST, _LONGEST = 2, 4


def vector(text: str, full: int, dimensions: int | None = None) -> list[float]:
    """A vector of `full` numbers, or its first `dimensions` made one long again."""
    places = [0.0] * full
    for piece, count in Counter(_pieces(text.casefold())).items():
        weight = 1 + math.log(count)
        for axis in range(_AXES):
            drawn = crc32(piece.encode(errors="replace"), axis)
            places[drawn // 2 % full] += weight if drawn % 2 else -weight
    return _unit(places[:dimensions] if dimensions else places)


def _pieces(text: str) -> Iterator[str]:
    """Every word with its ends marked, and its runs of two to four letters."""
    for word in text.split() or [text]:
        marked = f"<{word}>"
        yield marked
        for size in range(_SHORTEST, _LONGEST + 1):
            for start in range(len(marked) - size):
                yield marked[start : start + size]


def _unit(places: list[float]) -> list[float]:
    length = math.sqrt(math.fsum(place * place for place in places))
    if not length:
        # All that the text says lies along axes that were cut away.
        return [1.0] + [0.0] * (len(places) - 1)
    return [place / length for place in places]
