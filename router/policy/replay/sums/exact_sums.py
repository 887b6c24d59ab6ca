"""Sums by cell that do not depend on the order in which rows come, so that a log may be cut anywhere.

A sum of floats depends on its order in the last digits. So quality and latency are first rounded to whole multiples of
a small power of two, each row by itself, and whole numbers are added, which is exact.

Invariant: the sums of two parts of a log, added, are the sums of the whole, to the last digit.
"""

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.policy.replay.request_columns import Floats, Ints

QUALITY_BITS, LATENCY_BITS = 60, 20
"""Quality is counted in units of 2^-60, latency of 2^-20 ms."""
MOST_MS = 2.0**41
"""What takes longer, seventy years, counts as this long."""
LIMB = 21
Whole = NDArray[Any]
"""Python's whole numbers, in an array of objects."""


def fixed(values: Floats, bits: int) -> Ints:
    """Values as whole numbers of 2^-`bits`, rounded to the nearest."""
    whole: Ints = np.rint(np.ldexp(values, bits)).astype(np.int64)
    return whole


def lasting(latency: Floats) -> Floats:
    """Times in ms as they are compared: none is endless."""
    bounded: Floats = np.minimum(latency, MOST_MS)
    return bounded


def summed(cells: NDArray[np.intp], numbers: NDArray[Any], count: int) -> Whole:
    """The exact sum of the numbers of each cell: whole numbers of 64 bits, or objects of any size."""
    if numbers.dtype == object:
        return _summed_singly(cells, numbers, count)
    # Sums of floats are exact below 2^53: so the numbers are added up in three limbs of 21 bits, the highest signed.
    total = np.zeros(count, object)
    for shift in (0, LIMB, 2 * LIMB):
        limb = numbers >> shift
        limb = limb & (2**LIMB - 1) if shift < 2 * LIMB else limb
        if limb.any():
            total = total + (np.bincount(cells, limb, count).astype(np.int64).astype(object) << shift)
    return total


def _summed_singly(cells: NDArray[np.intp], numbers: NDArray[Any], count: int) -> Whole:
    totals: list[Any] = [0] * count
    for cell, number in zip(cells.tolist(), numbers.tolist(), strict=True):
        totals[cell] += number
    return np.array([*totals, None], object)[:-1]


def whole_units(costs: NDArray[Any], places: int) -> tuple[NDArray[Any], int]:
    """Costs as whole numbers, and how many decimal places behind micro-dollars these count; Decimals are brought there.

    `places` is what whole costs count already.
    """
    if costs.dtype != object:
        return costs, places
    decimals = [Decimal(cost) for cost in costs.tolist()]
    finest = max((max(0, -int(cost.as_tuple().exponent)) for cost in decimals), default=0)
    units = np.empty(len(decimals), object)
    for row, cost in enumerate(decimals):
        sign, digits, exponent = cost.as_tuple()
        number = int("".join(map(str, digits))) * 10 ** (int(exponent) + finest)
        units[row] = -number if sign else number
    return units, finest


def ratio(numbers: Whole, scale: int) -> Floats:
    """Whole numbers over a scale, as the nearest floats; those that no float holds are endless."""
    return np.array([_nearest(number, scale) for number in numbers.ravel().tolist()], np.float64).reshape(numbers.shape)


def _nearest(number: int, scale: int) -> float:
    try:
        return float(number / scale)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
