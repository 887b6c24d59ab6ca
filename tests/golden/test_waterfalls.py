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
    fields = dict(written)
    asked = fields.pop("asked", fields["served"])
    if "day" in fields:
        fields["day"] = date.fromisoformat(fields["day"])
    buyer = Buyer(fields.pop("key", None), fields.pop("team", None), tuple(fields.pop("tags", ())))
    by = asked if fields.pop("charge", "served") == "asked" else fields["served"]
    return settled(number=number, asked=asked, charged_by=by, buyer=buyer, **fields)


def lines(side: Side) -> dict[str, str]:
    """One side in the words of the data; what is nothing is left out."""
    fields = {
        **side.waterfall._asdict(),
        "paid": side.paid,
        "partner_paid": side.partner.paid,
        "partner_paid_back": side.partner.paid_back,
        "partner_gpus": side.partner.gpus,
        "true_cost": side.true_cost,
    }
    return {name: plain(value) for name, value in fields.items() if value}


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
    assert {name: plain(estimate.value) for name, estimate in total.split.items() if estimate.value} == case.get(
        "kept", {}
    )


@pytest.mark.parametrize("case", [case for case in CASES if "groups" in case], ids=lambda case: case["name"])
def test_each_day_is_the_golden_one(case: dict[str, Any]) -> None:
    assert {group.name: lines(group.served) for group in report(case).groups} == case["groups"]


@pytest.mark.parametrize("case", [case for case in CASES if "commitments" in case], ids=lambda case: case["name"])
def test_accrual_and_cash_are_the_golden_ones(case: dict[str, Any]) -> None:
    periods = [
        {
            "start": str(commitment.period.start),
            "over": commitment.over,
            **{name: plain(getattr(commitment, name)) for name in ("used", "cash", "shortfall", "pace")},
            "cash_otherwise": plain(commitment.cash_otherwise),
        }
        for commitment in report(case).commitments
    ]
    assert periods == case["commitments"]
