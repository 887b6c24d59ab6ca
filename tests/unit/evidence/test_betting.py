"""The stakes: they are the best there are on what is expected, and never above what keeps wealth positive."""

import numpy as np
import pytest

from router.evidence.betting import EDGE, expected, kelly, larger, positive, smaller, stakes

LAWS = [
    (0.04, 0.92, 0.04, -0.05),
    (0.3, 0.5, 0.2, -0.05),
    (0.13, 0.84, 0.03, 0.05),
    (0.1, 0.2, 0.7, -0.9),
    (0.9, 0.05, 0.05, 0.6),
    (0.02, 0.98, 0.0, -0.2),
]


def growth(stake: np.ndarray, law: tuple[float, float, float], boundary: float) -> np.ndarray:
    gains = (1 - boundary, -boundary, -1 - boundary)
    return sum(chance * np.log1p(stake * gain) for chance, gain in zip(law, gains, strict=True))


@pytest.mark.parametrize(("plus", "zero", "minus", "boundary"), LAWS)
def test_the_stake_is_the_one_under_which_wealth_grows_fastest(
    plus: float, zero: float, minus: float, boundary: float
) -> None:
    tried = np.linspace(0, EDGE / (1 + boundary), 200_001)
    best = tried[np.argmax(growth(tried, (plus, zero, minus), boundary))]
    assert kelly(plus - minus, plus + minus, boundary) == pytest.approx(best, abs=1e-4)


def test_nothing_is_staked_where_nothing_is_hoped_for() -> None:
    assert kelly(-0.05, 0.1, -0.05) == 0
    assert kelly(-0.2, 0.3, 0.05) == 0


def test_before_any_pair_the_hope_is_all_there_is() -> None:
    mean, square = expected(0.0, 0.0, 0.0, 0.1, 0.05)
    assert (mean, square) == (pytest.approx(0.1), 0.25)


def test_many_pairs_outweigh_the_hope() -> None:
    mean, square = expected(1e6, 3e4, 1e5, 0.0, 0.05)
    assert mean == pytest.approx(0.03, abs=1e-3)
    assert square == pytest.approx(0.1, abs=1e-3)


def test_the_hope_weighs_as_a_normal_prior_does() -> None:
    # Variance .1 a pair against (.25 x .2)^2: forty pairs of prior.
    mean, _ = expected(72.0, 7.2, 6.0, 0.0, 0.2)
    assert mean == pytest.approx(7.2 / (72 + 40))


def test_outcomes_between_the_three_are_held_to_a_law_that_can_be() -> None:
    mean, square = expected(1e6, 3e5, 9e4, 0.0, 0.05)
    assert square >= mean > 0.29
    assert 0 < kelly(mean, square, 0.2) < 1 / 1.2


def test_the_bold_stake_is_half_of_all() -> None:
    assert stakes(0.0, 0.0, 0.0, 0.25, 0.05)[1] == pytest.approx(0.4)


def test_arithmetic_of_larger_and_smaller() -> None:
    assert (positive(-2.0), positive(3.0)) == (0.0, 3.0)
    assert (larger(1.0, 2.0), smaller(1.0, 2.0)) == (2.0, 1.0)
    assert larger(np.array([1.0, 5.0]), np.array([2.0, 2.0])).tolist() == [2.0, 5.0]
