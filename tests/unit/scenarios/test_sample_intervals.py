"""Intervals of samples: always around the value, and wider for fewer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from router.scenarios.sample_intervals import Figure, mean, ratio, share


@given(st.integers(1, 500), st.data())
@settings(max_examples=60, deadline=None)
def test_a_share_lies_within_its_interval(of: int, data: st.DataObject) -> None:
    figure = share(data.draw(st.integers(0, of)), of)
    assert figure is not None
    assert figure.low is not None
    assert figure.high is not None
    assert 0 <= figure.low <= figure.value <= figure.high <= 1


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_mean_lies_within_its_interval(values: list[float]) -> None:
    figure = mean(values, 2.0)
    assert figure is not None
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low <= figure.value <= figure.high


def test_of_nothing_and_of_one() -> None:
    assert (share(0, 0), mean([]), ratio([], [])) == (None, None, None)
    assert mean([3.0]) == Figure(3.0)
    assert ratio([1.0], [4.0]) == Figure(0.75)


def test_a_ratio_that_is_always_the_same_is_sure() -> None:
    figure = ratio([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    assert figure == Figure(0.5, 0.5, 0.5)


def test_more_requests_make_it_surer() -> None:
    few, many = share(5, 10), share(500, 1000)
    assert few
    assert many
    assert (few.high or 0) - (few.low or 0) > 5 * ((many.high or 0) - (many.low or 0))
