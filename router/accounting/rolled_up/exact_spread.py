"""Figures in money by group of conversations, worked out from columns of sums without a rounding.

A figure of a group is the sum of rates times counts. A rate has more digits than a machine's integer, so it is cut into
pieces of a few bits, each of which is multiplied and added by columns; only what a group comes to at the end is put
together again.

Invariant: the floats that come out are those nearest to the exact sums, as from decimals added one by one.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.accounting.rolled_up.class_sums import Whole
from router.accounting.rolled_up.request_class import Unsummable
from router.accounting.savings.clustered_intervals import CLUSTERS

Rates = tuple[tuple[Decimal, ...], ...]
"""Of each figure, what one of each sum adds to it, in micro-dollars."""
# Up to so many bits floats hold every whole number, and are multiplied several times as fast.
_FLOAT_BITS, _BITS, _LEAST_BITS = 53, 62, 8
_ENOUGH = 12


class Scale(NamedTuple):
    """How rates are cut: `places` behind the point, into `pieces` of so many `bits`."""

    places: int
    pieces: int
    bits: int
    floats: bool

    def cut(self, rates: Rates) -> NDArray[Any]:
        """The pieces of rates, the lowest first: an array of pieces, figures and sums, of whole numbers."""
        mask = (1 << self.bits) - 1
        cut = np.zeros((self.pieces, len(rates), len(rates[0])), np.float64 if self.floats else np.int64)
        for figure, row in enumerate(rates):
            for place, rate in enumerate(row):
                whole = int(rate.scaleb(self.places))
                sign, left = (-1, -whole) if whole < 0 else (1, whole)
                for piece in range(self.pieces):
                    cut[piece, figure, place] = sign * (left & mask)
                    left >>= self.bits
        return cut

    def valued(self, cut: NDArray[Any], sums: Whole) -> Whole:
        """What rows of sums come to by such pieces: an array of pieces, figures and rows."""
        pieces: Whole = (cut @ sums.T.astype(cut.dtype)).astype(np.int64)
        return pieces


def scale_for(rates: Sequence[Rates], most: int) -> Scale:
    """A scale for all these rates, of which a group adds up to `most` counts at once; raises Unsummable for too many.

    Call it inside `exactly()`, as `cut`.
    """
    taken = max(1, most).bit_length()
    floats = _FLOAT_BITS - taken >= _ENOUGH
    bits = (_FLOAT_BITS if floats else _BITS) - taken
    if bits < _LEAST_BITS:
        raise Unsummable("more in one group of conversations than can be summed")
    every = [rate for rows in rates for row in rows for rate in row if rate]
    places = max((0, *(-int(rate.normalize().as_tuple().exponent) for rate in every)))
    longest = max((int(abs(rate).scaleb(places)).bit_length() for rate in every), default=1)
    return Scale(places, 1 + longest // bits, bits, floats)


class Spread:
    """Some figures of every group of conversations, which grow."""

    def __init__(self, scale: Scale, figures: int) -> None:
        self._scale = scale
        self._pieces = np.zeros((scale.pieces, figures, CLUSTERS), np.int64)
        self._requests = np.zeros(CLUSTERS, np.int64)

    def add(self, groups: Whole, requests: Whole, pieces: Whole) -> None:
        """Add what some groups, each once, came to: an array of pieces, figures and groups."""
        self._requests[groups] += requests
        self._pieces[:, :, groups] += pieces

    def groups(self) -> Iterator[tuple[int, int, list[float]]]:
        """Each group with requests: its number, how many, and its figures in micro-dollars."""
        by, shifts = 10**self._scale.places, range(0, self._scale.pieces * self._scale.bits, self._scale.bits)
        for group in np.flatnonzero(self._requests).tolist():
            columns = self._pieces[:, :, group].T.tolist()
            whole = [sum(piece << shift for piece, shift in zip(column, shifts, strict=True)) for column in columns]
            yield group, int(self._requests[group]), [number / by for number in whole]
