"""Ridge regression on hashed words beside a few dense columns, by conjugate gradients.

Invariant: memory is linear in the words of the texts; nothing of size columns x columns is ever made.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.reading.ngrams import COLUMNS, Floats, Sparse

STEPS = 60
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

    def back(self, residual: Floats) -> Floats:
        """The gradient."""
        return np.concatenate([self.words.back(residual), self.dense.T @ residual])

    def only(self, rows: NDArray[np.intp]) -> "Design":
        """Some of the texts."""
        return Design(self.words.only(rows), self.dense[rows])


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted regression."""

    weights: Floats
    intercept: float

    def at(self, design: Design) -> Floats:
        """Predictions."""
        return design.times(self.weights) + self.intercept


def ridge(design: Design, target: Floats, penalty: float) -> Line:
    """Least squares plus `penalty` times the squared length of the weights (Hoerl and Kennard, 1970)."""
    intercept = float(target.mean())
    residual = design.back(target - intercept)
    weights, step = np.zeros_like(residual), residual.copy()
    start = square = float(residual @ residual)
    for _ in range(STEPS):
        if square <= CLOSE * start:
            break
        turned = design.back(design.times(step)) + penalty * step
        length = square / float(step @ turned)
        weights += length * step
        residual -= length * turned
        square, before = float(residual @ residual), square
        step = residual + square / before * step
    return Line(weights, intercept)
