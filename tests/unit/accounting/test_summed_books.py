"""Books from sums come to what books from single requests come to, or say that they can't tell."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.accounting.books import Question
from router.accounting.contracts.terms import Buyer
from router.accounting.exact_decimal import exactly
from router.accounting.report import By, Report
from router.accounting.report_json import plain
from router.accounting.rolled_up.class_sums import SumsInTheMaking, added, joined, unpacked
from router.accounting.rolled_up.exact_spread import Spread, scale_for
from router.accounting.rolled_up.request_class import Models, Sums, Unsummable
from router.accounting.rolled_up.summed_books import Portion, SummedBooks
from router.accounting.savings.baselines import Baseline
from router.accounting.settled_request import Settled
from router.types import Config
from unit.money_samples import COSTS, DAY, PRICES, TERM, booked, gpu, house, ramp, settled

BYS: tuple[By, ...] = ("model", "owner", "task", "ramp", "key", "day", "team", "tag", "policy")
SALES = {**TERM, "name": "s", "rate": 0.2, "of": "sales"}
BACK = {**TERM, "name": "b", "rate": -0.15, "of": "partner_revenue"}
AGENT = [{**TERM, "role": "agent", "fee": 0.15}]
TEAM = {"team": ["t1"]}
CONTRACTS: tuple[dict[str, Any], ...] = (
    {},
    {"partners": {"Partner": {"shares": [SALES, BACK], "royalty_free": [{**TERM, "of": TEAM}]}}},
    {"partners": {"Partner": {"roles": AGENT, "shares": [{**SALES, "cap": 20_000, "per": "month"}]}}},
    {
        "costs": {**COSTS, "part": [gpu(0.05, 1.0, invoice={"input": 0.3, "output": 3, "cached_input": 0.01})]},
        "discounts": [{**TERM, "name": "d", "rate": 0.125, "of": TEAM}],
        "platform_cost": [{**TERM, "per_million_requests": 20, "per_million_tokens": 0.013}],
    },
)


def drawn(seed: int, config: Config, count: int = 100) -> list[Settled]:
    """Requests of every kind: moved and held back, cut off, from a cache, of several models, people and days."""
    draw = Random(seed)
    return [_drawn(draw, number, config) for number in range(count)]


def _drawn(draw: Random, number: int, config: Config) -> Settled:
    served, asked = draw.choice(("part", "part", "own", "free")), draw.choice(("part", "part", "own", "free"))
    taken, met = draw.randrange(3000), draw.choice((None, "r"))
    request = settled(
        served,
        config,
        number=number,
        asked=asked,
        charged_by=draw.choice((served, asked)),
        day=date(2026, 6, 1) + timedelta(days=number // 40),
        input=taken,
        cached=draw.randrange(taken + 1),
        output=draw.randrange(2000),
        choices=draw.choice((1, 1, 2)),
        output_limit=draw.choice((0, 100, 900)),
        task=draw.choice(("chat", "law")),
        outcome=draw.choice(("ok", "ok", "ok", "cut_off")),
        buyer=Buyer(draw.choice((None, "k")), draw.choice((None, "t1")), draw.choice(((), ("a",), ("a", "b")))),
        deployment=served,
        ramp=met,
        arm=draw.choice(("moved", "holdback", "not_yet")) if met else None,
        unit=f"unit {draw.randrange(70)}",
        policy=draw.choice(("p", "q")),
    )
    again = draw.random() < 0.1
    return request._replace(from_cache=True, charged=Decimal(0), cost=Decimal(0)) if again else request


def portions(requests: Iterable[Settled], config: Config, days: int = 1) -> list[Portion]:
    """The sums of some days each, packed and unpacked."""
    models, parts = Models(config), dict[int, SumsInTheMaking]()
    for request in requests:
        part = parts.setdefault(request.day.toordinal() // days, SumsInTheMaking())
        part.add(*models.class_of(request))
    bodies = [part.made().packed() for part in parts.values()]
    return [Portion(lambda body=body: unpacked(body)) for body in bodies]  # type: ignore[misc]


def summed(config: Config, parts: list[Portion], by: By = "model") -> Report:
    question = Question(by, Baseline("asked"), None, None, DAY)
    return SummedBooks(question, config, lambda revision: config).report(parts, 0)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(CONTRACTS), st.sampled_from(BYS))
def test_the_report_is_the_same_to_the_last_digit(seed: int, contracts: dict[str, Any], by: By) -> None:
    config = house(contracts, ramps=[ramp(0.5, 0.3)])
    requests = drawn(seed, config)
    single = booked(config, *requests, by=by)
    assert plain(summed(config, portions(requests, config), by)) == plain(single)


def test_every_interval_and_every_source_of_lengths_is_there() -> None:
    config = house(CONTRACTS[1], ramps=[ramp(0.5, 0.3)])
    requests = [each._replace(task="chat", ramp="r", arm=each.arm or "holdback") for each in drawn(5, config, 160)]
    report = summed(config, portions(requests, config), "day")
    assert plain(report) == plain(booked(config, *requests, by="day"))
    assert report.trials[0].enough
    assert report.total.split["customer"].low is not None
    assert set(report.total.lengths) == {"served", "holdback", "verbosity"}


def test_a_cap_that_is_reached_can_not_be_summed() -> None:
    limit = {**SALES, "cap": 0.0001, "per": "month"}
    config = house({"partners": {"Partner": {"shares": [limit]}}})
    requests = drawn(1, config)
    with pytest.raises(Unsummable, match="the cap of s is reached"):
        summed(config, portions(requests, config))


def test_a_share_of_either_sign_can_not_be_summed() -> None:
    config = house({"partners": {"Partner": {"shares": [{**SALES, "rate": -0.2}, BACK]}}})
    with pytest.raises(Unsummable, match="below zero"):
        summed(config, portions(drawn(1, config), config))


@pytest.mark.parametrize("name", ["charged", "cost"])
def test_other_money_than_the_tokens_come_to_can_not_be_summed(name: str) -> None:
    config = house()
    request = settled("part", config)
    with pytest.raises(Unsummable, match=request.id):
        Models(config).class_of(request._replace(**{name: Decimal(1)}))


def test_a_platform_that_does_not_balance_is_left_to_the_single_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    from router.accounting.rolled_up.class_terms import Sides
    from router.errors import Unbalanced

    def refuse(*_: object) -> None:
        raise Unbalanced("no")

    monkeypatch.setattr(Sides, "book", refuse)
    config = house()
    with pytest.raises(Unsummable, match="no"):
        summed(config, portions(drawn(1, config, 3), config))


def test_a_price_that_is_not_known_charges_nothing() -> None:
    later = {name: [{**price, "since": "2030-01-01"} for price in prices] for name, prices in PRICES.items()}
    config = house(prices=later)
    requests = [request._replace(charged=Decimal(0), cost=Decimal(0)) for request in drawn(2, house())]
    assert plain(summed(config, portions(requests, config))) == plain(booked(config, *requests))


def test_of_nothing_there_is_a_report() -> None:
    config = house()
    nothing = Portion(SumsInTheMaking().made)
    assert plain(summed(config, [nothing])) == plain(summed(config, [])) == plain(booked(config))


def test_what_is_only_counted_reaches_commitments_and_no_row() -> None:
    promise = {**TERM, "name": "c", "amount": 1, "per": "month"}
    config = house({"partners": {"Partner": {"roles": AGENT, "commitments": [promise]}}})
    (part,) = portions([settled("part", config, asked="own")], config)
    report = summed(config, [part._replace(reported=False)])
    assert (report.total.requests, report.days, report.groups) == (0, None, ())
    assert report.commitments[0].used > 0


def test_parts_are_joined_by_class_and_group() -> None:
    config = house()
    requests = [*drawn(3, config), *drawn(3, config)]
    whole = [part.read() for part in portions(requests, config, 99)]
    apart = joined([part.read() for part in portions([*requests[:50]], config, 99)] + [
        part.read() for part in portions(requests[50:], config, 99)
    ])  # fmt: skip
    assert len(apart.group) == len(whole[0].group) < len(requests)
    assert apart.sums.sum(axis=0).tolist() == whole[0].sums.sum(axis=0).tolist()
    assert plain(summed(config, [Portion(lambda: apart)])) == plain(booked(config, *requests))


def test_sums_that_would_not_fit_are_refused() -> None:
    making = SumsInTheMaking()
    kind, group, sums = Models(house()).class_of(settled("part", house()))
    making.add(kind, group, sums._replace(input=2**63))
    assert len(making) == 1
    with pytest.raises(Unsummable, match="63 bits"):
        making.made()
    with pytest.raises(Unsummable, match="62 bits"):
        added(np.zeros(2, np.int64), np.full((2, 1), 2**61))
    with pytest.raises(Unsummable, match="one group"), exactly():
        scale_for([], 2**55)


@pytest.mark.parametrize("most", [1000, 2**44])
def test_the_spread_is_that_of_decimals(most: int) -> None:
    draw = Random(4)
    rates = tuple(
        tuple(Decimal(draw.randrange(-(10**9), 10**9)).scaleb(-draw.randrange(14)) for _ in Sums._fields) for _ in "ab"
    )
    rows = np.array([[draw.randrange(30) for _ in Sums._fields] for _ in range(6)], np.int64)
    with exactly():
        scale = scale_for([rates], most)
        assert scale.floats == (most == 1000)
        spread = Spread(scale, 2)
        spread.add(np.array([1, 5, 7]), rows[:3, 0], scale.valued(scale.cut(rates), rows[:3]))
        spread.add(np.array([5, 6, 7]), rows[3:, 0], scale.valued(scale.cut(rates), rows[3:]))
        got = {group: (requests, figures) for group, requests, figures in spread.groups()}
        of_five = rows[1] + rows[3]
        exact = [sum((rate * int(n) for rate, n in zip(each, of_five, strict=True)), Decimal(0)) for each in rates]
    assert got[5] == (int(of_five[0]), [float(each) for each in exact])
