"""How much to stake on the next outcome, knowing only those before it.

Against "the mean of E is at most the boundary", E in [-1, 1], wealth multiplies by 1 + stake (E - boundary) with each
outcome. Where the mean is at most the boundary no stake makes it grow on average, so by Ville's inequality (1939) it
ever reaches 1/alpha with probability at most alpha.

Invariant: a stake is in [0, 1/(1 + boundary)), so wealth stays positive, and depends on earlier outcomes only. The same
lines serve one pair in floats, thousands of runs, and a grid of means: arithmetic alone, and arrays broadcast.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
N = TypeVar("N", float, Floats)

# The patient bet holds most of the wealth; the bold one costs little and finds a disaster within tens of pairs.
PATIENT = 0.8
BOLD_STAKE = 0.5
# Before any pair E^2 is held to be a quarter, as sure as eight pairs are: a bold start costs more than a shy one.
PRIOR_PAIRS = 8.0
PRIOR_SQUARE = 0.25
# How far the true mean is held to lie from the hoped-for one, as a part of the reach (a standard deviation).
DOUBT = 0.25
# A stake never takes the whole of the wealth.
EDGE = 0.999
# A float holds little more; to leave what is beyond on the table keeps every bound.
MOST = 1e300
# Keeps a quotient of zeros from being asked for; no outcome can notice it.
TINY = 1e-300


def kelly(mean: N, square: N, boundary: N) -> N:
    """The stake that maximises E log(1 + stake (E - boundary)), for E in {-1, 0, 1} with this mean and mean square.

    The root of the derivative's quadratic that lies in [0, 1/(1 + boundary)); 0 where the mean is not above the
    boundary (Kelly, 1956). For three outcomes the bet is the likelihood ratio against the least favourable law of the
    null (Waudby-Smith and Ramdas, 2024; Larsson, Ramdas and Ruf, 2025).
    """
    gain = mean - boundary
    spread = square - 2 * boundary * mean + boundary * boundary
    linear = 3 * boundary * gain + spread
    discriminant = linear * linear - 4 * boundary * (1 - boundary * boundary) * gain
    root: N = positive(discriminant) ** 0.5
    return smaller(2 * positive(gain) / (linear + root + TINY), EDGE / (1 + boundary))


def expected(pairs: N, total: N, squares: N, hope: N, reach: N) -> tuple[N, N]:
    """Mean and mean square of the next outcome, from the sums of E and E^2 so far.

    The mean is held to be normal around `hope` with DOUBT times `reach` as its standard deviation, so that many noisy
    pairs are needed to believe something else (the posterior mean of a normal with a normal prior).
    """
    square = (PRIOR_PAIRS * PRIOR_SQUARE + squares) / (PRIOR_PAIRS + pairs)
    weight = square / (DOUBT * reach) ** 2
    mean = (weight * hope + total) / (weight + pairs)
    # No law on {-1, 0, 1} has a mean beyond its mean square; outcomes between these three can.
    return mean, larger(square, abs(mean) / EDGE)


def stakes(pairs: N, total: N, squares: N, boundary: N, reach: N) -> tuple[N, N]:
    """The patient and the bold stake; the hoped-for mean is `reach` beyond the boundary."""
    mean, square = expected(pairs, total, squares, boundary + reach, reach)
    return kelly(mean, square, boundary), BOLD_STAKE / (1 + boundary)


def factors(outcome: N, pairs: N, total: N, squares: N, boundary: N, reach: N) -> tuple[N, N]:
    """What the patient and the bold bet multiply by at this outcome; the sums are those before it."""
    patient, bold = stakes(pairs, total, squares, boundary, reach)
    away = outcome - boundary
    return 1 + patient * away, 1 + bold * away


def together(patient: N, bold: N) -> N:
    """The whole wealth, from those of its two parts."""
    return PATIENT * patient + (1 - PATIENT) * bold


def positive(value: N) -> N:
    """The value, or 0 where it is negative."""
    return (value + abs(value)) / 2


def larger(first: N, other: N) -> N:
    """The larger of two."""
    return other + positive(first - other)


def smaller(first: N, other: N) -> N:
    """The smaller of two."""
    return other - positive(other - first)
