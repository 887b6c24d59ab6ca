"""The wealth of all bets of an audit, and which bets there are.

Invariant: the parts that the bets begin with sum to 1, so that the whole is a wealth itself; it can be worked out anew
from the scores of each round alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from router.evidence.matched.set_bets import Bet, Floats, Scores, log_factors, log_sum

NOVELTY, STYLE, STEADY = "novelty", "style", "steady style"
_NOVELTY = ((1.0, 1.0, 3.0), (0.3, 1.0, 3.0), (0.3, 2.0, 3.0), (0.1, 2.0, 3.0), (0.05, 3.0, 3.0))
# Answers that are too much alike: a lower temperature, or a cache.
_SAMENESS = ((1.0, -1.0, 1.0), (0.3, -1.0, 1.0))
_STYLE = ((1.0, 1.0, 1.0), (1.0, 2.0, 1.0), (0.3, 1.0, 1.0), (0.1, 2.0, 1.0))
_STEADY = ((1.0, 1.0, 1.0), (0.3, 2.0, 1.0), (0.1, 3.0, 1.0))
_ENROLLED = (
    *((share, 1.0, 1.0) for share in (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02)),
    *((share, 0.4, 1.0) for share in (1.0, 0.3)),
)
# Of the whole, where no substitute is enrolled; else each has half of it.
_PARTS = {NOVELTY: 0.4, STYLE: 0.4, STEADY: 0.2}
_UNKNOWN = {NOVELTY: _NOVELTY + _SAMENESS, STYLE: _STYLE, STEADY: _STEADY}
FOR_THE_UNKNOWN = 0.5


def bets_of(substitutes: Sequence[str]) -> dict[str, tuple[Bet, ...]]:
    """The bets on each scorer's scores: the three that need no substitute, and one for each that is enrolled."""
    unknown = FOR_THE_UNKNOWN if substitutes else 1.0
    bets = {name: _shared(rows, unknown * _PARTS[name]) for name, rows in _UNKNOWN.items()}
    for name in substitutes:
        bets[name] = _shared(_ENROLLED, (1 - unknown) / len(substitutes))
    return bets


def _shared(rows: Sequence[tuple[float, float, float]], whole: float) -> tuple[Bet, ...]:
    total = sum(part for _, _, part in rows)
    return tuple(Bet(share, trust, whole * part / total) for share, trust, part in rows)


@dataclass(frozen=True, slots=True)
class Wealths:
    """Logarithms of what the bets on each scorer are worth now, and of the most that the whole ever was."""

    bets: Mapping[str, tuple[Bet, ...]]
    logs: Mapping[str, Floats]
    best: float = 0.0

    @staticmethod
    def fresh(substitutes: Sequence[str]) -> "Wealths":
        """All bets before the first round."""
        bets = bets_of(substitutes)
        return Wealths(bets, {name: np.log([bet.part for bet in of]) for name, of in bets.items()})

    @property
    def log(self) -> float:
        """The logarithm of the whole; it began at 0."""
        return log_sum(np.concatenate(list(self.logs.values())))

    @property
    def value(self) -> float:
        """The whole, or the most that a float should hold."""
        return exp(min(self.log, 690.0))

    def of(self, name: str) -> float:
        """The logarithm of what the bets on one scorer are worth, as a multiple of what they began with."""
        return log_sum(self.logs[name]) - log(sum(bet.part for bet in self.bets[name]))

    def after(self, scores: Mapping[str, Scores]) -> "Wealths":
        """After one more round; the scorers without a score do not bet."""
        logs = dict(self.logs)
        for name, of in scores.items():
            logs[name] = logs[name] + log_factors(self.bets[name], of)
        grown = replace(self, logs=logs)
        return replace(grown, best=max(self.best, grown.log))


def is_sound(scores: Scores, places: int) -> bool:
    """Whether these can be scores of a set of so many answers; for what others wrote down."""
    finite = all(-1e6 < score < 1e6 for score in (*scores.of, scores.spread))
    return len(scores.of) == places and finite and scores.spread >= 0
