"""Learns from round to round how the audited answers are worded otherwise than the references, for any substitute.

A logistic regression on the difference of the two sides, by AdaGrad, with earlier rounds gone through again. Invariant:
a round is scored by what was learned before it; what is drawn again is drawn by the generator that it was given.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.evidence.matched.answer_vector import COLUMNS, Vector
from router.evidence.matched.set_bets import Scores

# How fast a spread of scores is forgotten, and what it is before any.
FADING = 0.98
PRIOR_SPREAD, PRIOR_ROUNDS = 1e-3, 0.1
FIRST_SQUARE = 0.01
# Rounds that are kept to be gone through again, the latest.
MOST_KEPT = 2048


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it learns, how many earlier rounds it goes through with each, and how fast it forgets."""

    rate: float
    again: int
    decay: float


FAST, SLOW = Pace(1.0, 8, 1e-3), Pace(0.3, 0, 0.0)


class StyleScorer:
    """Weights of the columns, and the rounds so far as differences; changed in place by `learn`."""

    def __init__(self, pace: Pace, rng: np.random.Generator) -> None:
        self._pace, self._rng = pace, rng
        self._weights = np.zeros(COLUMNS, np.float32)
        self._squares = np.full(COLUMNS, FIRST_SQUARE, np.float32)
        self._spread, self._rounds = PRIOR_SPREAD * PRIOR_ROUNDS, PRIOR_ROUNDS
        self._centres: dict[str, tuple[int, Vector]] = {}
        self._differences: list[Vector] = []

    def score(self, prompt: str, answers: NDArray[np.float32]) -> Scores:
        """Scores around the middle of this set and of the references to this prompt so far."""
        count, centre = self._centres.get(prompt, (0, np.float32(0)))
        middle = (centre * np.float32(count) + answers.sum(axis=0)) / (count + len(answers))
        scores = (answers - middle) @ self._weights
        return Scores(tuple(scores.astype(np.float64).tolist()), self._spread / self._rounds)

    def learn(self, prompt: str, answers: NDArray[np.float32]) -> None:
        """Learn from a round, whose first answer is the audited one."""
        references = np.array(self.score(prompt, answers).of[1:])
        self._spread = FADING * (self._spread + float((references**2).mean()))
        self._rounds = FADING * (self._rounds + 1)
        self.remember(prompt, answers[1:])
        difference = answers[0] - answers[1:].mean(axis=0)
        if self._pace.again:
            self._differences.append(difference)
            del self._differences[:-MOST_KEPT]
        self._step(difference[None])
        if self._pace.again:
            count = len(self._differences)
            drawn = self._rng.integers(0, count, min(self._pace.again, count))
            self._step(np.array([self._differences[place] for place in drawn]))

    def remember(self, prompt: str, references: NDArray[np.float32]) -> None:
        """Move the middle of a prompt's references."""
        count, centre = self._centres.get(prompt, (0, np.zeros(COLUMNS, np.float32)))
        more = count + len(references)
        self._centres[prompt] = more, (centre * np.float32(count) + references.sum(axis=0)) / np.float32(more)

    def _step(self, differences: NDArray[np.float32]) -> None:
        """One step up the mean log likelihood that the audited answers are the first of their pairs."""
        surprise = 1 / (1 + np.exp(np.clip(differences @ self._weights, -30, 30)))
        gradient = (surprise[:, None] * differences).mean(axis=0)
        self._squares += gradient * gradient
        self._weights += np.float32(self._pace.rate) * gradient / np.sqrt(self._squares)
        self._weights *= np.float32(1 - self._pace.decay)
