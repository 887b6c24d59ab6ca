"""What a request would have cost with another model: cached tokens at their own rate, and sums by cluster."""

from decimal import Decimal

import pytest

from router.accounting.savings.clustered_intervals import ClusterSums, estimate, mean_variance, total_variance
from unit.money_samples import HOUSE, booked, settled


def test_cached_tokens_cost_their_own_rate_in_the_counterfactual() -> None:
    report = booked(HOUSE, settled("own", asked="part", cached=40))
    whole = booked(HOUSE, settled("own", asked="part"))
    # Forty tokens at a tenth of a micro-dollar and not at one.
    assert whole.total.otherwise.paid - report.total.otherwise.paid == 40 * Decimal("0.9")


def test_sums_by_cluster_hold_each_figure_apart() -> None:
    sums = ClusterSums(2)
    sums.add(1, (Decimal(3), 10))
    sums.add(1, (Decimal(1), 20), requests=3)
    sums.add(7, (Decimal(5), 70))
    assert len(sums) == 2
    first, second = [(4.0, 4.0), (1.0, 5.0)], [(4.0, 30.0), (1.0, 70.0)]
    assert sums.total_variance(0) == total_variance(first) > 0
    assert sums.total_variance(1) == total_variance(second) > 0
    assert sums.mean_variance(1) == mean_variance(second)


@pytest.mark.parametrize(("clusters", "quantile"), [(20, 2.09302), (25, 2.06390), (31, 2.04227)])
def test_the_quantile_is_within_its_stated_error(clusters: int, quantile: float) -> None:
    interval = estimate(Decimal(0), 1.0, clusters)
    assert interval.high is not None
    assert abs(float(interval.high) - quantile) < 5e-4
