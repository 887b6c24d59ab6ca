"""Sums of the rows of a matrix, each weighed, by segment: what a sparse matrix times a narrow dense one is.

Invariant: segments of about the same length are padded to one length and summed together, so that each entry costs a
gathered row of the dense matrix, once for all of its columns; at most `ROOM` numbers are gathered at a time.
"""

import numpy as np
from numpy.typing import NDArray

from router.reading.ngrams import Ints, Places, Singles

ROOM = 1 << 18
LEAST = 4


class PaddedSums:
    """Entries in the order of their segments: for each the row of the dense matrix, and how much of it counts."""

    def __init__(self, segments: int, segment: Ints | Places, row: Ints | Places, value: Singles) -> None:
        self.segments = segments
        starts = np.flatnonzero(np.concatenate([[True], segment[1:] != segment[:-1]])[: len(segment)])
        numbers, lengths = segment[starts], np.diff(starts, append=len(segment))
        widths = _padded(lengths)
        self._parts = [
            _part(numbers[same], starts[same], lengths[same], int(width), row, value)
            for width in np.unique(widths)
            for same in [widths == width]
        ]

    def of(self, dense: Singles) -> Singles:
        """Segments x columns of the dense matrix."""
        many = dense.shape[1]
        sums = np.zeros((self.segments, many), np.float32)
        for numbers, rows, values in self._parts:
            step = max(1, ROOM // (values.shape[2] * many))
            for start in range(0, len(numbers), step):
                some = slice(start, start + step)
                sums[numbers[some]] = np.matmul(values[some], dense.take(rows[some], axis=0))[:, 0]
        return sums


def rising(numbers: Ints | Places) -> NDArray[np.intp]:
    """The places of whole numbers in rising order, equal ones as they stood: a sort of one key each, which is quick."""
    shift = max(1, len(numbers)).bit_length()
    keys = numbers.astype(np.int64)
    keys <<= shift
    keys |= np.arange(len(numbers))
    keys.sort()
    keys &= (1 << shift) - 1
    return keys


Part = tuple[NDArray[np.intp], Ints | Places, Singles]


def _padded(lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Lengths rounded up, by an eighth at most from `LEAST` times two on, so that there are few different ones."""
    unit = 2 ** np.maximum(np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.intp) - 3, 2)
    padded: NDArray[np.intp] = np.maximum(-(-lengths // unit) * unit, LEAST)
    return padded


def _part(
    numbers: NDArray[np.intp],
    starts: NDArray[np.intp],
    lengths: NDArray[np.intp],
    width: int,
    row: Ints | Places,
    value: Singles,
) -> Part:
    """The segments of one padded length: their numbers, and for each of their places the row and the weight."""
    place = np.arange(width)
    inside = place < lengths[:, None]
    at = np.where(inside, starts[:, None] + place, 0)
    values = np.where(inside, value[at], np.float32(0))
    return numbers.astype(np.intp), row[at], np.ascontiguousarray(values[:, None, :])
