"""Groups prompts that say nearly the same, so that no fold learns from what it is tested on.

Invariant: what many prompts share (a header, few-shot examples, a template) makes no two of them alike; what few share
does. Two prompts are near-duplicates where the cosine of their weighted words and word pairs reaches `ALIKE`, or where
they are equal but for case, spaces and punctuation; groups are what near-duplicates join. A group of many, which may
share no more than a header, is looked at again without what most of it shares.
"""

import re
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from router.reading.ngrams import COLUMNS, Floats, Ints, Sparse

ALIKE = 0.5
# What fewer than one prompt in twenty share counts in full; what more share fades, to nothing where all do.
RARE = 20.0
BANDS, ROWS_OF_A_BAND = 16, 2
NEIGHBOURS = (1, 2, 3)
PAIRS_AT_ONCE = 20_000
MANY = 8
# Words and pairs that a prompt of a large group has for itself, from which on it is a prompt of its own: four words.
OWN = 8
_PLAIN = re.compile(r"\W+")


def near_duplicates(prompts: Sequence[str], words: Sparse) -> Ints:
    """For each prompt the position of the first prompt of its group."""
    groups = _Groups(len(prompts))
    _join_alike(groups, *_weighed(words))
    large, own = _own_words(words, groups.firsts())
    groups = _Groups(len(prompts), np.where(large, np.arange(len(prompts)), groups.firsts()))
    _join_alike(groups, own, np.ones(COLUMNS))
    groups.join_equal([_PLAIN.sub("", prompt.lower()) for prompt in prompts])
    return groups.firsts()


def _join_alike(groups: "_Groups", matrix: Sparse, weights: Floats) -> None:
    left, right = _candidates(matrix, weights)
    for start in range(0, len(left), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        alike = _cosines(matrix, left[some], right[some]) >= ALIKE
        groups.join(left[some][alike], right[some][alike])


def _own_words(words: Sparse, firsts: Ints) -> tuple[NDArray[np.bool_], Sparse]:
    """Which prompts of large groups say much of their own, and what: of what less than half of the group says, and
    hardly anyone beyond it."""
    inside = (np.bincount(firsts, minlength=words.rows) >= MANY)[firsts]
    kept = inside[words.row]
    row, column = words.row[kept], words.column[kept]
    key = firsts[row] * COLUMNS + column
    _, place, count = np.unique(key, return_inverse=True, return_counts=True)
    there, everywhere = count[place], np.bincount(words.column, minlength=COLUMNS)[column]
    sizes = np.bincount(firsts, minlength=words.rows)[firsts][row]
    own = (2 * there < sizes) & (2 * there > everywhere)
    many = np.bincount(row[own], minlength=words.rows) >= OWN
    chosen = own & many[row]
    row, column = row[chosen], column[chosen]
    length = np.sqrt(np.bincount(row, minlength=words.rows))
    scale = (1 / np.maximum(length, 1)).astype(np.float32)
    return many, Sparse(words.rows, row, column, scale[row])


def joined(first: Ints, names: Sequence[Hashable]) -> Ints:
    """Groups that also hold together what bears the same name; None is no name."""
    groups = _Groups(len(first), first)
    groups.join_equal(names)
    return groups.firsts()


class _Groups:
    """Disjoint sets of positions; the least position of a set stands for it."""

    def __init__(self, count: int, parents: Ints | None = None) -> None:
        self.parent = list(range(count)) if parents is None else parents.tolist()

    def top(self, at: int) -> int:
        while self.parent[at] != at:
            self.parent[at] = at = self.parent[self.parent[at]]
        return at

    def join(self, left: Ints, right: Ints) -> None:
        for here, there in zip(left.tolist(), right.tolist(), strict=True):
            low, high = sorted((self.top(here), self.top(there)))
            self.parent[high] = low

    def join_equal(self, names: Sequence[Hashable]) -> None:
        seen: dict[Hashable, int] = {}
        pairs = [(seen.setdefault(name, at), at) for at, name in enumerate(names) if name is not None]
        self.join(*np.array(pairs, np.int64).reshape(-1, 2).T)

    def firsts(self) -> Ints:
        return np.array([self.top(at) for at in range(len(self.parent))], np.int64)


def _weighed(words: Sparse) -> tuple[Sparse, Floats]:
    """Each row at unit length, every word and pair by how few prompts hold it; and these weights of the columns."""
    documents = np.bincount(words.column, minlength=COLUMNS)
    with np.errstate(divide="ignore"):
        weights = np.clip(np.log(max(words.rows, 1) / documents) / np.log(RARE), 0, 1) ** 2
    value = weights.astype(np.float32)[words.column]
    kept = value > 0
    row, column, value = words.row[kept], words.column[kept], value[kept]
    length = np.sqrt(np.bincount(row, value * value, words.rows))
    scale = (1 / np.maximum(length, 1e-9)).astype(np.float32)
    return Sparse(words.rows, row, column, value * scale[row]), weights


def _candidates(matrix: Sparse, weights: Floats) -> tuple[Ints, Ints]:
    """Pairs of rows whose least hashes agree in a band: likely for rows that share much (Broder, 1997).

    A row's values are the weights of its columns, all at one scale, so that which column comes first among those of a
    row does not depend on the row.
    """
    filled, starts = np.unique(matrix.row, return_index=True)
    pairs: list[Ints] = []
    for band in range(BANDS if len(filled) else 0):
        key = np.zeros(len(filled), np.uint64)
        for number in range(ROWS_OF_A_BAND):
            key = key * np.uint64(0x9E3779B97F4A7C15) + _least(matrix, starts, weights, band * ROWS_OF_A_BAND + number)
        order = np.argsort(key, kind="stable")
        same, rows = key[order], filled[order].astype(np.int64)
        for step in NEIGHBOURS:
            equal = same[step:] == same[:-step]
            pairs.append(rows[:-step][equal] * matrix.rows + rows[step:][equal])
    whole = np.unique(np.concatenate(pairs)) if pairs else np.zeros(0, np.int64)
    return whole // max(matrix.rows, 1), whole % max(matrix.rows, 1)


def _least(matrix: Sparse, starts: NDArray[np.intp], weights: Floats, seed: int) -> NDArray[np.uint64]:
    """Which column of each row comes first in a random order that favours heavy columns, by its place in that order."""
    draws = np.random.default_rng(seed).exponential(size=COLUMNS)
    with np.errstate(divide="ignore"):
        race = (draws / weights**2).astype(np.float32)
    # Two columns of one place would but make two rows candidates: their cosine decides.
    return np.minimum.reduceat(race[matrix.column], starts).view(np.uint32).astype(np.uint64)


def _cosines(matrix: Sparse, left: Ints, right: Ints) -> Floats:
    """The cosine of each pair of rows."""
    ends = np.searchsorted(matrix.row, np.arange(matrix.rows + 1))
    keys, values = _entries(matrix, ends, left)
    others, more = _entries(matrix, ends, right)
    _, first, second = np.intersect1d(keys, others, assume_unique=True, return_indices=True)
    cosines = np.bincount(keys[first] // COLUMNS, values[first] * more[second], len(left))
    return cosines.astype(np.float64)


def _entries(matrix: Sparse, ends: NDArray[np.intp], rows: Ints) -> tuple[Ints, Floats]:
    """The entries of some rows, one row after another: the number of the row with its column, and the value."""
    lengths = ends[rows + 1] - ends[rows]
    number = np.repeat(np.arange(len(rows)), lengths)
    at = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths) + ends[rows][number]
    return number * COLUMNS + matrix.column[at], matrix.value[at].astype(np.float64)
