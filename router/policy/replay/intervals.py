"""How sure a difference between two versions is: 95 % intervals by resampling conversations.

Requests of one conversation resemble each other and move together, so they are no independent evidence: whole
conversations are drawn again, not requests (the cluster bootstrap). Conversations are first put into at most `CLUSTERS`
groups by a hash of their name, which leaves the groups as independent as the conversations were and makes the cost of
a resample independent of the length of the log. What the interval covers is which conversations happened to be logged;
that predictions are predictions it cannot know.

Invariant: the seed is fixed, so the same log gives the same interval.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from math import isnan

import numpy as np
from numpy.typing import NDArray

from router.policy.replay.request_columns import Floats, Labels

CLUSTERS = 1000
ROUNDS = 1000
SEED = 20_261_101
# From fewer groups than this, intervals of this kind are too narrow: from ten they cover 87 times of a hundred.
LEAST_CLUSTERS = 20
# An odd number whose multiples spread over all bits (Knuth, 6.4).
_SPREAD = np.uint64(0x9E37_79B9_7F4A_7C15)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, whose ends are None where there are too few conversations for one."""

    value: float
    low: float | None = None
    high: float | None = None


def clusters_of(unit: Labels) -> NDArray[np.intp]:
    """The group of each request's conversation, from 0 on: of one conversation always the same, in whatever log."""
    if not len(unit.raw):
        return np.zeros(0, np.intp)
    words = unit.raw.view("<u4").reshape(len(unit.raw), 3).astype(np.uint64)
    mixed = np.zeros(len(words), np.uint64)
    for column in words.T:
        mixed = (mixed ^ column) * _SPREAD
        mixed ^= mixed >> np.uint64(29)
    clusters = (mixed % np.uint64(CLUSTERS)).astype(np.intp)
    for row in np.flatnonzero(unit.is_word).tolist():
        clusters[row] = _cluster_of_word(unit.at(row))
    return clusters


@lru_cache(maxsize=65_536)
def _cluster_of_word(word: str) -> int:
    """The group of a name that is no hexadecimal; by the word, for its code differs from log to log."""
    return int.from_bytes(blake2b(word.encode(errors="replace"), digest_size=8).digest()) % CLUSTERS


class Resampled:
    """Sums of columns by group of conversations, which can be drawn again: columns x conversations x groups.

    The groups split the requests (or don't); the first column counts requests.
    """

    def __init__(self, sums: Floats) -> None:
        self.sums, drawn = sums, sums.shape[1]
        # A group in which nothing happened is no evidence either way.
        self.evidence = (self.sums[0] > 0).sum(axis=0)
        random = np.random.default_rng(SEED)
        self.draws = random.multinomial(drawn, np.full(drawn, 1 / drawn), ROUNDS)

    def estimates(self, figure: Callable[[Floats], Floats]) -> list[Estimate]:
        """A figure of the summed columns (columns x groups x ...), for each group; 0 where there is nothing."""
        again = np.asarray(np.tensordot(self.sums, self.draws.astype(np.float64), axes=(1, 1)), np.float64)
        whole = np.asarray(self.sums.sum(axis=1), np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            values, drawn = figure(whole), figure(again)
        return [self._estimate(values, drawn, group) for group in range(len(values))]

    def _estimate(self, values: Floats, drawn: Floats, group: int) -> Estimate:
        value = float(values[group])
        # What cost nothing and now costs something has risen without bound; nothing out of nothing is no change.
        value = 0.0 if isnan(value) else value
        finite = drawn[group][np.isfinite(drawn[group])]
        if self.evidence[group] < LEAST_CLUSTERS or not finite.size:
            return Estimate(value)
        low, high = np.percentile(finite, (2.5, 97.5))
        return Estimate(value, float(low), float(high))
