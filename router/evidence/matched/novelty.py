"""How unlike all earlier reference answers to the same prompt an answer is.

A model repeats itself: on one prompt its answers resemble each other more than those of another model, whichever that
is. This needs nothing known of the substitute, but prompts that come again. Invariant: an answer is compared with
answers of earlier rounds alone.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from router.evidence.matched.answer_vector import Vector
from router.evidence.matched.set_bets import Scores

# The spread of resemblances before any was seen, and what it counts for, in rounds.
PRIOR_SPREAD = 0.01
PRIOR_ROUNDS = 0.5
# References that are kept of each prompt, the latest.
MOST_KEPT = 32


class Novelty:
    """The reference answers so far, by prompt; changed in place by `learn`."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Vector]] = {}
        self._squares = PRIOR_SPREAD * PRIOR_ROUNDS
        self._rounds = PRIOR_ROUNDS

    def score(self, prompt: str, answers: NDArray[np.float32]) -> Scores:
        """Centred and in standard deviations; zeros for a prompt that is new."""
        unlike = self._unlike(prompt, answers)
        return Scores(tuple((unlike / sqrt(self._squares / self._rounds)).tolist()))

    def learn(self, prompt: str, answers: NDArray[np.float32]) -> None:
        """Keep the references of a round, whose first answer is the audited one."""
        if prompt in self._kept:
            # The spread of the whole set, for the references alone have none where there is one.
            unlike = self._unlike(prompt, answers)
            self._squares += float(unlike @ unlike) / (len(answers) - 1)
            self._rounds += 1
        self.remember(prompt, answers[1:])

    def remember(self, prompt: str, references: NDArray[np.float32]) -> None:
        """Keep references that were in no round, such as enrolled ones."""
        kept = self._kept.setdefault(prompt, [])
        kept.extend(references)
        del kept[:-MOST_KEPT]

    def _unlike(self, prompt: str, answers: NDArray[np.float32]) -> NDArray[np.float64]:
        kept = self._kept.get(prompt)
        if not kept:
            return np.zeros(len(answers))
        unlike: NDArray[np.float64] = -(answers @ np.array(kept).T).max(axis=1).astype(np.float64)
        unlike -= unlike.mean()
        return unlike
