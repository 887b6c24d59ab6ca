"""Ridge regression on hashed words and a few dense columns, by conjugate gradients.

Invariant: memory is linear in the words of the texts; nothing of size columns x columns is ever made.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.reading.ngrams import COLUMNS, Floats, Sparse

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
    """A design over the columns that occur, in both orders, so that each product is a gather and a running sum."""

    def __init__(self, design: Design) -> None:
        words = design.words
        self.columns, self.place = np.unique(words.column, return_inverse=True)
        order = np.argsort(self.place, kind="stable")
        self.value, self.turned = words.value, words.value[order]
        self.rows, self.row = words.rows, words.row[order]
        self.filled, self.row_starts = np.unique(words.row, return_index=True)
        self.column_starts = np.searchsorted(self.place[order], np.arange(len(self.columns)))
        self.dense = design.dense

    def times(self, weights: Floats) -> Floats:
        many = len(self.columns)
        product: Floats = self.dense @ weights[many:]
        if many:
            product[self.filled] += np.add.reduceat(self.value * weights[self.place], self.row_starts)
        return product

    def back(self, residual: Floats) -> Floats:
        dense = self.dense.T @ residual
        if not len(self.columns):
            return np.asarray(dense)
        return np.concatenate([np.add.reduceat(self.turned * residual[self.row], self.column_starts), dense])

    def spread(self, weights: Floats) -> Floats:
        """Weights of the columns that occur as weights of all columns."""
        whole = np.zeros(COLUMNS + self.dense.shape[1])
        whole[self.columns] = weights[: len(self.columns)]
        whole[COLUMNS:] = weights[len(self.columns) :]
        return whole


def ridges(design: Design, targets: NDArray[np.float64], penalty: float) -> tuple[Line, ...]:
    """For each column of targets: least squares plus `penalty` times the squared weights (Hoerl and Kennard, 1970)."""
    operator = _Operator(design)
    return tuple(_ridge(operator, target, penalty) for target in targets.T)


def _ridge(operator: _Operator, target: Floats, penalty: float) -> Line:
    intercept = float(target.mean())
    residual = operator.back(target - intercept)
    weights, step = np.zeros_like(residual), residual.copy()
    start = square = float(residual @ residual)
    for _ in range(STEPS):
        if square <= CLOSE * start:
            break
        turned = operator.back(operator.times(step)) + penalty * step
        length = square / float(step @ turned)
        weights += length * step
        residual -= length * turned
        square, before = float(residual @ residual), square
        step = residual + square / before * step
    return Line(operator.spread(weights), intercept)
