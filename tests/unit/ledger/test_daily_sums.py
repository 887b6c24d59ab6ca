"""Sums by day are those of the receipts, to the last digit: indexed in any groups, after a pruning, and made anew."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.accounting.exact_decimal import exactly
from router.cli.ledger.sums_command import grouped, run
from router.errors import BadRequest
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.index import ReceiptIndex
from router.ledger.index.closed_days import closed_days
from router.ledger.index.daily_sums import DailySums
from router.ledger.location import INDEX, LEDGER, Place
from router.ledger.retention.prune import Reason, plan, prune
from router.types import Receipt
from unit.ledger_samples import receipt as sample

START = datetime(2026, 1, 1, tzinfo=UTC)
AMOUNTS = st.decimals(0, 10**9, places=9)


def receipt(number: int, hours: int, charged: Decimal, *, answered: bool = True) -> Receipt:
    moment = START + timedelta(hours=hours)
    plain = replace(sample(f"{int(moment.timestamp() * 1000):012x}{number:020x}"), time=moment, charged=charged)
    return plain if answered else replace(plain, served=None, usage=None)


def plainly(ledger: DatabaseLedger) -> DailySums:
    """The same sums, from all receipts at once."""
    ledger.flush()
    sums = DailySums()
    for body in ledger.receipts():
        sums.add(orjson.loads(body))
    return sums


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 100), AMOUNTS, st.booleans()), min_size=1, max_size=12), st.integers(0, 12))
def test_they_are_those_of_the_receipts_to_the_last_digit(logged, cut) -> None:  # type: ignore[no-untyped-def]
    with closing(SqliteLedger()) as ledger, closing(ReceiptIndex(ledger, None)) as index:
        for number, (hours, charged, answered) in enumerate(logged):
            if number == cut:
                closed_days(ledger, index)
            ledger.append(receipt(number, hours, charged, answered=answered))
            ledger.flush()
        sums = closed_days(ledger, index)
        assert sums.sums == plainly(ledger).sums
        with exactly():
            assert sum(each.charged for each in sums.sums.values()) == sum(c for _, c, answered in logged if answered)


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    with closing(place.ledger()) as ledger:
        for number in range(20):
            ledger.append(receipt(number, 6 * number, Decimal(number) / 7, answered=number % 5 > 0))
        ledger.flush()
        yield ledger


def test_a_pruning_changes_none_of_them(ledger: DatabaseLedger, place: Place) -> None:
    before = plainly(ledger).sums
    with closing(place.index(ledger)) as index:
        assert closed_days(ledger, index).sums == before
        planned = plan(ledger, date(2026, 1, 3), Reason("kim", "why"))
        prune(ledger, planned)
        index.forget(planned.end)
        assert closed_days(ledger, index).sums == before
        ledger.append(receipt(99, 5, Decimal("0.1")))
        ledger.flush()
        late = closed_days(ledger, index).sums["2026-01-01", "m"]
        assert late.requests == before["2026-01-01", "m"].requests + 1
    if place.url is None:
        for file in place.folder.glob(f"{INDEX}*"):
            file.unlink()
        with closing(place.index(ledger)) as anew:
            assert closed_days(ledger, anew).sums["2026-01-01", "m"] == late


def test_the_index_is_brought_up_in_steps(ledger: DatabaseLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.ledger.index.receipt_index.AT_ONCE", 8)
    monkeypatch.setattr("router.ledger.index.closed_days.STEP_S", 0.0)
    seen: list[tuple[int, int]] = []
    with closing(ReceiptIndex(ledger, None)) as index:
        assert closed_days(ledger, index, lambda *progress: seen.append(progress)).sums == plainly(ledger).sums
    assert seen[0] == (8, 21)


def test_they_are_shown_by_day_and_by_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    with closing(SqliteLedger(tmp_path / LEDGER)) as ledger:
        for number in range(4):
            ledger.append(receipt(number, 12 * number, Decimal(5), answered=number > 0))
        sums = plainly(ledger)
    assert grouped(sums, "model", "2026-01-02", "2026-01-02")["m"].requests == 2
    run(place, "day", None, None, as_json=False)
    run(place, "model", None, None, as_json=True)
    run(place, "day", "2026-02-01", None, as_json=False)
    shown = capsys.readouterr().out
    assert "2026-01-01" in shown
    assert '"charged_usd": "0.000015"' in shown
    assert "No request was logged in that time." in shown
    with pytest.raises(BadRequest, match="is no day"):
        run(place, "day", "noon", None, as_json=False)
