"""Fits what the chances of the tasks add to the score of stakes: logistic regression on texts no word was fitted to.

Invariant: of the labelled set's held-out half the last third is not fitted to, and of the workload no odd row.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from router.reading.learned import LearnedReader, log_chances
from router.reading.stakes.stakes_reader import StakesReader
from router.reading.training.stakes.stakes_measures import WORKLOAD, Labelled, fitted_leanings_to

PENALTY = 3.0
FOLDS = 10
# What a text of the workload counts: these are many, and none was written with stakes in mind.
WORK = 0.1
# The share of ordinary texts of the labelled set, in folds that were not fitted to, above which the threshold is set.
FALSE_ALARMS = 0.04
Numbers = NDArray[np.float64]


def leanings(reader: LearnedReader, stakes: StakesReader) -> list[float]:
    """What the logarithm of each task's chance adds to a margin of stakes, and last what is always added."""
    texts: Sequence[Labelled] = fitted_leanings_to()
    rows = np.array([[stakes.margin(text.text), *log_chances(reader.judge(text.text)[0]), 1.0] for text in texts])
    high = np.array([text.high for text in texts])
    weight = np.array([WORK if text.kind == WORKLOAD else 1.0 for text in texts])
    fold = np.arange(len(texts)) % FOLDS
    outside = np.zeros(len(texts))
    for number in range(FOLDS):
        inside = fold != number
        outside[~inside] = rows[~inside] @ _logistic(rows[inside], high[inside], weight[inside])
    threshold = float(np.quantile(outside[~high & (weight == 1)], 1 - FALSE_ALARMS))
    slope, *weights, always = _logistic(rows, high, weight).tolist()
    return [round(weight / slope, 4) for weight in (*weights, always - threshold)]


def _logistic(rows: Numbers, high: NDArray[np.bool_], weight: Numbers) -> Numbers:
    """Weights of the margin, which is free, of the tasks, and of a constant."""
    sign = np.where(high, 1.0, -1.0)

    def objective(weights: Numbers) -> float:
        penalty = 0.5 * PENALTY * float(weights[1:-1] @ weights[1:-1])
        return float((weight * np.logaddexp(0, -sign * (rows @ weights))).sum()) + penalty

    found: Numbers = minimize(objective, np.zeros(rows.shape[1]), method="L-BFGS-B").x
    return found
