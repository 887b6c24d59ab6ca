"""Waterfalls worked out by hand, as data: what changes here has changed what somebody is owed."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from unit.money_samples import booked, house, settled

from router.accounting.contracts.terms import Buyer
from router.accounting.group import Side
from router.accounting.report import Report
from router.accounting.settled_request import Settled

CASES = json.loads((Path(__file__).parent / "waterfalls.json").read_text(encoding="utf-8"))


def request(number: int, written: dict[str, Any]) -> Settled:
    """A request as the data writes it."""
    told = dict(written)
    asked = told.pop("asked", told["served"])
    if "day" in told:
        told["day"] = date.fromisoformat(told["day"])
    buyer = Buyer(told.pop("key", None), told.pop("team", None), tuple(told.pop("tags", ())))
    by = asked if told.pop("charge", "served") == "asked" else told["served"]
    return settled(number=number, asked=asked, charged_by=by, buyer=buyer, **told)


def lines(side: Side) -> dict[str, str]:
    """One side in the words of the data; what is nothing is left out."""
    told = {
        **side.waterfall._asdict(),
        "paid": side.paid,
        "partner_paid": side.partner.paid,
        "partner_paid_back": side.partner.paid_back,
        "partner_gpus": side.partner.gpus,
        "true_cost": side.true_cost,
    }
    return {name: plain(value) for name, value in told.items() if value}


def plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def report(case: dict[str, Any]) -> Report:
    requests = [request(number, written) for number, written in enumerate(case["requests"])]
    return booked(
        house(case["contracts"], deployments=case.get("deployments", [])), *requests, by=case.get("by", "model")
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_waterfall_is_the_golden_one(case: dict[str, Any]) -> None:
    total = report(case).total
    assert lines(total.served) == case["served"]
    assert lines(total.otherwise) == case.get("otherwise", case["served"])
    assert {name: plain(one.value) for name, one in total.split.items() if one.value} == case.get("kept", {})


@pytest.mark.parametrize("case", [one for one in CASES if "groups" in one], ids=lambda case: case["name"])
def test_each_day_is_the_golden_one(case: dict[str, Any]) -> None:
    assert {group.name: lines(group.served) for group in report(case).groups} == case["groups"]


@pytest.mark.parametrize("case", [one for one in CASES if "commitments" in one], ids=lambda case: case["name"])
def test_accrual_and_cash_are_the_golden_ones(case: dict[str, Any]) -> None:
    found = [
        {
            "start": str(one.period.start),
            "over": one.over,
            **{name: plain(getattr(one, name)) for name in ("used", "cash", "shortfall", "pace")},
            "cash_otherwise": plain(one.cash_otherwise),
        }
        for one in report(case).commitments
    ]
    assert found == case["commitments"]
