"""Intervals: clustered by conversation, wide enough, and never from too little."""

from decimal import Decimal
from math import isclose, sqrt
from random import Random
from statistics import variance

import pytest

from router.accounting.savings.clustered_intervals import (
    CLUSTERS,
    LEAST_CLUSTERS,
    Estimate,
    cluster,
    estimate,
    mean_variance,
    total_variance,
)


def test_a_conversation_is_always_of_the_same_group() -> None:
    assert cluster("a conversation") == cluster("a conversation")
    groups = {cluster(f"unit {number}") for number in range(20_000)}
    assert len(groups) == CLUSTERS
    assert cluster("\ud800 half a character") < CLUSTERS


def test_the_variance_of_a_total_is_that_of_its_parts_times_their_number() -> None:
    parts = [3.0, 1.0, 4.0, 1.0, 5.0]
    assert isclose(total_variance((1.0, part) for part in parts), len(parts) * variance(parts))
    assert total_variance([(1.0, 1.0)]) == total_variance([]) == 0.0


def test_groups_that_differ_in_size_alone_do_not_vary() -> None:
    assert total_variance((float(size), 2.0 * size) for size in (1, 5, 9)) == 0.0


def test_the_variance_of_a_mean_is_that_of_the_total_by_request() -> None:
    parts = [(1.0, 3.0), (2.0, 1.0), (1.0, 4.0)]
    assert isclose(mean_variance(parts), total_variance(parts) / 16)
    assert mean_variance([(4.0, 8.0)]) == mean_variance([]) == 0.0


@pytest.mark.parametrize(("clusters", "quantile"), [(20, 2.0930), (31, 2.0423), (101, 1.9840), (1000, 1.9623)])
def test_the_interval_is_students(clusters: int, quantile: float) -> None:
    interval = estimate(Decimal(10), 4.0, clusters)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.high - 10 == 10 - interval.low
    assert abs(float(interval.high) - 10 - quantile * sqrt(4.0)) < 1e-3


def test_too_few_conversations_give_no_interval() -> None:
    assert estimate(Decimal(1), 4.0, LEAST_CLUSTERS - 1) == Estimate(Decimal(1))


def test_it_covers_what_it_says_it_covers() -> None:
    random, covered, runs = Random(7), 0, 400
    for _ in range(runs):
        # Conversations of one to six requests that share a part of what they save: the truth is 5 a request.
        parts = {}
        for conversation in range(60):
            size, shared = random.randint(1, 6), random.gauss(5, 3)
            parts[conversation] = float(size), sum(random.gauss(shared, 1) for _ in range(size))
        mean = sum(total for _, total in parts.values()) / sum(count for count, _ in parts.values())
        interval = estimate(Decimal(repr(mean)), mean_variance(parts.values()), len(parts))
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= 5 <= interval.high
    assert 0.92 * runs <= covered <= 0.98 * runs
