"""Intervals of 95 % for what rests on a sample of requests.

Invariant: low <= value <= high; of a sample too small to say anything, the interval is left out.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

Z = 1.959964


class Figure(NamedTuple):
    """A figure with its interval, where it rests on a sample."""

    value: float
    low: float | None = None
    high: float | None = None


def share(count: int, of: int) -> Figure | None:
    """A share with Wilson's interval; None of nothing."""
    if not of:
        return None
    part, more = count / of, Z * Z / of
    middle = (part + more / 2) / (1 + more)
    reach = Z * sqrt(part * (1 - part) / of + more / (4 * of)) / (1 + more)
    return Figure(part, max(0.0, min(part, middle - reach)), min(1.0, max(part, middle + reach)))


def mean(values: Sequence[float], times: float = 1.0) -> Figure | None:
    """A mean with its normal interval, both `times` so much; None of nothing."""
    if not values:
        return None
    count = len(values)
    middle = sum(values) / count
    if count < 2:
        return Figure(middle * times)
    spread = sqrt(sum((value - middle) ** 2 for value in values) / (count - 1) / count)
    low, high = sorted(((middle - Z * spread) * times, (middle + Z * spread) * times))
    return Figure(middle * times, low, high)


def ratio(tops: Sequence[float], bottoms: Sequence[float]) -> Figure | None:
    """One less the ratio of two sums, with the interval of a ratio of paired means; None where nothing is below."""
    whole = sum(bottoms)
    if not whole:
        return None
    count, part = len(tops), sum(tops) / whole
    value = 1 - part
    if count < 2:
        return Figure(value)
    rests = [top - part * bottom for top, bottom in zip(tops, bottoms, strict=True)]
    reach = Z * sqrt(sum(rest * rest for rest in rests) * count / (count - 1)) / whole
    return Figure(value, value - reach, value + reach)
