"""Multinomial logistic regression in which every weight has its own penalty and its own prior mean.

Invariant: the objective is convex, so the same rows give the same weights.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from router.reading.signals import Floats

STEPS = 80
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Prior:
    """For each weight, where it is drawn to and how strongly."""

    penalty: Floats
    mean: Floats


def fit(
    rows: Floats, kinds: NDArray[np.intp], importance: Floats, prior: Prior, steps: int = STEPS
) -> tuple[Floats, Floats]:
    """Weights (columns x kinds) and offsets that minimise the mean cross-entropy and the penalties."""
    columns, width = prior.mean.shape
    share = (importance / importance.sum()).astype(np.float32)[:, None]
    wanted = np.eye(width, dtype=np.float32)[kinds]

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat[:-width].reshape(columns, width)
        chances = softmax(rows @ weights.astype(np.float32) + flat[-width:].astype(np.float32))
        away = weights - prior.mean
        loss = -float((share * wanted * np.log(chances + TINY)).sum()) + 0.5 * float((prior.penalty * away**2).sum())
        slope = (chances - wanted) * share
        return loss, np.r_[(rows.T @ slope + prior.penalty * away).ravel(), slope.sum(0)].astype(np.float64)

    start = np.r_[prior.mean.ravel(), np.zeros(width)].astype(np.float64)
    solution = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    return solution[:-width].reshape(columns, width).astype(np.float32), solution[-width:].astype(np.float32)


def softmax(scores: Floats) -> Floats:
    """Chances from scores, row by row."""
    parts: Floats = np.exp(scores - scores.max(1, keepdims=True))
    parts /= parts.sum(1, keepdims=True)
    return parts
