"""Tells the answers of one enrolled substitute from the reference's: a logistic regression, fitted beforehand.

Invariant: it is fitted on enrolled answers and on references of earlier rounds, and changes only between rounds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.evidence.matched.answer_vector import COLUMNS
from router.evidence.matched.set_bets import Scores

Rows = NDArray[np.float32]

RIDGE = 1e-5
STEPS, RATE, SLOWER_AFTER = 300, 0.5, 50
# Rows of each side that are learned from, the latest; and fewer of either teach nothing.
MOST_ROWS = 4096
FEWEST_ROWS = 4


@dataclass(frozen=True, slots=True)
class EnrolledScorer:
    """The weights of the columns, and where the two sides are equally likely."""

    weights: NDArray[np.float32]
    bias: float

    def score(self, answers: Rows) -> Scores:
        """Log likelihood ratios of substitute to reference."""
        return Scores(tuple((answers @ self.weights + self.bias).astype(np.float64).tolist()))

    def chance(self, answers: Rows) -> NDArray[np.float64]:
        """How likely each is the substitute's, were both as frequent."""
        chances: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(np.array(self.score(answers).of), -30, 30)))
        return chances


def fit(references: Rows, substitutes: Rows) -> EnrolledScorer | None:
    """The scorer, or None where either side has too few rows; both sides count alike, however many rows they have."""
    references, substitutes = references[-MOST_ROWS:], substitutes[-MOST_ROWS:]
    if min(len(references), len(substitutes)) < FEWEST_ROWS:
        return None
    rows = np.concatenate([references, substitutes])
    counts = [len(references), len(substitutes)]
    is_substitute = np.repeat(np.array([0, 1], np.float32), counts)
    part = np.repeat(np.array([0.5 / count for count in counts], np.float32), counts)
    weights = np.zeros(COLUMNS + 1, np.float32)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        chances = 1 / (1 + np.exp(-np.clip(rows @ weights[:-1] + weights[-1], -30, 30)))
        wrong = part * (chances - is_substitute)
        gradient = np.append(rows.T @ wrong + np.float32(RIDGE) * weights[:-1], wrong.sum()).astype(np.float32)
        mean, square = _faded(mean, gradient, 0.9), _faded(square, gradient * gradient, 0.99)
        towards = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.99**step)) + 1e-6)
        weights -= np.float32(RATE * min(1.0, SLOWER_AFTER / step)) * towards.astype(np.float32)
    return EnrolledScorer(weights[:-1], float(weights[-1]))


def _faded(kept: Rows, new: Rows, memory: float) -> Rows:
    """A running mean, as Adam keeps two (Kingma and Ba, 2015)."""
    return (np.float32(memory) * kept + np.float32(1 - memory) * new).astype(np.float32)
