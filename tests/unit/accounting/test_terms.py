"""What contracts say on a day: periods, terms, and what they rest on."""

import itertools
from datetime import date
from decimal import Decimal, Inexact
from typing import Any

import pytest

from router.accounting.contracts.periods import Stretch, in_force, stretch
from router.accounting.contracts.terms import Buyer, Footing, Terms
from router.accounting.exact_decimal import exactly, quotient
from router.types import Config, Period
from unit.money_samples import DAY, MODELS, PRICES, TERM, gpu, house

SINCE = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("per", "until", "day", "expected"),
    [
        ("month", None, date(2026, 1, 31), (date(2026, 1, 31), date(2026, 2, 28))),
        ("month", None, date(2026, 2, 27), (date(2026, 1, 31), date(2026, 2, 28))),
        ("month", None, date(2026, 2, 28), (date(2026, 2, 28), date(2026, 3, 31))),
        ("month", None, date(2026, 4, 1), (date(2026, 3, 31), date(2026, 4, 30))),
        ("quarter", None, date(2026, 6, 1), (date(2026, 4, 30), date(2026, 7, 31))),
        ("year", None, date(2028, 2, 29), (date(2028, 1, 31), date(2029, 1, 31))),
        ("year", date(2026, 6, 1), date(2026, 5, 31), (date(2026, 1, 31), date(2026, 6, 1))),
        ("term", None, date(2030, 1, 1), (date(2026, 1, 31), None)),
        ("term", date(2031, 1, 1), date(2030, 1, 1), (date(2026, 1, 31), date(2031, 1, 1))),
    ],
)
def test_periods_run_from_the_first_day_of_a_term(per: Period, until: date | None, day: date, expected: Any) -> None:
    assert stretch(per, SINCE, until, day) == Stretch(*expected)


def test_periods_follow_one_another_without_gap() -> None:
    day, periods = SINCE, []
    for _ in range(40):
        periods.append(stretch("month", SINCE, None, day))
        day = periods[-1].end or day
    assert all(period.end == other.start for period, other in itertools.pairwise(periods))
    assert {period.days for period in periods} == {28, 29, 30, 31}
    assert Stretch(SINCE, None).days is None


def test_a_term_holds_from_its_first_day_up_to_its_last_and_without_it() -> None:
    end = date(2026, 3, 1)
    days = [date(2026, 1, 30), SINCE, date(2026, 2, 28), end]
    assert [in_force(SINCE, end, day) for day in days] == [False, True, True, False]
    assert in_force(SINCE, None, date(2999, 1, 1))


def test_money_is_exact_or_fails() -> None:
    with exactly():
        assert Decimal("1e-40") + Decimal("1e40") - Decimal("1e40") == Decimal("1e-40")
        with pytest.raises(Inexact):
            Decimal(1) / 3
        assert quotient(Decimal(2), Decimal(3)) == Decimal("0.666666666667")


def supply(contracts: dict[str, Any], model: str = "part", day: date = DAY, buyer: Buyer = Buyer()) -> Any:  # noqa: B008
    config = house(contracts)
    return Terms(config, config, set()).supply(model, day, buyer)


def partner(**terms: Any) -> dict[str, Any]:
    return {"partners": {"Partner": terms}}


def dated(since: str, **more: Any) -> dict[str, Any]:
    return {**TERM, "since": since, **more}


def test_the_last_term_that_has_begun_holds() -> None:
    costs = {"costs": {"part": [gpu(1, 1), gpu(2, 2, since="2026-06-15"), gpu(3, 3, since="2026-06-16")]}}
    assert supply(costs).gpu.input == 8
    assert supply(costs, day=date(2026, 6, 14)).gpu.input == 4
    assert supply(costs, day=date(2025, 1, 1)).gpu is None


def test_a_role_begins_and_ends() -> None:
    roles = [dated("2026-02-01", role="agent", fee=0.2), dated("2026-06-15", role="principal")]
    assert [supply(partner(roles=roles), day=date(2026, month, 1)).fee for month in (1, 2, 7)] == [
        None,
        Decimal("0.2"),
        None,
    ]


