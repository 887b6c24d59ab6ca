"""Attempts at the admin routes are in the log, and nobody fills it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from router.errors import Unreachable
from router.keys.attempts import BURSTS, MOST_OPEN, AttemptLog, Subject
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.log.verify import verify_ledger

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
WRONG = Subject("refused", None, "invalid_api_key", "GET", "/admin/v1/keys", "10.0.0.1")
READ = Subject("read", "kim", None, "GET", "/admin/v1/keys", "10.0.0.1")


class Clock:
    time = START

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[DatabaseLedger]:
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3", None, tmp_path / "ledger.key")) as opened:
        yield opened


def test_the_first_is_written_at_once_and_equal_ones_together(ledger: DatabaseLedger, tmp_path: Path) -> None:
    clock = Clock()
    attempts = AttemptLog(ledger.log, clock)
    attempts.add(WRONG)
    attempts.flush()
    assert [row["count"] for row in attempts.newest(9)] == [1]
    for _ in range(500):
        attempts.add(WRONG)
    attempts.flush()
    assert len(attempts.newest(9)) == 1
    clock.time += timedelta(seconds=60)
    attempts.flush()
    newest, first = attempts.newest(9)
    assert (newest["count"], newest["code"], newest["admin"], first["count"]) == (500, "invalid_api_key", None, 1)
    assert newest["path"] == "/admin/v1/keys"
    ledger.close()
    assert verify_ledger(tmp_path / "ledger.sqlite3").findings == ()


def test_every_change_is_a_record_soon(ledger: DatabaseLedger) -> None:
    attempts = AttemptLog(ledger.log, Clock())
    for _ in range(3):
        attempts.add(READ._replace(kind="change", method="POST"))
        attempts.flush()
    attempts.add(READ)
    attempts.flush()
    assert [row["kind"] for row in attempts.newest(9)].count("change") == 3


def test_strangers_fill_no_disk_and_hide_no_admin(ledger: DatabaseLedger) -> None:
    clock = Clock()
    attempts = AttemptLog(ledger.log, clock)
    most = BURSTS["refused"][0]
    for number in range(10 * most):
        attempts.add(WRONG._replace(address=f"address {number}"))
        if number % MOST_OPEN == 0:
            attempts.flush()
    attempts.add(READ)
    attempts.flush()
    rows = attempts.newest(1000)
    assert len(rows) == most + 1
    assert rows[0]["admin"] == "kim" or any(row["admin"] == "kim" for row in rows)
    clock.time += timedelta(minutes=1)
    attempts.add(WRONG._replace(address="another"))
    attempts.flush()
    (last,) = [row for row in attempts.newest(1000) if row["left_out"]]
    assert last["left_out"] == 9 * most, "what was only counted is known"


def test_what_cannot_be_written_now_is_written_later(ledger: DatabaseLedger) -> None:
    attempts = AttemptLog(ledger.log, Clock())
    attempts.add(READ)
    with patch("router.keys.attempts.note", side_effect=Unreachable("is full")):
        attempts.try_flush()
    assert attempts.newest(9) == []
    attempts.flush()
    assert len(attempts.newest(9)) == 1
