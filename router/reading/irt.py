"""From predicted text traits to each model's chance: a logistic item-response model, fitted by Newton's method.

    q[m] = sigmoid(ability[m, t] + loadings[m] . traits(text) - difficulty(text))

With no traits it is the one-parameter model. The traits are the few directions in which models differ from one
another on the same prompt (multidimensional item-response theory, Reckase, 2009).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.reading.ngrams import Floats

STEPS = 12
# How strongly a model's ability on one task is held to its ability overall, in prompts.
TASK_PENALTY = 100.0
LOADING_PENALTY = 0.1
# Of a normal distribution, what 95 % lie below.
UPPER_Z = 1.645


@dataclass(frozen=True, slots=True)
class Targets:
    """What is regressed on text: the prompt's mean score relative to its models', and `factors` of their differences.

    `directions` (models x factors) are orthonormal; `column` is each model's mean score.
    """

    column: Floats
    level: Floats
    factors: Floats
    directions: Floats


@dataclass(frozen=True, slots=True)
class Chances:
    """The fitted model. Abilities are models x tasks, loadings models x traits; `slope` turns level into logits."""

    abilities: Floats
    loadings: Floats
    slope: float

    def difficulty(self, traits: Floats) -> Floats:
        """Logits; the first trait is the level."""
        difficulty: Floats = -self.slope * traits[:, 0]
        return difficulty

    def at(self, traits: Floats, tasks: NDArray[np.intp]) -> Floats:
        """Prompts x models: the chance of a right answer."""
        chances: Floats = _sigmoid(
            self.abilities[:, tasks].T + traits @ self.loadings.T - self.difficulty(traits)[:, None]
        )
        return chances


def targets(scores: Floats, factors: int) -> Targets:
    """Split scores (prompts x models, NaN where missing) into a level and the main directions of difference."""
    column = np.nanmean(scores, axis=0)
    centred = scores - column
    level = np.nanmean(centred, axis=1)
    rest = np.nan_to_num(centred - level[:, None])
    _, directions = np.linalg.eigh(rest.T @ rest)
    directions = directions[:, ::-1][:, :factors]
    return Targets(column, level, rest @ directions, directions)


def calibrate(scores: Floats, traits: Floats, tasks: NDArray[np.intp], task_count: int) -> Chances:
    """Fit each model's chances on traits that were predicted out of fold; tasks that never occur get no deviation."""
    fitted = [_logistic(scores[:, m], traits, tasks, task_count) for m in range(scores.shape[1])]
    abilities = np.array([overall + deviations for overall, deviations, _ in fitted])
    loadings = np.array([slopes for _, _, slopes in fitted])
    slope = float(loadings[:, 0].mean())
    loadings[:, 0] -= slope
    return Chances(abilities, loadings, slope)


def _logistic(score: Floats, traits: Floats, tasks: NDArray[np.intp], task_count: int) -> tuple[float, Floats, Floats]:
    """One model's intercept, deviations by task, and slopes on the traits."""
    known = ~np.isnan(score)
    design = np.hstack([np.ones((known.sum(), 1)), np.eye(task_count)[tasks[known]], traits[known]])
    penalty = np.concatenate([[1e-3], np.full(task_count, TASK_PENALTY), np.full(traits.shape[1], LOADING_PENALTY)])
    weights, observed = np.zeros(design.shape[1]), score[known]
    for _ in range(STEPS):
        chance = _sigmoid(design @ weights)
        gradient = design.T @ (observed - chance) - penalty * weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return float(weights[0]), weights[1 : 1 + task_count], weights[1 + task_count :]


def unexplained(scores: Floats, chances: Floats) -> float:
    """The standard deviation of what the text does not show of a prompt's difficulty, in logits.

    By moments: the variance of a prompt's mean residual, less what chance gives it, at the mean slope of the logistic
    curve. What chance gives is seen in how a prompt's models differ, since a score may be the mean of many answers; of
    a prompt with one score it is taken to be that of one answer.
    """
    return _logits(_excess(scores, chances), scores, chances)


def unexplained_at_most(scores: Floats, chances: Floats) -> float:
    """What it is no more than, at 95 %, by the normal distribution of the moments over prompts.

    Where few scores of a prompt say little, the moments may come to less than nothing; this then says how much there
    may be.
    """
    excess = _excess(scores, chances)
    return _logits(excess + UPPER_Z * excess.std() / np.sqrt(len(excess)), scores, chances)


def _excess(scores: Floats, chances: Floats) -> Floats:
    """Of each prompt the square of its mean residual, less what chance alone would give."""
    known = ~np.isnan(scores)
    count = known.sum(axis=1)
    residual = np.nansum(np.where(known, scores - chances, 0), axis=1) / count
    apart = np.where(known, scores - chances - residual[:, None], 0)
    slope = np.where(known, chances * (1 - chances), 0)
    noise = np.where(count > 1, (apart**2).sum(axis=1) / np.maximum(count - 1, 1), slope.sum(axis=1))
    excess: Floats = (residual - residual.mean()) ** 2 - noise / count
    return excess


def _logits(excess: Floats, scores: Floats, chances: Floats) -> float:
    known = ~np.isnan(scores)
    curve = float(np.where(known, chances * (1 - chances), 0).sum() / known.sum())
    return float(np.sqrt(max(float(excess.mean()), 0.0)) / curve)


def _sigmoid(x: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-np.clip(x, -50, 50)))
    return chances