def test_shares_of_sales_come_first_and_each_knows_its_period_and_cap() -> None:
    shares = [
        dated("2026-01-10", name="back", rate=-0.1, of="partner_revenue"),
        dated("2026-01-10", name="paid", rate=0.2, cap=3, per="month"),
        dated("2026-01-10", name="over", rate=0.9, until="2026-06-15"),
        dated("2026-06-16", name="later", rate=0.9),
    ]
    paid, back = supply(partner(shares=shares)).shares
    assert (paid.term, paid.rate, paid.cap) == (("Partner", "paid", date(2026, 6, 10)), Decimal("0.2"), 3_000_000)
    assert (back.term[1], back.rate, back.cap) == ("back", Decimal("-0.1"), None)
    assert supply(partner(shares=shares)).capped
    assert not supply(partner(shares=shares[:1])).capped


@pytest.mark.parametrize(
    ("buyer", "free"),
    [
        (Buyer(), False),
        (Buyer("k", "t", ("x",)), False),
        (Buyer("first"), True),
        (Buyer(None, "own"), True),
        (Buyer(None, None, ("x", "house")), True),
    ],
)
def test_royalty_free_use_is_told_by_key_team_or_tag(buyer: Buyer, free: bool) -> None:
    of = {"key": ["first"], "team": ["own"], "tags": ["house"]}
    terms = partner(shares=[{**TERM, "name": "s", "rate": 0.2}], royalty_free=[{**TERM, "of": of}])
    assert (supply(terms, buyer=buyer).shares == ()) == free
    early = partner(shares=terms["partners"]["Partner"]["shares"], royalty_free=[dated("2027-01-01", of=of)])
    assert supply(early, buyer=buyer).shares


def test_gpu_hours_become_micro_dollars_a_token() -> None:
    time = {"input": 0.1, "output": 1, "cached_input": 0.03, "rate": 2.5, "utilisation": 0.3}
    rates = supply({"costs": {"part": [{**TERM, "gpu": time}]}}).gpu
    assert (rates.input, rates.output) == (Decimal("0.833333333333"), Decimal("8.333333333333"))
    assert rates.cached_input == Decimal("0.25")


def test_what_the_terms_rest_on_is_noted() -> None:
    config, footings = house({**partner(roles=[{**TERM, "role": "principal"}]), "costs": {}}), set[Footing]()
    terms = Terms(config, config, footings)
    terms.sale("part", DAY, Buyer())
    terms.sale("part", date(2020, 1, 1), Buyer())
    terms.supply("part", DAY, Buyer())
    assert {(footing.line, footing.subject, footing.status) for footing in footings} == {
        ("list_value", "price of part", "published"),
        ("list_value", "price of part", "unknown"),
        ("revenue", "role for Partner", "signed"),
        ("inference", "inference cost of part", "unknown"),
    }


def old_and_new() -> tuple[Config, Config]:
    """A catalog that knew all three models, and today's, which has lost one and has other terms for the rest."""
    old = house(partner(shares=[{**TERM, "name": "old", "rate": 0.1}]))
    rows = [row for row in MODELS if row["id"] != "free"]
    prices = {name: dated for name, dated in PRICES.items() if name != "free"}
    changed = partner(shares=[{**TERM, "name": "new", "rate": 0.3}])
    return old, house({**changed, "costs": {"part": [gpu(1, 1)]}}, models=rows, prices=prices)


def test_contracts_are_todays_prices_the_requests_own_and_lost_models_keep_their_terms() -> None:
    old, new = old_and_new()
    terms = Terms(old, new, set())
    supply = terms.supply("part", DAY, Buyer())
    assert (supply.shares[0].rate, supply.gpu and supply.gpu.input) == (Decimal("0.3"), 4)
    lost = terms.supply("free", DAY, Buyer()).gpu
    assert lost is not None
    assert lost.input == Decimal("0.1")
    assert terms.sale("free", DAY, Buyer()).price == old.prices["free"][0]


def test_a_platform_that_is_not_named_owns_nothing() -> None:
    config = house({"platform": None})
    terms = Terms(config, config, set())
    assert terms.platform is None
    assert terms.supply("own", DAY, Buyer()).outside
