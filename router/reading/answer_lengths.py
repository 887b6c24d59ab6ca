"""How long each model's answers are, from a text: a line for the usual length, and how each model differs from it.

    tokens[m] = exp(level(text)) · verbosity[m] · exp(loadings[m] · (traits(text), level(text) − mean))

Invariant: what models differ by is learned from traits and levels that were predicted out of fold; `verbosity` is such
that over what was learned from, expected tokens and true tokens have the same mean (Duan, 1983).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.reading.ngrams import Floats
from router.reading.ridge import Line

PENALTY = 10.0
SHORTEST = 1.0
LONGEST = 100_000.0
# A trait moves a length by no more than this, in logits: what is beyond it is no habit of a model.
MOST_LONGER = 3.0


@dataclass(frozen=True, slots=True)
class Habits:
    """What models differ by: `verbosity` and `error` (of a logarithm) for each, `loadings` of models x traits."""

    verbosity: Floats
    loadings: Floats
    error: Floats


@dataclass(frozen=True, slots=True)
class AnswerLengthFit:
    """The line of the usual length, as a logarithm of tokens, its mean over what was learned from, and the habits."""

    line: Line
    mean: float
    habits: Habits

    def expected(self, traits: Floats, level: Floats) -> Floats:
        """Prompts x models: tokens of the answer, from the traits and the level of each prompt."""
        longer = np.column_stack([traits, level - self.mean]) @ self.habits.loadings.T
        tokens: Floats = (
            np.exp(level)[:, None] * self.habits.verbosity * np.exp(np.clip(longer, -MOST_LONGER, MOST_LONGER))
        )
        return tokens


def levels(lengths: Floats) -> Floats:
    """For each prompt the mean logarithm of its answers' tokens, freed of which models answered; NaN where none did."""
    logs = np.log(np.clip(lengths, SHORTEST, LONGEST))
    known = ~np.isnan(logs)
    usual = np.where(known, logs, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    count = known.sum(axis=1)
    apart = np.where(known, logs - usual, 0).sum(axis=1)
    level: Floats = np.where(count > 0, apart / np.maximum(count, 1), np.nan) + usual[known.any(axis=0)].mean()
    return level


def habits(lengths: Floats, traits: Floats, level: Floats, mean: float) -> Habits:
    """Learn what each model differs by; `traits` and `level` were predicted out of fold."""
    design = np.column_stack([traits, level - mean])
    fitted = [_habit(lengths[:, place], design, level) for place in range(lengths.shape[1])]
    verbosity, loadings, error = zip(*fitted, strict=True)
    return Habits(np.array(verbosity), np.array(loadings), np.array(error))


def _habit(tokens: Floats, design: Floats, level: Floats) -> tuple[float, Floats, float]:
    known: NDArray[np.bool_] = ~np.isnan(tokens)
    if not known.any():
        return 1.0, np.zeros(design.shape[1]), 0.0
    rows, apart = design[known], np.log(np.clip(tokens[known], SHORTEST, LONGEST)) - level[known]
    with_start = np.column_stack([np.ones(len(rows)), rows])
    penalty = np.diag([1e-6, *np.full(rows.shape[1], PENALTY * 1e-2)])
    weights = np.linalg.solve(with_start.T @ with_start + penalty, with_start.T @ apart)
    error = float((apart - with_start @ weights).std())
    longer = np.exp(level[known] + np.clip(rows @ weights[1:], -MOST_LONGER, MOST_LONGER))
    return float(tokens[known].sum() / longer.sum()), weights[1:], error
