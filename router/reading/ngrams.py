"""Hashed words or tokens of a text and their neighbouring pairs, as a sparse matrix in plain numpy.

Invariant: the same text gives the same columns on every machine; a text is read up to `MOST` characters.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Of tens of millions of entries: half the memory, and more than they need.
Places = NDArray[np.int32]
Singles = NDArray[np.float32]

COLUMNS = 1 << 18
MOST = 4000
_WORD = re.compile(r"[a-z]+|[0-9]|[가-힣]+|[^\sa-z0-9가-힣]")
_LEFT, _RIGHT, _WRAP = np.uint64(1_000_003), np.uint64(7_919), np.uint64(COLUMNS)
_SPREAD, _SHIFT, _ONE = np.uint64(2_654_435_761), np.uint64(7), np.uint64(1)
# What a token is multiplied with by itself, on the left and on the right of a pair, each modulo 2 to the 64.
_TURNS = np.array([1, _LEFT, _RIGHT], np.uint64)[:, None] * _SPREAD
Encode = Callable[[str], Sequence[int]]
"""From a text to the numbers of its tokens."""


def columns(text: str) -> tuple[Places, Places]:
    """The columns of a text's words and neighbouring pairs, and how often each occurs."""
    words = np.array([crc32(word.encode()) for word in _WORD.findall(text[:MOST].lower())], np.uint64)
    pairs = words[:-1] * _LEFT ^ words[1:] * _RIGHT
    distinct, counts = np.unique(np.concatenate([words % _WRAP, pairs % _WRAP]), return_counts=True)
    return distinct.astype(np.int32), counts.astype(np.int32)


def token_columns(text: str, encode: Encode) -> tuple[Places, Places]:
    """The columns of the tokens and neighbouring pairs of a text in lower case, and how often each occurs."""
    alone, left, right = _TURNS * np.array(encode(text[:MOST].lower()), np.uint64)
    both = np.concatenate([alone, left[:-1] ^ right[1:]])
    both >>= _SHIFT
    both &= _WRAP - _ONE
    placed = both.astype(np.int32)
    placed.sort()
    edge = np.ones(len(placed) + 1, np.bool_)
    np.not_equal(placed[1:], placed[:-1], edge[1:-1])
    edges = edge.nonzero()[0]
    return placed[edges[:-1]], (edges[1:] - edges[:-1]).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Sparse:
    """Rows of (column, value), one row a text."""

    rows: int
    row: Places
    column: Places
    value: Singles

    def times(self, weights: Floats) -> Floats:
        """The matrix times a vector."""
        product: Floats = np.bincount(self.row, self.value * weights[self.column], self.rows).astype(np.float64)
        return product

    def only(self, chosen: NDArray[np.intp]) -> "Sparse":
        """Some of the rows, in the given order, which must rise."""
        place = np.full(self.rows, -1, np.int32)
        place[chosen] = np.arange(len(chosen))
        row = place[self.row]
        kept = row >= 0
        return Sparse(len(chosen), row[kept], self.column[kept], self.value[kept])


def counted(texts: Sequence[str], encode: Encode | None = None) -> Sparse:
    """1 + log(count) of every column of every text: of its words, or of its tokens where it is said how to get them."""
    return stacked([columns(text) if encode is None else token_columns(text, encode) for text in texts])


def stacked(pairs: Sequence[tuple[Places, Places]]) -> Sparse:
    """The same of texts whose columns and counts are known."""
    lengths = [len(column) for column, _ in pairs]
    row = np.repeat(np.arange(len(pairs), dtype=np.int32), lengths)
    counts = np.concatenate([counts for _, counts in pairs])
    amounts = (1 + np.log(np.maximum(1, np.arange(1 + counts.max(initial=1))))).astype(np.float32)
    return Sparse(len(pairs), row, np.concatenate([column for column, _ in pairs]), amounts[counts])


def one_after_another(parts: Sequence[Sparse]) -> Sparse:
    """The rows of some matrices, one matrix after another."""
    starts = np.cumsum([0, *(part.rows for part in parts)]).astype(np.int32)
    return Sparse(
        int(starts[-1]),
        np.concatenate([part.row + start for part, start in zip(parts, starts[:-1], strict=True)]),
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.value for part in parts]),
    )


def rarity(matrix: Sparse) -> Floats:
    """Inverse document frequency, log((1 + n)/(1 + df)) + 1; 0 for what occurs in one text only."""
    documents = np.bincount(matrix.column, minlength=COLUMNS)
    weights: Floats = np.log((1 + matrix.rows) / (1 + documents)) + 1
    weights[documents < 2] = 0
    return weights


def weighted(matrix: Sparse, idf: Floats) -> Sparse:
    """Each row times the rarities, at unit length; what has no rarity is left out."""
    single = idf.astype(np.float32)
    value = matrix.value * single[matrix.column]
    kept = value > 0
    row, column, value = matrix.row[kept], matrix.column[kept], value[kept]
    length = np.sqrt(np.bincount(row, value * value, matrix.rows))
    return Sparse(matrix.rows, row, column, value * (1 / np.maximum(length, 1e-9)).astype(np.float32)[row])
