"""Prunes a ledger: the bodies of receipts before a day go, with their salts and packed requests.

What stays: every entry with the hash of what is gone, every head, configurations, changes, ramps and keys, and in the
log itself who pruned what, why, and what it came to by day and model. So the log still proves that nothing else is
missing, and whoever kept a receipt of their own can still show that it is the one.

Invariant: the entry that states a pruning is written before anything goes, and only what it covers goes; it may be
broken off at any moment and run again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import orjson

from router.errors import BadRequest
from router.ids import first_id
from router.ledger.db.database import Connection
from router.ledger.index.daily_sums import DailySums
from router.ledger.log.append import grown_to
from router.ledger.log.records import note, prunings
from router.ledger.receipt_ledger import DatabaseLedger
from router.ledger.schema_version import mark_pruned
from router.transparency.entry import LOG
from router.transparency.pruning import Pruning

AT_ONCE = 500
_THERE = (
    "SELECT id, CAST(body AS BLOB), entry FROM receipts "
    "WHERE id > ? AND id < ? AND entry < ? AND LENGTH(body) > 0 ORDER BY id LIMIT ?"
)
_TAKE_OUT = "DELETE FROM receipts WHERE id = ?"
# Written anew, not emptied where they are: a row that shrinks leaves room in its page of SQLite that no new one takes.
_PUT_BACK = "INSERT INTO receipts (id, body, entry) VALUES (?, ?, ?)"
_UNPACK = "DELETE FROM requests WHERE seq = ?"


@dataclass(frozen=True, slots=True)
class Reason:
    """Who prunes, and why."""

    by: str
    because: str


def plan(ledger: DatabaseLedger, before: date, reason: Reason, advance: Callable[[int], object] = int) -> Pruning:
    """What a pruning would take, worked out without writing anything; raises BadRequest for a day to come."""
    if before > ledger.log.clock().date():
        raise BadRequest(f"{before} is yet to come: only what is over is pruned.")
    ledger.flush()
    with ledger.database.reading() as database:
        entries = grown_to(database).size
    end = first_id(datetime.combine(before, time(), UTC))
    sums = DailySums()
    for rows in _pages(ledger, end, entries):
        for _, body, _ in rows:
            sums.add(orjson.loads(body))
        advance(len(rows))
    return Pruning(before.isoformat(), end, entries, sums.requests, reason.by, reason.because, sums.rows())


def prune(ledger: DatabaseLedger, planned: Pruning, advance: Callable[[int], object] = int) -> int:
    """State it in the log, then let the bodies go, some at a time; gives how many went."""
    if not planned.receipts:
        return 0
    with ledger.database.writing() as database:
        mark_pruned(database)
        note(database, ledger.log, "prune", LOG, f"{planned.before}/{planned.entries}", planned.body())
    ledger.log.sign_head()
    gone = 0
    for rows in _pages(ledger, planned.end, planned.entries):
        with ledger.database.writing() as database:
            database.executemany(_UNPACK, [(entry,) for _, _, entry in rows])
            database.executemany(_TAKE_OUT, [(id,) for id, _, _ in rows])  # noqa: A001
            database.executemany(_PUT_BACK, [(id, b"", entry) for id, _, entry in rows])  # noqa: A001
        gone += len(rows)
        advance(len(rows))
    return gone


def unfinished(ledger: DatabaseLedger) -> Pruning | None:
    """A pruning that was stated and then broken off, or None."""
    for each in stated(ledger):
        with ledger.database.reading() as database:
            if database.execute(_THERE, ("", each.end, each.entries, 1)).fetchone() is not None:
                return each
    return None


def stated(ledger: DatabaseLedger) -> list[Pruning]:
    """Every pruning of the log, oldest first."""
    with ledger.database.reading() as database:
        return list(prunings(database).values())


def _pages(ledger: DatabaseLedger, end: str, entries: int) -> Iterator[list[Any]]:
    """The receipts that are still there before an id, of entries below a number; those of before the log have none."""
    last = ""
    while True:
        with ledger.database.reading() as database:
            rows = _page(database, last, end, entries)
        if rows:
            yield rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0]


def _page(database: Connection, last: str, end: str, entries: int) -> list[Any]:
    rows = database.execute(_THERE, (last, end, entries, AT_ONCE)).fetchall()
    return [(str(id), bytes(body), int(entry)) for id, body, entry in rows]  # noqa: A001
