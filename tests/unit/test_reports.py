"""The books over a real ledger: streamed in parts, by time, under the revisions that it keeps."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from builders import SITUATION, ask, ending, exchange, features
from pydantic import TypeAdapter

from router import reports
from router.accounting.exact_decimal import exactly
from router.accounting.report import Report
from router.decision.decide import decide
from router.decision.receipt import settle
from router.errors import BadRequest, NotFound
from router.ids import first_id
from router.ledger import SqliteLedger
from router.ledger import receipt_ledger as module
from router.reports import Asked, keep_books, moment, survey, weigh_preference
from router.types import Config, Offer, Receipt
from unit.money_samples import TERM, house, ramp

START = datetime(2026, 6, 1, tzinfo=UTC)
SHARE = {**TERM, "name": "s", "rate": 0.2, "cap": 0.003, "per": "month", "since": "2026-05-20"}
CONFIG = house({"partners": {"Partner": {"shares": [SHARE]}}}, ramps=[ramp(0.5, 0.3)])
TODAY = date(2026, 7, 1)


def receipt(config: Config, hour: int, **changes: Any) -> Receipt:
    time = START + timedelta(hours=hour)
    facts, about = features(), ask(model="part", unit=f"unit {hour}")
    situation = replace(SITUATION, day=time.date())
    decision = decide(facts, about, situation, config)
    logged = replace(exchange(decision, facts, about, situation), id=f"{first_id(time)}{hour:020x}", time=time)
    return settle(logged, ending(changes.get("served", decision.chosen)), config)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(tmp_path / "ledger.sqlite3")
    ledger.keep(CONFIG)
    for hour in range(60):
        ledger.append(receipt(CONFIG, hour))
    ledger.append(receipt(CONFIG, 60, served=None))
    ledger.flush()
    yield ledger
    ledger.close()


def test_receipts_are_read_in_parts_and_by_time(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(ledger.receipts())
    assert len(whole) == 61
    for at_once in (1, 7, 61, 62):
        monkeypatch.setattr(module, "AT_ONCE", at_once)
        assert list(ledger.receipts()) == whole
        assert list(ledger.receipts(START + timedelta(hours=3))) == whole[3:]
        assert list(ledger.receipts(START + timedelta(hours=3), START + timedelta(hours=9))) == whole[3:9]
        assert list(ledger.receipts(until=START + timedelta(milliseconds=1))) == whole[:1]
    assert list(ledger.receipts(START + timedelta(days=9))) == []


def test_what_is_written_while_it_is_read_comes_too(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 10)
    reading = ledger.receipts()
    next(reading)
    ledger.append(receipt(CONFIG, 70))
    ledger.flush()
    assert len(list(reading)) == 61


def test_a_report_of_the_whole_ledger(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "STEP", 20)
    steps: list[int] = []
    report = keep_books(ledger, CONFIG, Asked("ramp"), TODAY, steps.append)
    assert (report.total.requests, report.unanswered) == (60, 1)
    assert {group.name for group in report.groups} <= {"r: moved", "r: not_yet", "r: holdback"}
    assert report.total.substituted == report.trials[0].moved > 20
    assert steps == [20] * 6
    # The price of 120 tokens in, 20 of them cached, and 60 out.
    moved = report.total.substituted
    assert report.total.served.paid == moved * 171 + (60 - moved) * 702
    # Moved in June alone: the month begins on the 20th.
    assert report.total.served.waterfall.share == 3000


def shares_by_day(report: Report) -> dict[str, Any]:
    return {group.name: group.served.waterfall.share for group in report.groups}


def test_a_part_of_the_time_knows_what_was_before_it(ledger: SqliteLedger) -> None:
    whole = shares_by_day(keep_books(ledger, CONFIG, Asked("day"), TODAY))
    since = datetime(2026, 6, 2, tzinfo=UTC)
    part = keep_books(ledger, CONFIG, Asked("day", since=since), TODAY)
    assert list(whole) == ["2026-06-01", "2026-06-02", "2026-06-03"]
    assert shares_by_day(part) == {name: share for name, share in whole.items() if name != "2026-06-01"}
    assert (part.caps[0].used, part.unanswered) == (3000, 1)
    until = keep_books(ledger, CONFIG, Asked("day", until=since), TODAY)
    assert (until.total.requests, until.unanswered) == (24, 0)
    after = keep_books(ledger, CONFIG, Asked("day", since=START + timedelta(days=30)), TODAY)
    assert (after.total.requests, after.unanswered, len(after.caps)) == (0, 0, 1)


@pytest.mark.parametrize(("baseline", "model"), [("best", "part"), ("dearest", "part"), ("cheapest", "own")])
def test_single_models_are_found_in_what_was_logged(ledger: SqliteLedger, baseline: Any, model: str) -> None:
    report = keep_books(ledger, CONFIG, Asked(baseline=baseline), TODAY)
    assert report.baseline.model == ("free" if baseline == "cheapest" else model)
    with exactly():
        kept = report.total.split
        assert kept["customer"].value + kept["platform"].value + kept["partner"].value == kept["true_cost"].value


def test_a_revision_that_is_not_kept_is_told(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.sqlite3")
    ledger.append(receipt(CONFIG, 1))
    ledger.flush()
    with pytest.raises(NotFound, match=CONFIG.revision):
        keep_books(ledger, CONFIG, Asked(), TODAY)
    ledger.close()


def test_self_preference_over_the_ledger(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "STEP", 20)
    steps: list[int] = []
    preference = weigh_preference(ledger, CONFIG, advance=steps.append)
    assert (preference.total.requests, preference.irreproducible, preference.total.verdict) == (61, 0, "favours")
    assert steps == [20] * 3
    assert weigh_preference(ledger, CONFIG, START + timedelta(hours=50)).total.requests == 11
    with pytest.raises(BadRequest, match="platform: OWNER"):
        weigh_preference(ledger, house({"platform": None}))


def test_the_fleet_is_surveyed_by_time(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "STEP", 20)
    steps: list[int] = []
    report = survey(ledger, CONFIG, None, None, TODAY, steps.append)
    assert (report.requests, report.unanswered, report.matrix.day) == (61, 1, TODAY)
    assert sum(order.total.answered for order in report.orders) == 60
    assert steps == [20] * 3
    end = datetime(2026, 6, 2, tzinfo=UTC)
    part = survey(ledger, house(), START + timedelta(hours=3), end, TODAY)
    assert (part.requests, part.days, part.matrix.day) == (21, ("2026-06-01", "2026-06-01"), date(2026, 6, 1))
    assert survey(ledger, CONFIG, None, datetime(2027, 1, 1, tzinfo=UTC), TODAY).matrix.day == TODAY


def test_offers_can_be_read_back(ledger: SqliteLedger) -> None:
    original = replace(receipt(CONFIG, 90), offers=(Offer("first", "full"), Offer("second", "taken")))
    ledger.append(original)
    ledger.flush()
    kept = ledger.receipt(original.id)
    assert kept is not None
    assert orjson.loads(kept)["offers"][0] == {"deployment": "first", "answer": "full"}
    assert TypeAdapter(Receipt).validate_json(kept).offers == original.offers
    assert weigh_preference(ledger, CONFIG).total.requests == 62


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("2026-11-01", False, "2026-11-01T00:00:00+00:00"),
        ("2026-11-01", True, "2026-11-02T00:00:00+00:00"),
        ("2026-11-01T12:00", True, "2026-11-01T12:00:00+00:00"),
        ("2026-11-01T12:00+09:00", False, "2026-11-01T03:00:00+00:00"),
    ],
)
def test_a_time_is_a_day_or_a_moment(text: str, end: bool, expected: str) -> None:
    parsed = moment(text, end=end)
    assert parsed is not None
    assert parsed.isoformat() == expected


def test_a_time_that_is_none_is_told() -> None:
    assert moment(None) is None
    for text in ("yesterday", "9999-12-31", "0001-01-01T00:00+09:00"):
        with pytest.raises(BadRequest, match="2026-11-01"):
            moment(text, end=True)
