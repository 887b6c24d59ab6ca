"""The books: what is counted where, which world knows what, and what a report finds in them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from router.accounting.books import Books, Question
from router.accounting.contracts.terms import Buyer
from router.accounting.report import By
from router.accounting.savings.baselines import Baseline
from router.accounting.savings.counterfactual_lengths import Lengths
from router.accounting.settled_request import settled as read_settled
from router.errors import Unbalanced
from unit.money_samples import DAY, HOUSE, PRICES, TERM, booked, house, settled

SHARE = {**TERM, "name": "s", "rate": 0.2}


def partner(**terms: Any) -> dict[str, Any]:
    return {"partners": {"Partner": terms}}


def test_nothing_gives_a_report_of_nothing() -> None:
    report = booked(HOUSE)
    assert (report.total.requests, report.groups, report.owners, report.days) == (0, (), (), None)
    assert report.concentration == dict.fromkeys(("requests", "tokens", "revenue", "margin"))
    assert report.alerts == report.trials == report.caps == report.commitments == ()


REQUESTS = (
    settled("part", number=1, buyer=Buyer("k1"), day=date(2026, 6, 1)),
    settled("own", number=2, asked="part", ramp="r", arm="moved", task="law", buyer=Buyer("k1")),
    settled("own", number=3, buyer=Buyer("k2")),
    settled("free", number=4, ramp="r", arm="holdback"),
)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("model", ["own", "free", "part"]),
        ("owner", ["House", "Open", "Partner"]),
        ("task", ["chat", "law"]),
        ("ramp", ["(no ramp)", "r: holdback", "r: moved"]),
        ("key", ["k1", "(no key)", "k2"]),
        ("day", ["2026-06-01", "2026-06-15"]),
    ],
)
def test_groups_are_by_what_is_asked_the_largest_first_but_days_in_their_order(by: By, names: list[str]) -> None:
    report = booked(HOUSE, *REQUESTS, by=by)
    assert [group.name for group in report.groups] == names
    assert sum(group.requests for group in report.groups) == report.total.requests == 4
    assert report.total.substituted == 1
    assert report.days == (date(2026, 6, 1), DAY)


def test_requests_before_the_report_count_towards_caps_and_nothing_else() -> None:
    config = house(partner(shares=[{**SHARE, "cap": 0.0002, "per": "month"}]))
    requests = [settled("part", number=number, day=date(2026, 6, number + 1)) for number in range(3)]
    since = datetime(2026, 6, 2, tzinfo=UTC)
    books = Books(Question("day", Baseline("asked"), since, None, DAY), config, lambda _: config, Lengths())
    for number, request in enumerate(requests):
        books.enter(request, reported=number > 0)
    report = books.report(unanswered=5)
    assert [group.name for group in report.groups] == ["2026-06-02", "2026-06-03"]
    assert [group.served.waterfall.share for group in report.groups] == [80, 0]
    assert (report.caps[0].used, report.caps[0].cap, report.unanswered) == (200, 200, 5)


def test_each_world_reaches_its_caps_in_its_own_time() -> None:
    config = house(partner(shares=[{**SHARE, "cap": 0.0002}]))
    moved = [settled("own", number=number, asked="part") for number in range(2)]
    report = booked(config, *moved, settled("part", number=3))
    assert (report.total.served.waterfall.share, report.total.otherwise.waterfall.share) == (120, 200)
    assert (report.caps[0].used, report.caps[0].used_otherwise) == (120, 200)
    # What the third request was served by, the counterfactual served it too, but had no share left to pay.
    assert report.total.split["partner"].value == 120 - 200


@pytest.mark.parametrize(
    ("cap", "alerts"),
    [("0.001", []), ("0.00015", ["cap_near"]), ("0.00012", ["cap_reached"]), ("0.0001", ["cap_reached"])],
)
def test_a_cap_calls_before_it_is_reached_and_then(cap: str, alerts: list[str]) -> None:
    report = booked(house(partner(shares=[{**SHARE, "cap": float(cap)}])), settled("part"))
    assert [alert.kind for alert in report.alerts] == alerts


def commitment(**more: Any) -> dict[str, Any]:
    commitment = {**TERM, "name": "c", "amount": 0.0003, "per": "month", "since": "2026-06-01", **more}
    return partner(shares=[SHARE], commitments=[commitment])


@pytest.mark.parametrize(
    ("until", "today", "alerts", "cash"),
    [
        (None, date(2026, 6, 16), ["behind_pace"], 120),
        (None, date(2026, 6, 13), [], 120),
        (None, date(2026, 6, 30), ["behind_pace"], 120),
        (datetime(2026, 7, 1, tzinfo=UTC), date(2026, 7, 1), ["shortfall"], 300),
        (datetime(2026, 7, 1, tzinfo=UTC), date(2026, 6, 30), ["behind_pace"], 120),
        (datetime(2026, 6, 11, tzinfo=UTC), date(2026, 8, 1), [], 120),
    ],
)
def test_a_commitment_calls_when_it_falls_behind_and_when_it_is_lost(
    until: datetime | None, today: date, alerts: list[str], cash: int
) -> None:
    request = settled("part", day=date(2026, 6, 5))
    report = booked(house(commitment()), request, until=until, today=today)
    assert [each.kind for each in report.alerts] == alerts
    (standing,) = report.commitments
    assert (standing.cash, standing.used) == (cash, 120)


def test_a_month_without_a_request_is_told_too() -> None:
    report = booked(house(commitment()), settled("part", day=date(2026, 6, 5)), today=date(2026, 8, 2))
    assert [(str(commitment.period.start), commitment.used, commitment.over) for commitment in report.commitments] == [
        ("2026-06-01", 120, True),
        ("2026-07-01", 0, True),
        ("2026-08-01", 0, False),
    ]
    assert [commitment.shortfall for commitment in report.commitments] == [180, 300, 0]


def test_a_commitment_that_has_not_begun_or_is_over_is_not_told() -> None:
    assert booked(house(commitment(since="2027-01-01")), settled("part")).commitments == ()
    ended = commitment(since="2026-01-01", until="2026-03-01", per="term")
    assert booked(house(ended), settled("part")).commitments == ()


def test_concentration_and_its_limits() -> None:
    limits = [
        {"name": f"{of}-{most}", "because": "a test", "owner": "Partner", "most": most, "of": of}
        for of, most in (("requests", 0.5), ("requests", 0.4), ("revenue", 0.5))
    ]
    limits.append({"name": "nobody", "because": "a test", "owner": "Open", "most": 0, "of": "tokens"})
    report = booked(house({"limits": limits}), settled("part", number=1), settled("own", number=2))
    assert report.concentration["requests"] == report.concentration["tokens"] == 0.5
    assert report.concentration["revenue"] == pytest.approx(0.8**2 + 0.2**2)
    assert [(alert.name, alert.kind) for alert in report.alerts] == [
        ("requests-0.4", "concentrated"),
        ("revenue-0.5", "concentrated"),
    ]
    assert [part.owner for part in report.owners] == ["House", "Partner"]


def test_there_are_no_shares_where_somebody_lost_money() -> None:
    config = house({"platform_cost": [{**TERM, "per_million_requests": 100, "per_million_tokens": 0}]})
    report = booked(config, settled("part", number=1), settled("free", number=2))
    assert report.owners[0].shares["margin"] is None
    assert report.concentration["margin"] is None
    assert report.concentration["requests"] == 0.5


def test_intervals_know_that_lengths_are_means() -> None:
    random = Random(3)
    lengths = [round(random.gauss(400, 120)) for _ in range(25)]
    held = [
        settled("part", number=n, output=length, ramp="r", arm="holdback", unit=f"h{n}")
        for n, length in enumerate(lengths)
    ]
    moved = [
        settled("own", number=100 + n, output=50, asked="part", ramp="r", arm="moved", unit=f"m{n}") for n in range(200)
    ]
    report = booked(HOUSE, *held, *moved, by="ramp")
    saved = next(group for group in report.groups if group.name == "r: moved").split["customer"]
    mean = Decimal(sum(lengths)) / 25
    assert saved.value == 200 * (100 + 10 * mean - 150)
    # Every moved request is alike: all that is unsure is the mean of the 25.
    variance = sum((length - float(mean)) ** 2 for length in lengths) / 24 / 25
    assert saved.high is not None
    assert float(saved.high - saved.value) == pytest.approx(1.96 * 200 * 10 * variance**0.5, rel=0.05)


def test_a_ramp_is_also_told_as_it_was_seen() -> None:
    held = [settled("part", number=n, ramp="r", arm="holdback", unit=f"h{n}") for n in range(30)]
    moved = [
        settled("own", number=50 + n, asked="part", ramp="r", arm="moved", unit=f"m{n}", output=40 + n)
        for n in range(30)
    ]
    idle = settled("part", number=999, ramp="r", arm="not_yet")
    (trial,) = booked(HOUSE, *held, *moved, idle).trials
    assert (trial.ramp, trial.moved, trial.holdback, trial.enough) == ("r", 30, 30, True)
    by_figure = {figure: (modelled, seen) for figure, modelled, seen in trial.comparisons}
    modelled, seen = by_figure["customer"]
    # 600 for 50 tokens in the holdback; 50 + 2 x 54.5 for the moved; and that is what the model says too.
    assert modelled is not None
    assert seen is not None
    assert modelled.value == seen.value == 600 - 159
    assert seen.low is not None
    assert seen.low < seen.value
    assert by_figure["list_cost"][0] is None
    assert by_figure["platform"][1] is not None
    assert by_figure["platform"][1].value == Decimal("84.5") - 380


def test_a_ramp_without_a_holdback_has_nothing_to_be_seen() -> None:
    moved = [settled("own", number=n, asked="part", ramp="r", arm="moved", unit=f"m{n}") for n in range(30)]
    (trial,) = booked(HOUSE, *moved).trials
    assert (trial.holdback, trial.enough) == (0, False)
    assert all(comparison.causal is None for comparison in trial.comparisons)
    assert trial.comparisons[0].modelled is not None
    (beside_another,) = booked(HOUSE, *moved, baseline=Baseline("best", "free")).trials
    assert all(comparison.modelled is None for comparison in beside_another.comparisons)
    (held,) = booked(HOUSE, settled("part", ramp="r", arm="holdback")).trials
    assert held.comparisons[0] == ("customer", None, None)


def test_a_receipt_of_nobody_is_no_request() -> None:
    assert read_settled({"served": None, "usage": None}) is None


def test_a_price_that_is_not_known_charges_nothing() -> None:
    early = settled("own", day=date(2025, 1, 1), asked="part", charged=Decimal(0))
    report = booked(HOUSE, early)
    assert report.total.served.paid == report.total.otherwise.paid == 0
    unknown = {footing.subject for footing in report.unsure if footing.status == "unknown"}
    assert {"price of own", "price of part", "inference cost of own"} <= unknown


def test_revisions_have_prices_of_their_own() -> None:
    dear = house(prices={name: [{**dated[0], "input": 9}] for name, dated in PRICES.items()})
    config_of = {"r": HOUSE, "s": dear}.__getitem__
    books = Books(Question("day", Baseline("asked"), None, None, DAY), HOUSE, config_of, Lengths())
    books.enter(settled("part", number=1))
    books.enter(settled("part", dear, number=2, revision="s"))
    assert books.report().total.served.paid == 600 + 900 + 500


def test_a_charge_that_is_not_the_price_is_refused_with_both_sums() -> None:
    wrong = settled("part", number=7, charged=Decimal(601))
    with pytest.raises(Unbalanced, match=rf"{wrong.id}, as served: the customer paid 0.000601 USD.* 0.0006\."):
        booked(HOUSE, wrong)


def test_a_discount_that_is_not_for_this_buyer_is_none() -> None:
    config = house({"discounts": [{**TERM, "name": "d", "rate": 0.5, "of": {"key": ["k"]}}]})
    report = booked(config, settled("part", number=1, buyer=Buyer("k")), settled("part", number=2))
    assert report.total.served.waterfall.discount == 300


def test_what_came_from_the_cache_took_nothing_and_its_saving_has_owners() -> None:
    config = house(partner(shares=[SHARE]))
    called = settled("part", number=1)
    again = settled("part", number=2, charged=Decimal(0), cost=Decimal(0), from_cache=True, ramp="r", arm="moved")
    once, report = booked(config, called).total, booked(config, called, again)
    both, kept = report.total, {name: figure.value for name, figure in report.total.split.items()}
    assert (both.requests, both.from_cache, report.trials) == (2, 1, ())
    assert (both.input_tokens, both.output_tokens) == (once.input_tokens, once.output_tokens)
    assert (both.served, both.otherwise.paid) == (once.served, 2 * once.served.paid)
    assert kept["customer"] == once.served.paid
    assert both.cache_saved == kept["true_cost"] == sum(kept[name] for name in ("customer", "platform", "partner")) > 0


def test_what_came_from_the_cache_says_nothing_of_lengths() -> None:
    lengths, rows = Lengths(), {row.id: row for row in HOUSE.models}
    for number in range(20):
        lengths.add(settled("own", number=number, from_cache=True))
    assert lengths.of(settled("part"), "own", rows).basis == "verbosity"
