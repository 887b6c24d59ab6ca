"""Whether the model was swapped lately: a watch that goes on for ever, and rings falsely no more often than stated.

A bet begins anew with every round, and the sum of all is watched (Shin, Ramdas and Rinaldo, 2024), so that a long good
time does not hide what comes after it. Invariant: while the same model answers, the mean number of rounds to a false
alarm is at least the run length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from router.evidence.matched.set_bets import Bet, Floats, Scores, log_factors, log_sum
from router.evidence.matched.wealths import bets_of


@dataclass(frozen=True, slots=True)
class SwapWatch:
    """The rounds between false alarms, at least; the bets, and the logarithm of what each has gathered.

    Raises ValueError where the run length is below 1.
    """

    run_length: float
    bets: Mapping[str, tuple[Bet, ...]]
    logs: Mapping[str, Floats]

    def __post_init__(self) -> None:
        if self.run_length < 1:
            raise ValueError("the run length is at least 1")

    @staticmethod
    def fresh(run_length: float, substitutes: tuple[str, ...] = ()) -> "SwapWatch":
        """A watch before its first round, or after an alarm."""
        bets = bets_of(substitutes)
        return SwapWatch(run_length, bets, {name: np.full(len(of), -np.inf) for name, of in bets.items()})

    @property
    def level(self) -> float:
        """What has gathered: it rises by one with each round, on average, while all is well."""
        parts = [np.log([bet.part for bet in of]) + self.logs[name] for name, of in self.bets.items()]
        logs = np.concatenate(parts)
        return exp(min(690.0, log_sum(logs))) if np.isfinite(logs.max()) else 0.0

    @property
    def alarm(self) -> bool:
        """Whether it has come to the run length."""
        return self.level >= self.run_length

    def after(self, scores: Mapping[str, Scores]) -> "SwapWatch":
        """After one more round; a scorer without a score neither gains nor loses, but its bets begin all the same."""
        logs = {
            name: np.logaddexp(of, log(1.0)) + (log_factors(self.bets[name], scores[name]) if name in scores else 0.0)
            for name, of in self.logs.items()
        }
        return replace(self, logs=logs)
