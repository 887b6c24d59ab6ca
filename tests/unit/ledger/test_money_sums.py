"""Sums for the books beside a ledger: kept once, brought up with what is new, and the same as the receipts."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.accounting.report_json import plain
from router.accounting.rolled_up.request_class import Unsummable
from router.errors import NotFound, Unbalanced
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.index import money_sums as module
from router.ledger.index.money_sums import MoneySums
from router.ledger.index.whole_days import WholeDays
from router.ledger.location import Place
from router.ledger.retention.prune import Reason, plan, prune
from router.reports import Asked, configuration, keep_books
from unit.money_samples import TERM, house, ramp
from unit.test_reports import START, TODAY, receipt

SHARE = {**TERM, "name": "s", "rate": 0.2, "cap": 30_000, "per": "month", "since": "2026-05-20"}
CONFIG = house({"partners": {"Partner": {"shares": [SHARE]}}}, ramps=[ramp(0.5, 0.3)])
HOURS = (0, 1, 5, 23, 24, 25, 40, 47, 48, 71, 72, 80)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    with closing(place.ledger()) as ledger:
        ledger.keep(CONFIG)
        append(ledger, *HOURS)
        yield ledger


@pytest.fixture
def sums(place: Place, ledger: DatabaseLedger) -> Iterator[MoneySums]:
    with closing(place.money_sums(ledger)) as sums:
        yield sums


def append(ledger: DatabaseLedger, *hours: int, **changes: Any) -> None:
    for hour in hours:
        ledger.append(receipt(CONFIG, hour, **changes))
    ledger.flush()


def read(ledger: DatabaseLedger, sums: MoneySums, asked: Asked | None = None) -> list[int]:
    """How many receipts a report from sums reads; it is the one of the stream."""
    steps: list[int] = []
    asked = asked or Asked()
    report = keep_books(ledger, CONFIG, asked, TODAY, steps.append, sums)
    assert plain(report) == plain(keep_books(ledger, CONFIG, asked, TODAY))
    return [step for step in steps if step]


def test_receipts_are_summed_once(place: Place, ledger: DatabaseLedger, sums: MoneySums) -> None:
    assert read(ledger, sums, Asked("day")) == [len(HOURS)]
    assert read(ledger, sums) == []
    append(ledger, 90, 2)
    append(ledger, 91, served=None)
    assert read(ledger, sums) == [3]
    with closing(place.money_sums(ledger)) as again:
        assert read(ledger, again, Asked("ramp")) == []


@settings(max_examples=15, deadline=None)
@given(st.none() | st.integers(-30, 100), st.none() | st.integers(-30, 100), st.sampled_from(["day", "model", "tag"]))
def test_any_stretch_of_time_is_that_of_the_receipts(since: int | None, until: int | None, by: Any) -> None:
    ends = [None if hour is None else START + timedelta(hours=hour) for hour in (since, until)]
    with closing(SqliteLedger()) as ledger, closing(MoneySums(ledger)) as sums:
        ledger.keep(CONFIG)
        append(ledger, *HOURS)
        append(ledger, 30, served=None)
        read(ledger, sums, Asked(by, since=ends[0], until=ends[1]))


def test_parts_of_a_day_are_put_together(
    ledger: DatabaseLedger, sums: MoneySums, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    monkeypatch.setattr(module, "IN_A_PART", 1)
    monkeypatch.setattr(module, "PARTS", 3)
    read(ledger, sums)
    days = [part.day for part in sums.days(None, None)]
    assert len(days) > len(set(days)) == 4
    assert max(days.count(day) for day in days) == 2


def test_two_who_sum_at_once_count_nothing_twice(ledger: DatabaseLedger, sums: MoneySums) -> None:
    append(ledger, 90)
    begun = sums._read

    def meanwhile(last: int) -> Any:
        sums._read = begun  # type: ignore[method-assign]
        with closing(MoneySums(ledger)) as other:
            other._database = sums._database
            other.catch_up(lambda revision: configuration(ledger, revision))
            other._database = MoneySums(ledger)._database
        return begun(last)

    sums._read = meanwhile  # type: ignore[method-assign]
    read(ledger, sums)


def test_sums_of_another_shape_are_made_anew(place: Place, ledger: DatabaseLedger, sums: MoneySums) -> None:
    read(ledger, sums)
    with sums._database.writing() as database:
        database.execute("UPDATE money_shape SET shape = 'another'")
    with closing(place.money_sums(ledger)) as again:
        assert read(ledger, again) == [len(HOURS)]


def test_what_was_pruned_is_in_no_report_from_sums(ledger: DatabaseLedger, sums: MoneySums) -> None:
    read(ledger, sums)
    planned = plan(ledger, date(2026, 6, 3), Reason("kim", "why"))
    assert prune(ledger, planned) == 8
    append(ledger, 3)
    for since in (None, START + timedelta(hours=2), START + timedelta(hours=50)):
        read(ledger, sums, Asked(since=since))
    read(ledger, sums, Asked(until=START + timedelta(hours=4)))
    assert sums.days(None, date(2026, 6, 3))
    sums.forget(planned.end)
    assert [part.day for part in sums.days(None, None)] == ["2026-06-03", "2026-06-04"]
    read(ledger, sums)


def test_receipts_of_before_the_log_are_streamed(ledger: DatabaseLedger, sums: MoneySums) -> None:
    with ledger.database.writing() as database:
        database.execute("UPDATE receipts SET entry = NULL WHERE id IN (SELECT MIN(id) FROM receipts)")
    read(ledger, sums)
    with pytest.raises(Unsummable, match="before the log"):
        sums.days(None, None)


def test_a_receipt_that_was_charged_otherwise_is_refused_as_ever(ledger: DatabaseLedger, sums: MoneySums) -> None:
    with ledger.database.writing() as database:
        database.execute("""UPDATE receipts SET body = REPLACE(CAST(body AS TEXT), '"charged":"', '"charged":"1')""")
    with pytest.raises(Unbalanced):
        keep_books(ledger, CONFIG, Asked(), TODAY, sums=sums)
    with pytest.raises(Unbalanced):
        keep_books(
            ledger, CONFIG, Asked(since=START + timedelta(hours=1), until=START + timedelta(hours=9)), TODAY, sums=sums
        )


def test_a_revision_that_is_not_kept_is_told(tmp_path: Path) -> None:
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3")) as ledger, closing(MoneySums(ledger)) as sums:
        append(ledger, 1)
        with pytest.raises(NotFound, match=CONFIG.revision):
            keep_books(ledger, CONFIG, Asked(), TODAY, sums=sums)


@pytest.mark.parametrize("asked", [Asked("user"), Asked(baseline="dearest")])
def test_what_sums_do_not_hold_is_streamed(ledger: DatabaseLedger, sums: MoneySums, asked: Asked) -> None:
    read(ledger, sums, asked)
    assert sums.days(None, None) == []


def test_a_store_that_cannot_be_made_is_closed(
    place: Place, ledger: DatabaseLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: MoneySums) -> None:
        raise OSError(28, "no room")

    monkeypatch.setattr(MoneySums, "_prepare", refuse)
    with pytest.raises(OSError, match="no room"):
        place.money_sums(ledger)


def test_days_that_an_end_cuts_are_read_receipt_by_receipt() -> None:
    def at(day: int, hour: int = 0) -> datetime:
        return datetime(2026, 6, day, hour, tzinfo=UTC)

    whole = WholeDays(at(1, 5), at(3), at(5, 6), "")
    assert list(whole.rest()) == [(at(1, 5), at(2)), (at(5), at(5, 6))]
    assert [whole.has(f"2026-06-0{day}") for day in range(1, 6)] == [False, True, True, True, False]
    assert [whole.reports(f"2026-06-0{day}") for day in (2, 3)] == [False, True]
    assert list(WholeDays(at(1, 5), at(1, 5), at(1, 9), "").rest()) == [(at(1, 5), at(1, 9))]
