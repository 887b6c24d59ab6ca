"""An answer as a vector of unit length: hashed words, pairs of words, short runs of characters, and how it opens.

Invariant: the same text gives the same vector on every machine; a text is read up to `MOST` characters.
"""

import re
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Hashes = NDArray[np.uint64]

COLUMNS = 2048
MOST = 2000
# How many words of the opening count as one feature, up to this.
OPENING = 5
RUNS = (2, 3, 4)
_WORD = re.compile(r"\w+|[^\w\s]|\n+")
_LEFT, _RIGHT = np.uint64(1_000_003), np.uint64(7_919)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HIGH = np.uint64(32)


def vector(text: str) -> Vector:
    """The vector; one of zeros for a text without a character."""
    text = text[:MOST]
    words = _WORD.findall(text)
    hashes = np.concatenate([_words(words), _openings(words), *(_runs(text, length) for length in RUNS)])
    distinct, counts = np.unique(hashes, return_counts=True)
    columns = ((distinct * _MIX) >> _HIGH) % np.uint64(COLUMNS)
    made = np.bincount(columns.astype(np.int64), 1 + np.log(counts), COLUMNS)
    length = float(np.sqrt(made @ made))
    # In halves: what is kept of a round, to go on after a restart, is then what was scored.
    return (made / length if length else made).astype(np.float16).astype(np.float32)


def _words(words: list[str]) -> Hashes:
    single = np.array([crc32(word.encode(errors="replace")) for word in words], np.uint64)
    pairs = single[:-1] * _LEFT ^ single[1:] * _RIGHT
    return np.concatenate([single, pairs])


def _openings(words: list[str]) -> Hashes:
    """The first word, the first two, and so on: models differ most in how they begin."""
    starts = [" ".join(words[:count]) for count in range(1, min(OPENING, len(words)) + 1)]
    return np.array([crc32(start.encode(errors="replace"), 1) for start in starts], np.uint64)


def _runs(text: str, length: int) -> Hashes:
    """Every run of so many characters."""
    codes = np.array([ord(letter) for letter in text], np.uint64)
    count = len(codes) - length + 1
    made = np.full(max(count, 0), length, np.uint64)
    for place in range(length if count > 0 else 0):
        made = made * _LEFT + codes[place : place + count]
    return made
