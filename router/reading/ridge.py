"""Ridge regression on hashed words and a few dense columns, by conjugate gradients on all targets at once.

Invariant: memory is linear in the words of the texts; nothing of size columns x columns is ever made.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.reading.ngrams import COLUMNS, Floats, Singles, Sparse
from router.reading.padded_sums import PaddedSums, rising

STEPS = 60
# Stopping this early costs no accuracy that cross-validation can see, and half the time.
CLOSE = 1e-3


@dataclass(frozen=True, slots=True)
class Design:
    """The regressors of some texts: sparse words, and dense columns."""

    words: Sparse
    dense: Floats

    def times(self, weights: Floats) -> Floats:
        """Predictions, without the intercept."""
        product: Floats = self.words.times(weights[:COLUMNS]) + self.dense @ weights[COLUMNS:]
        return product


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted regression."""

    weights: Floats
    intercept: float

    def at(self, design: Design) -> Floats:
        """Predictions."""
        return design.times(self.weights) + self.intercept


class _Operator:
    """A design over the columns that occur, and its transpose, each a gather and a padded sum."""

    def __init__(self, design: Design) -> None:
        words = design.words
        self.columns = np.flatnonzero(np.bincount(words.column, minlength=COLUMNS))
        places = np.zeros(COLUMNS, np.int32)
        places[self.columns] = np.arange(len(self.columns), dtype=np.int32)
        place = places[words.column]
        order = rising(place)
        self.by_text = PaddedSums(words.rows, words.row, place, words.value)
        self.by_column = PaddedSums(len(self.columns), place[order], words.row[order], words.value[order])
        self.dense = design.dense.astype(np.float32)

    def times(self, weights: Singles) -> Singles:
        many = len(self.columns)
        product: Singles = self.by_text.of(weights[:many]) + self.dense @ weights[many:]
        return product

    def back(self, residual: Singles) -> Singles:
        return np.concatenate([self.by_column.of(residual), self.dense.T @ residual])

    def spread(self, weights: Singles) -> Floats:
        """Weights of the columns that occur as weights of all columns."""
        whole = np.zeros(COLUMNS + self.dense.shape[1])
        whole[self.columns] = weights[: len(self.columns)]
        whole[COLUMNS:] = weights[len(self.columns) :]
        return whole


def ridges(design: Design, targets: NDArray[np.float64], penalty: float) -> tuple[Line, ...]:
    """For each column of targets: least squares plus `penalty` times the squared weights (Hoerl and Kennard, 1970)."""
    operator = _Operator(design)
    intercepts = targets.mean(axis=0)
    solved = _solved(operator, (targets - intercepts).astype(np.float32), np.float32(penalty))
    return tuple(
        Line(operator.spread(weights), float(start)) for weights, start in zip(solved.T, intercepts, strict=True)
    )


def _solved(operator: _Operator, aims: Singles, penalty: np.float32) -> Singles:
    """The weights of each target (columns x targets); a target that is close enough takes no further step."""
    residual = operator.back(aims)
    weights, step = np.zeros_like(residual), residual.copy()
    open_ = np.arange(aims.shape[1])
    start = square = _squares(residual, residual)
    for _ in range(STEPS):
        on = square > CLOSE * start
        if not on.any():
            break
        if not on.all():
            open_, start, square, residual, step = open_[on], start[on], square[on], residual[:, on], step[:, on]
        turned = operator.back(operator.times(step)) + penalty * step
        length = (square / _squares(step, turned)).astype(np.float32)
        weights[:, open_] += length * step
        residual -= length * turned
        square, before = _squares(residual, residual), square
        step = residual + (square / before).astype(np.float32) * step
    return weights


def _squares(left: Singles, right: Singles) -> NDArray[np.float64]:
    """The products of columns with columns."""
    products: NDArray[np.float64] = np.einsum("ij,ij->j", left, right, dtype=np.float64, casting="same_kind")
    return products
