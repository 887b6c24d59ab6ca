"""What the sums of a report are made of: tokens, cached ones at their own rate, shares, names and periods."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from router.accounting.contracts.obligations import begins
from router.accounting.contracts.periods import Stretch
from unit.money_samples import COSTS, DAY, HOUSE, TERM, booked, house, settled

SHARE = {**TERM, "name": "s", "rate": 0.2}
COMMITMENT = {**TERM, "name": "c", "amount": 0.0003, "per": "month", "since": "2026-06-01"}


def partner(**terms: Any) -> dict[str, Any]:
    return {"partners": {"Partner": terms}}


def test_tokens_are_summed_each_in_its_place_and_lengths_by_their_basis() -> None:
    requests = [settled("part", number=number, input=100 + number, output=7) for number in range(3)]
    moved = settled("own", number=9, asked="part", input=11, output=5)
    report = booked(HOUSE, *requests, moved)
    assert (report.total.requests, report.total.substituted) == (4, 1)
    assert (report.total.input_tokens, report.total.output_tokens) == (100 + 101 + 102 + 11, 3 * 7 + 5)
    assert sum(report.total.lengths.values()) == 4


def test_cached_tokens_cost_their_own_rate_in_the_list_and_in_the_gpus() -> None:
    gpus = {"input": 0.05, "output": 1.0, "cached_input": 0.01, "rate": 2, "utilisation": 0.5}
    config = house({"costs": {**COSTS, "part": [{**TERM, "gpu": gpus}]}})
    report = booked(config, settled("part", cached=40))
    # 60 fresh ones at 1, 40 at a tenth, 50 of the answer at 10; four micro-dollars a token for an hour a million.
    assert report.total.served.waterfall.list_value == 60 + 4 + 500
    assert report.total.served.true_cost == Decimal("213.6")


def test_two_shares_of_revenue_are_both_of_the_same_revenue() -> None:
    report = booked(house(partner(shares=[SHARE, {**SHARE, "name": "t", "rate": 0.1}])), settled("part"))
    assert report.total.served.waterfall.share == 120 + 60


def test_caps_and_commitments_are_told_with_their_owner_their_name_and_their_period() -> None:
    config = house(partner(shares=[{**SHARE, "cap": 0.0002, "per": "month"}], commitments=[COMMITMENT]))
    since, until = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    report = booked(config, settled("part"), since=since, until=until, by="owner")
    assert (report.by, report.since, report.until) == ("owner", since, until)
    (cap,), (promise,) = report.caps, report.commitments
    june = Stretch(date(2026, 6, 1), date(2026, 7, 1))
    assert (cap.owner, cap.name, cap.period) == ("Partner", "s", june)
    assert (promise.owner, promise.name, promise.period) == ("Partner", "c", june)
    assert report.platform == "House"


def test_requests_are_counted_from_where_the_earliest_cap_or_commitment_began() -> None:
    capped = {**SHARE, "name": "t", "cap": 0.0002, "per": "month"}
    yearly = {**SHARE, "per": "year"}
    assert begins(house().contracts, DAY) == DAY
    assert begins(house(partner(shares=[yearly])).contracts, DAY) == DAY, "without a cap nothing need be known"
    assert begins(house(partner(shares=[capped])).contracts, DAY) == date(2026, 6, 1)
    assert begins(house(partner(commitments=[COMMITMENT])).contracts, DAY) == date(2026, 6, 1)
