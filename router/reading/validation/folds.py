"""Deals groups of texts into folds of about the same size.

Invariant: a group is in one fold alone, and no fold is empty where there are as many groups as folds.
"""

import numpy as np

from router.reading.ngrams import Ints


def balanced_folds(groups: Ints, folds: int, seed: int = 0) -> Ints:
    """A fold for each text: the largest groups first, each into the smallest fold so far; of equals, by a hash."""
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    mixed = (np.arange(len(sizes)) * 2_654_435_761 + seed * 40_503) % 2**32 * 2_246_822_519 % 2**32
    order = np.lexsort((mixed, -sizes))
    fold, filled = np.zeros(len(sizes), np.int64), [0] * folds
    for group, size in zip(order.tolist(), sizes[order].tolist(), strict=True):
        least = min(range(folds), key=filled.__getitem__)
        fold[group] = least
        filled[least] += size
    return fold[place]
