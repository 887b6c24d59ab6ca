"""Both sides of a ramp beside each other, from sums that are kept as receipts are read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from router.accounting.savings.clustered_intervals import LEAST_CLUSTERS
from router.ids import first_id
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.index import ReceiptIndex
from router.ledger.index.arm_sums import arm_sums, beside
from router.types import Moved, Receipt
from unit.ledger_samples import receipt

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def made(number: int, arm: str, cost: int, *, served: str | None = "m", days: int = 0, ramp: str = "r") -> Receipt:
    plain, time = receipt(f"{number:032x}"), NOON + days * DAY
    decision = replace(plain.decision, ramp=Moved(ramp, arm))  # type: ignore[arg-type]
    ask = replace(plain.ask, unit=f"{arm} {number}")
    money = {"cost": Decimal(cost), "charged": Decimal(2 * cost), "served": served, "time": time}
    return replace(
        plain, id=f"{first_id(time)}{number:020x}", decision=decision, ask=ask, duration_ms=float(cost), **money
    )


@pytest.fixture
def index() -> Iterator[ReceiptIndex]:
    ledger = SqliteLedger()
    made_ = ReceiptIndex(ledger)
    yield made_
    made_.close()
    ledger.close()


def kept(index: ReceiptIndex, *receipts: Receipt) -> None:
    ledger: DatabaseLedger = index._ledger
    for each in receipts:
        ledger.append(each)
    ledger.flush()
    index.catch_up(10)


def between(index: ReceiptIndex, begin: datetime, end: datetime) -> dict[str, int]:
    sides = arm_sums(index, "r", int(begin.timestamp()), int(end.timestamp()))
    return {arm: side.requests for arm, side in sides.items()}


def test_each_side_has_its_means_and_the_difference_its_interval(index: ReceiptIndex) -> None:
    moved = [made(number, "moved", 10 + number % 2) for number in range(200)]
    held = [made(number, "holdback", 20 + number % 2) for number in range(200, 400)]
    kept(index, *moved, *held, made(400, "not_yet", 99), made(401, "moved", 99, ramp="another"))
    known = beside(arm_sums(index, "r", 0, int((NOON + DAY).timestamp())))
    rows = {row["arm"]: row for row in known["arms"]}
    assert [row["arm"] for row in known["arms"]] == ["moved", "holdback", "not_yet"]
    assert (rows["moved"]["requests"], rows["moved"]["cost"], rows["moved"]["charged"]) == (200, 10.5, 21)
    difference = known["differences"]["cost"]
    assert difference["value"] == -10
    assert -10.5 < difference["low"] < -10 < difference["high"] < -9.5
    assert known["differences"]["failed"] == {"value": 0, "low": 0, "high": 0}


def test_whole_days_are_counted_and_no_other(index: ReceiptIndex) -> None:
    kept(index, *(made(number, "moved", 1, days=number) for number in range(3)))
    assert between(index, NOON, NOON + timedelta(hours=1)) == {"moved": 1}
    assert between(index, NOON, NOON + DAY) == {"moved": 2}
    assert between(index, NOON + 5 * DAY, NOON + 6 * DAY) == {}


def test_who_was_not_answered_is_counted(index: ReceiptIndex) -> None:
    kept(index, *(made(number, "moved", 1, served=None if number % 4 else "m") for number in range(8)))
    assert beside(arm_sums(index, "r", 0, 2**40))["arms"][0]["failed"] == 0.75


def test_one_side_alone_has_no_difference_and_few_conversations_no_interval(index: ReceiptIndex) -> None:
    kept(index, made(1, "moved", 10))
    assert set(beside(arm_sums(index, "r", 0, 2**40))["differences"].values()) == {None}
    kept(index, *(made(number, "holdback", 12) for number in range(2, LEAST_CLUSTERS)))
    assert beside(arm_sums(index, "r", 0, 2**40))["differences"]["cost"] == {"value": -2, "low": None, "high": None}
