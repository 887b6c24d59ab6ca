"""Intervals: they cover the truth about as often as they say, and count conversations, not requests."""

import numpy as np
from builders import SITUATION, ask, features

from router.policy.replay.intervals import CLUSTERS, LEAST_CLUSTERS, Estimate, Resampled, clusters_of
from router.policy.replay.request_columns import Labels, gathered


def units(*names: str) -> Labels:
    return gathered(("", features(), ask(unit=name), SITUATION) for name in names).unit


def resampled(clusters: np.ndarray, groups: np.ndarray, columns: list[np.ndarray]) -> Resampled:
    shape = len(columns), clusters.max() + 1, groups.max() + 1
    sums = np.zeros(shape)
    for place, column in enumerate(columns):
        np.add.at(sums[place], (clusters, groups), column)
    return Resampled(sums)


def mean_of(values: np.ndarray, clusters: np.ndarray) -> Estimate:
    ones = np.ones(len(values))
    drawn = resampled(clusters, np.zeros(len(values), np.intp), [ones, values])
    return drawn.estimates(lambda sums: sums[1] / sums[0])[0]


def test_requests_of_one_conversation_stand_together() -> None:
    clusters = clusters_of(units("a", "b", "a", "ab" * 12, "c", "ab" * 12))
    assert clusters[0] == clusters[2]
    assert clusters[3] == clusters[5]
    assert len(set(clusters.tolist())) == 4
    assert set(clusters.tolist()) < set(range(CLUSTERS))


def test_the_group_of_a_conversation_does_not_depend_on_the_log() -> None:
    assert clusters_of(units("b", "a"))[1] == clusters_of(units("a"))[0]


def test_many_conversations_spread_evenly_over_the_groups() -> None:
    clusters = clusters_of(units(*(f"{n:024x}" for n in range(20_000))))
    counts = np.bincount(clusters)
    assert len(counts) == CLUSTERS
    assert counts.max() < 3 * counts.mean()


def test_there_are_no_conversations_in_an_empty_log() -> None:
    assert clusters_of(units()).tolist() == []


def test_an_interval_is_the_same_each_time() -> None:
    values = np.random.default_rng(1).normal(size=500)
    clusters = np.arange(500)
    assert mean_of(values, clusters) == mean_of(values, clusters)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(3)
    covered = 0
    for _ in range(100):
        # A hundred conversations of five requests each, that differ more from one another than within.
        values = np.repeat(random.normal(size=100), 5) + 0.1 * random.normal(size=500)
        interval = mean_of(values, np.repeat(np.arange(100), 5))
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= 0 <= interval.high
    assert 88 <= covered <= 99


def test_drawing_requests_instead_of_conversations_would_be_too_sure() -> None:
    values = np.repeat(np.random.default_rng(5).normal(size=40), 25)
    apart = mean_of(values, np.arange(1000))
    together = mean_of(values, np.repeat(np.arange(40), 25))
    assert width(together) > 3 * width(apart)


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


def test_too_few_conversations_give_no_interval() -> None:
    few = np.arange(LEAST_CLUSTERS - 1)
    assert mean_of(np.ones(len(few)), few) == Estimate(1.0)
    enough = np.arange(LEAST_CLUSTERS)
    assert mean_of(np.ones(len(enough)), enough) == Estimate(1.0, 1.0, 1.0)


def test_each_group_has_its_own() -> None:
    groups = np.repeat([0, 1], 100)
    drawn = resampled(np.tile(np.arange(100), 2), groups, [np.ones(200), groups * 2.0])
    assert [estimate.value for estimate in drawn.estimates(lambda sums: sums[1] / sums[0])] == [0.0, 2.0]


def test_nothing_out_of_nothing_is_no_change() -> None:
    zeros = np.zeros(50)
    drawn = resampled(np.arange(50), np.zeros(50, np.intp), [np.ones(50), zeros, zeros])
    assert drawn.estimates(lambda sums: sums[2] / sums[1] - 1) == [Estimate(0.0)]
