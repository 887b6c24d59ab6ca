"""The test of an audit: round by round one audited answer among references, scored, bet on, and learned from.

Invariant: a round's scores come from earlier rounds and do not depend on which answer is the audited one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from router.evidence.matched.answer_vector import COLUMNS
from router.evidence.matched.audit_power import Sample
from router.evidence.matched.enrolled_scorer import MOST_ROWS, EnrolledScorer, fit
from router.evidence.matched.novelty import Novelty
from router.evidence.matched.set_bets import Floats, Scores
from router.evidence.matched.share_interval import ShareInterval
from router.evidence.matched.style_scorer import FAST, SLOW, StyleScorer
from router.evidence.matched.wealths import NOVELTY, STEADY, STYLE, Wealths

Rows = NDArray[np.float32]
# Scorers of enrolled substitutes are fitted anew once there are so many times more references.
GROWTH = 1.5
# Keeps a quotient of zeros from being asked for.
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Round:
    """What one round said: the scores of each scorer, the audited answer first, and the wealth after it."""

    scores: Mapping[str, Scores]
    log_wealth: float


class Enrolled:
    """A substitute to look for: answers to learn from, and others by prompt for the share, each used once.

    A scorer that is given stays as it is; else one is fitted anew whenever there are enough more references.
    """

    def __init__(
        self,
        name: str,
        learn: Rows,
        measure: Mapping[str, Rows],
        alpha: float,
        scorer: EnrolledScorer | None = None,
    ) -> None:
        self.name = name
        self.interval = ShareInterval(alpha)
        self.scorer = scorer
        self._given = scorer is not None
        self._learn = learn
        self._measure = {prompt: list(rows) for prompt, rows in measure.items()}
        self.samples: list[Sample] = []
        self._fitted = 0

    def refit(self, references: Sequence[NDArray[np.float32]], count: int) -> None:
        """Fit the scorer where there are enough more references than last time; `count` of them, the latest given."""
        if not self._given and count >= max(1, GROWTH * self._fitted):
            self.scorer = fit(np.array(references), self._learn)
            self._fitted = count

    def towards(self, difference: Floats, references: Floats) -> float:
        """The cosine between a difference from the references and this substitute's own."""
        own = self._learn.mean(axis=0) - references
        return float(own @ difference / (np.linalg.norm(own) * np.linalg.norm(difference) + TINY))

    def narrow(self, prompt: str, answers: Rows) -> None:
        """Narrow the interval by a round, where an answer of the substitute to the same prompt is left."""
        if self.scorer is not None and self._measure.get(prompt):
            fresh = self._measure[prompt].pop()
            chances = self.scorer.chance(np.concatenate([answers, fresh[None]]))
            audited, references, substitute = float(chances[0]), float(chances[1:-1].mean()), float(chances[-1])
            self.interval = self.interval.after(audited, references, substitute)
            scores = self.scorer.score(np.concatenate([answers[1:], fresh[None]])).of
            self.samples.append(Sample(scores[:-1], scores[-1]))


class MatchedTest:
    """The state of an audit's test; changed in place by each round."""

    def __init__(self, alpha: float, enrolled: Sequence[Enrolled] = (), seed: int = 0) -> None:
        self.alpha = alpha
        self.enrolled = tuple(enrolled)
        self.rounds = 0
        self.wealths = Wealths.fresh([enrolment.name for enrolment in enrolled])
        self._novelty = Novelty()
        self._styles = {
            name: StyleScorer(pace, np.random.default_rng([seed, place]))
            for place, (name, pace) in enumerate(((STYLE, FAST), (STEADY, SLOW)))
        }
        self._references: list[NDArray[np.float32]] = []
        self._count = 0
        self._reference_sum = np.zeros(COLUMNS)
        self._difference = np.zeros(COLUMNS)

    @property
    def shown(self) -> bool:
        """Whether it was ever shown, at alpha, that the two do not answer alike."""
        return self.wealths.best >= -log(self.alpha)

    @property
    def nearest(self) -> Enrolled | None:
        """Of the enrolled substitutes whose bets at least doubled, the one towards which the audited answers differ.

        An answer that is unlike the reference gains for many of them; the direction of the difference is of one.
        """
        gained = [one for one in self.enrolled if self.wealths.of(one.name) > log(2)]
        middle = self._reference_sum / max(1, self._count)
        return max(gained, key=lambda one: one.towards(self._difference, middle), default=None)

    def remember(self, prompt: str, references: Rows) -> None:
        """Learn from references that are in no round: a pilot's, or enrolled ones."""
        self._novelty.remember(prompt, references)
        for style in self._styles.values():
            style.remember(prompt, references)
        self._keep(references)

    def score(self, prompt: str, answers: Rows) -> dict[str, Scores]:
        """The scores of a set, in its order, whichever of them is the audited one."""
        scores = {NOVELTY: self._novelty.score(prompt, answers)}
        scores |= {name: style.score(prompt, answers) for name, style in self._styles.items()}
        return scores | {one.name: one.scorer.score(answers) for one in self.enrolled if one.scorer is not None}

    def observe(self, prompt: str, answers: Rows) -> Round:
        """Settle a round, whose first answer is the audited one, then learn from it."""
        scores = self.score(prompt, answers)
        self.wealths = self.wealths.after(scores)
        self.rounds += 1
        for one in self.enrolled:
            one.narrow(prompt, answers)
        self._novelty.learn(prompt, answers)
        for style in self._styles.values():
            style.learn(prompt, answers)
        self._difference += answers[0] - answers[1:].mean(axis=0)
        self._keep(answers[1:])
        return Round(scores, self.wealths.log)

    def _keep(self, references: Rows) -> None:
        self._count += len(references)
        self._reference_sum += references.sum(axis=0)
        if self.enrolled:
            self._references.extend(references)
            del self._references[:-MOST_ROWS]
        for one in self.enrolled:
            one.refit(self._references, self._count)
