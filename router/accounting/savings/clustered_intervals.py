"""How sure a sum or a mean is: 95 % intervals clustered by conversation.

Requests of one conversation resemble each other and move together, so what counts as one piece of evidence is a
conversation. Conversations are put into at most `CLUSTERS` groups by a hash, which leaves the groups as independent
as the conversations were and makes the memory independent of the length of the log. The variance is that of the
groups' sums around what their requests would come to at the mean (the "sandwich" of a ratio), the interval normal
with Student's correction for few.

Invariant: pure and without chance: the same requests give the same interval, to the last digit and in any order, since
what is summed is exact and becomes a float only once.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from hashlib import blake2b
from math import sqrt
from typing import NamedTuple

CLUSTERS = 1000
# From fewer groups than this, no interval is given: it would say more than is known.
LEAST_CLUSTERS = 20
_Z = 1.959964


class Estimate(NamedTuple):
    """A figure with the ends of its 95 % interval, which are None where there are too few conversations for one."""

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


def cluster(unit: str) -> int:
    """The group of a conversation, always the same."""
    return int.from_bytes(blake2b(unit.encode(errors="replace"), digest_size=4).digest()) % CLUSTERS


class ClusterSums:
    """Sums of some figures by group of conversations: what the variance of a total or of a mean is worked out from."""

    def __init__(self, figures: int) -> None:
        self._figures = figures
        self._groups: dict[int, list[Decimal | int | float]] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, group: int, values: Iterable[Decimal | int | float], requests: int = 1) -> None:
        """Add the figures of one or more requests to their group; decimals inside `exactly()`."""
        sums = self._groups.get(group)
        if sums is None:
            sums = self._groups[group] = [0] * (1 + self._figures)
        sums[0] += requests
        for place, value in enumerate(values, 1):
            sums[place] += value  # type: ignore[operator] # of one figure all values are of one kind

    def total_variance(self, figure: int) -> float:
        """The variance of the total of a figure, which is named by its place."""
        return total_variance(self._parts(figure))

    def mean_variance(self, figure: int) -> float:
        """The variance of the mean of a figure per request."""
        return mean_variance(self._parts(figure))

    def _parts(self, figure: int) -> Iterator[tuple[float, float]]:
        place = 1 + figure
        return ((float(self._groups[group][0]), float(self._groups[group][place])) for group in sorted(self._groups))


def total_variance(parts: Iterable[tuple[float, float]]) -> float:
    """The variance of a sum over so many requests, from each group's number of requests and its sum.

    What a group has more or less than its requests would have at the mean is what varies.
    """
    groups = list(parts)
    if len(groups) < 2:
        return 0.0
    mean = sum(part for _, part in groups) / sum(count for count, _ in groups)
    spread = sum((part - mean * count) ** 2 for count, part in groups)
    return len(groups) / (len(groups) - 1) * spread


def mean_variance(parts: Iterable[tuple[float, float]]) -> float:
    """The variance of the mean per request."""
    groups = list(parts)
    requests = sum(count for count, _ in groups)
    return total_variance(groups) / requests**2 if requests else 0.0


def estimate(value: Decimal, variance: float, clusters: int) -> Estimate:
    """The figure with its interval, where the groups are enough for one."""
    if clusters < LEAST_CLUSTERS:
        return Estimate(value)
    half = Decimal(f"{_student(clusters - 1) * sqrt(variance):.6f}")
    return Estimate(value, value - half, value + half)


def _student(freedom: int) -> float:
    """The 97.5 % quantile of Student's distribution (Fisher and Cornish, 1960), within 0.0005 from 19 degrees on."""
    z, n = _Z, freedom
    first = (z**3 + z) / (4 * n)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
    return z + first + second
