"""A strong and a weak model: how well each reader's score predicts where the strong one is needed.

Invariant: every figure is given together with random and length-only, with its regime and its interval.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from router.bench.routing.measures import Array, Interval, apgr, bootstrap, cpt, curve


@dataclass(frozen=True, slots=True)
class PairScore:
    """One reader on one pair: APGR, and the percentages of strong calls that recover half and 80 % of the gap."""

    reader: str
    regime: str
    apgr: Interval
    cpt50: Interval
    cpt80: Interval

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def judge(reader: str, regime: str, score: Array, weak: Array, strong: Array, rounds: int) -> PairScore:
    """Measure one score (higher: rather the strong model)."""
    score = score + 1e-9 * np.random.default_rng(0).standard_normal(len(score))

    def interval(share: float | None) -> Interval:
        def measure(rows: Any) -> float:
            drawn = curve(score[rows], weak[rows], strong[rows])
            return apgr(drawn) if share is None else cpt(drawn, share)

        return bootstrap(measure, len(score), rounds)

    return PairScore(reader, regime, interval(None), interval(0.5), interval(0.8))


def random_score(count: int) -> Array:
    """The baseline that knows nothing."""
    drawn: Array = np.random.default_rng(1).random(count)
    return drawn
