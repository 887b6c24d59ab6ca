"""How large the share of swapped answers is, where the substitute is an enrolled one: an interval valid at every look.

Were the share p, the audited answer would score like (1 - p) references and p answers of the substitute, to the same
prompt. Against each p of a grid bets are made on the difference, up and down; the interval is what no bet has refuted.
Invariant: each answer of the substitute is used once, and was in no scorer; then the share lies in all intervals of a
run with probability at least 1 - alpha, however good or bad the scorer is.
"""

from dataclasses import dataclass, replace

import numpy as np

from router.evidence.matched.set_bets import Floats

SHARES = np.round(np.linspace(0, 1, 201), 3)
SHARES.setflags(write=False)
# Which stake is right depends on how far the share lies from the grid's, and on the scorer: some of each.
STAKES = np.array([1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.9])
_SIGNS = np.array([1.0, -1.0])


def _even() -> Floats:
    return np.full((2, len(STAKES), len(SHARES)), -np.log(2 * len(STAKES)))


@dataclass(frozen=True, slots=True)
class ShareInterval:
    """The interval so far. `logs` are wealths by direction, stake and share; the sums give the estimate.

    Where `low` exceeds `high` the share changed meanwhile, or a third model answers.
    """

    alpha: float
    rounds: int = 0
    low: float = 0.0
    high: float = 1.0
    above_reference: float = 0.0
    apart: float = 0.0
    logs: Floats | None = None

    @property
    def estimate(self) -> float | None:
        """The share that fits best, or None before there is any difference to measure it by."""
        return min(1.0, max(0.0, self.above_reference / self.apart)) if self.apart > 0 else None

    def after(self, audited: float, reference: float, substitute: float) -> "ShareInterval":
        """After a round: how likely each of the three is the substitute's, in [0, 1] (of several references the mean).

        Raises ValueError outside.
        """
        if not all(0 <= value <= 1 for value in (audited, reference, substitute)):
            raise ValueError("chances lie between 0 and 1")
        beyond = audited - (1 - SHARES) * reference - SHARES * substitute
        factors = 1 + _SIGNS[:, None, None] * STAKES[:, None] * beyond
        logs = (_even() if self.logs is None else self.logs) + np.log(factors)
        most = logs.max(axis=(0, 1))
        alive = SHARES[most + np.log(np.exp(logs - most).sum(axis=(0, 1))) < -np.log(self.alpha)]
        low, high = (float(alive[0]), float(alive[-1])) if len(alive) else (1.0, 0.0)
        return replace(
            self,
            rounds=self.rounds + 1,
            low=max(self.low, low),
            high=min(self.high, high),
            above_reference=self.above_reference + audited - reference,
            apart=self.apart + substitute - reference,
            logs=logs,
        )
