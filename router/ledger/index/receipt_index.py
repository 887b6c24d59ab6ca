"""Keeps the index of receipts up with the ledger: rows to search, and sums by minute, hour and day.

Invariant: it follows the entries of the log, so each receipt is counted once, whichever server wrote it and however
late; it lies apart from the ledger, can be deleted, and is then made anew. Nobody who asks a model waits for it.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from router.ledger.db.database import Connection, Where, among
from router.ledger.db.open_store import open_store
from router.ledger.index.daily_sums import DailySums, day_sum
from router.ledger.index.index_row import (
    DAY,
    LEVELS,
    Row,
    alternatives,
    arm_part,
    duration_class,
    expected_cost,
    row_of,
)
from router.ledger.receipt_ledger import DatabaseLedger
from router.ledger.tables import statements
from router.transparency.entry import read_leaf

AT_ONCE = 500
_COLUMNS = ", ".join(
    f"{name} {'TEXT' if kind is str else 'INTEGER' if kind is int else 'REAL'} NOT NULL"
    for name, kind in Row.__annotations__.items()
    if name != "id"
)
SEARCHED = ("asked", "served", "policy", "task", "key_name", "outcome", "reason")
"""The columns that have an index of their own."""
_INDEXES = "".join(f"CREATE INDEX IF NOT EXISTS found_by_{name} ON found_receipts ({name}, id);" for name in SEARCHED)
_TABLES = f"""
CREATE TABLE IF NOT EXISTS found_receipts (id TEXT PRIMARY KEY NOT NULL, {_COLUMNS});
{_INDEXES}
CREATE TABLE IF NOT EXISTS sums_served
    (level INTEGER, span INTEGER, asked TEXT, served TEXT, owner TEXT, policy TEXT, task TEXT, reason TEXT,
     requests INTEGER NOT NULL, answered INTEGER NOT NULL, fallbacks INTEGER NOT NULL, substituted INTEGER NOT NULL,
     cost REAL NOT NULL, charged REAL NOT NULL, expected REAL NOT NULL, quality REAL NOT NULL,
     PRIMARY KEY (level, span, asked, served, owner, policy, task, reason)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sums_possible
    (level INTEGER, span INTEGER, model TEXT, owner TEXT,
     requests INTEGER NOT NULL, able INTEGER NOT NULL, cost REAL NOT NULL, quality REAL NOT NULL,
     PRIMARY KEY (level, span, model, owner)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sums_duration
    (level INTEGER, span INTEGER, class INTEGER, requests INTEGER NOT NULL,
     PRIMARY KEY (level, span, class)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sums_arms
    (ramp TEXT, span INTEGER, arm TEXT, part INTEGER,
     requests INTEGER NOT NULL, failed INTEGER NOT NULL, cost REAL NOT NULL, charged REAL NOT NULL,
     duration_ms REAL NOT NULL, PRIMARY KEY (ramp, span, arm, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sums_daily
    (day TEXT, model TEXT, requests INTEGER NOT NULL, answered INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
     output_tokens INTEGER NOT NULL, cost TEXT NOT NULL, charged TEXT NOT NULL, PRIMARY KEY (day, model)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS index_state (one INTEGER PRIMARY KEY, entry INTEGER NOT NULL, skipped INTEGER NOT NULL);
"""
_SHAPE = sha256(f"{_TABLES}{LEVELS}".encode()).hexdigest()[:16]
_SHAPES = "CREATE TABLE IF NOT EXISTS index_shape (one INTEGER PRIMARY KEY, shape TEXT NOT NULL);"
_MADE = "INSERT INTO index_shape VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET shape = excluded.shape"
_INSERT = f"INSERT INTO found_receipts VALUES ({', '.join('?' * len(Row._fields))}) ON CONFLICT (id) DO NOTHING"  # noqa: S608 - our own names
_NEXT = "SELECT seq, leaf FROM entries WHERE seq > ? ORDER BY seq LIMIT ?"
# What was pruned has an empty body.
_BODIES = "SELECT id, CAST(body AS BLOB) FROM receipts WHERE id IN ({}) AND LENGTH(body) > 0"
_FORGET = "DELETE FROM found_receipts WHERE id < ?"
_DAY = (
    "SELECT requests, answered, input_tokens, output_tokens, cost, charged FROM sums_daily WHERE day = ? AND model = ?"
)
_PUT_DAY = """
INSERT INTO sums_daily VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, model) DO UPDATE SET
requests = excluded.requests, answered = excluded.answered, input_tokens = excluded.input_tokens,
output_tokens = excluded.output_tokens, cost = excluded.cost, charged = excluded.charged
"""
_STATE = "SELECT entry, skipped FROM index_state WHERE one = 1"
_MARK = """
INSERT INTO index_state VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET entry = excluded.entry,
skipped = excluded.skipped
"""
_SUMS = {
    "sums_served": (
        ("level", "span", "asked", "served", "owner", "policy", "task", "reason"),
        ("requests", "answered", "fallbacks", "substituted", "cost", "charged", "expected", "quality"),
    ),
    "sums_possible": (("level", "span", "model", "owner"), ("requests", "able", "cost", "quality")),
    "sums_duration": (("level", "span", "class"), ("requests",)),
    "sums_arms": (("ramp", "span", "arm", "part"), ("requests", "failed", "cost", "charged", "duration_ms")),
}
Key = tuple[object, ...]
Sums = dict[str, dict[Key, list[float]]]


class Progress(NamedTuple):
    """How far the index is: entries of the log that it has read, those there are, and receipts it could not read."""

    read: int
    entries: int
    skipped: int


class ReceiptIndex:
    """The index of one ledger, in a SQLite file, a PostgreSQL database, or in memory."""

    def __init__(self, ledger: DatabaseLedger, where: Where = None) -> None:
        self._ledger = ledger
        # It can be made anew, so no commit need be on disk.
        self.database = open_store(where, "index", _SHAPES, synced=False)
        self._turn = threading.Lock()
        try:
            self._prepare()
        except BaseException:
            self.database.close()
            raise

    def catch_up(self, seconds: float) -> Progress:
        """Read on for so long, or to the end; where somebody else is at it, leave it to them."""
        until = time.monotonic() + seconds
        if self._turn.acquire(blocking=False):
            try:
                while self._step() and time.monotonic() < until:
                    pass
            finally:
                self._turn.release()
        return self.progress()

    def progress(self) -> Progress:
        """How far it is."""
        with self.reading() as database:
            last, skipped = _state(database)
        with self._ledger.database.reading() as database:
            (newest,) = database.execute("SELECT MAX(seq) FROM entries").fetchone()
        return Progress(last + 1, 0 if newest is None else newest + 1, skipped)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The connection for questions."""
        with self.database.reading() as database:
            yield database

    def forget(self, end: str) -> None:
        """Take out the rows of receipts that were pruned, those with ids below `end`; the sums of their time stay."""
        with self.database.writing() as database:
            database.execute(_FORGET, (end,))

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _prepare(self) -> None:
        """Make the tables; those of a version that had others are dropped, since they can be made anew."""
        with self.database.writing() as database:
            row = database.execute("SELECT shape FROM index_shape WHERE one = 1").fetchone()
            if row is not None and row[0] == _SHAPE:
                return
            for table in ("found_receipts", "index_state", "sums_daily", *_SUMS):
                database.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in statements(_TABLES):
                database.execute(statement)
            database.execute(_MADE, (_SHAPE,))

    def _step(self) -> bool:
        """Take in the next entries; whether there may be more."""
        with self.database.writing() as database:
            last, skipped = _state(database)
            entries, receipts = self._read(last)
            if not entries:
                return False
            rows, sums, days, unread = _taken(receipts)
            database.executemany(_INSERT, rows)
            for table, groups in sums.items():
                database.executemany(_adding(table), [(*key, *values) for key, values in groups.items()])
            _add_days(database, days)
            database.execute(_MARK, (entries[-1], skipped + unread))
        return len(entries) == AT_ONCE

    def _read(self, last: int) -> tuple[list[int], list[bytes]]:
        with self._ledger.database.reading() as database:
            entries = [(int(seq), bytes(leaf)) for seq, leaf in database.execute(_NEXT, (last, AT_ONCE))]
            named = (entry for _, leaf in entries if (entry := read_leaf(leaf)) is not None)
            ids = [entry.subject for entry in named if entry.kind == "request"]
            bodies = [bytes(body) for _, body in among(database, _BODIES, ids)]
        return [seq for seq, _ in entries], bodies


def _state(database: Connection) -> tuple[int, int]:
    row = database.execute(_STATE).fetchone()
    return (int(row[0]), int(row[1])) if row else (-1, 0)


def _add_days(database: Connection, days: DailySums) -> None:
    """Add to the sums by day, which are read and written as text: a database would round money."""
    for place in list(days.sums):
        for row in database.execute(_DAY, place).fetchall():
            days.put(place, day_sum(row))
        total = days.sums[place]
        database.execute(_PUT_DAY, (*place, *total[:4], f"{total.cost:f}", f"{total.charged:f}"))


def _taken(receipts: Iterable[bytes]) -> tuple[list[Row], Sums, DailySums, int]:
    """The rows of some receipts, what they add to the sums, and how many could not be read."""
    rows: list[Row] = []
    days = DailySums()
    sums: Sums = {table: defaultdict(partial(_zeros, len(values))) for table, (_, values) in _SUMS.items()}
    unread = 0
    for body in receipts:
        try:
            receipt: Mapping[str, Any] = orjson.loads(body)
            row = row_of(receipt)
            days.add(receipt)
            _add(sums, row, receipt)
        except (ValueError, KeyError, TypeError):
            # Somebody wrote another text over it: `fungible ledger verify` says which, and the rest is summed on.
            unread += 1
            continue
        rows.append(row)
    return rows, sums, days, unread


def _zeros(width: int) -> list[float]:
    return [0] * width


def _add(sums: Sums, row: Row, receipt: Mapping[str, Any]) -> None:
    answered, others = int(bool(row.served)), list(alternatives(receipt))
    fallback = int(answered and row.served != row.chosen)
    who = (row.asked, row.served, row.owner, row.policy, row.task, row.reason)
    expected = expected_cost(receipt) if answered else 0.0
    quality = row.quality if answered else 0.0
    values = (1, answered, fallback, row.substituted, row.cost, row.charged, expected, quality)
    for level in LEVELS:
        span = row.second - row.second % level
        _grow(sums["sums_served"][level, span, *who], values)
        if answered:
            _grow(sums["sums_duration"][level, span, duration_class(row.duration_ms)], (1,))
            for each in others:
                key = (level, span, each.model, each.owner)
                _grow(sums["sums_possible"][key], (1, each.able, each.cost, each.quality))
    if (side := arm_part(row, receipt)) is not None:
        day = row.second - row.second % DAY
        parts = (1, side.failed, side.cost, side.charged, side.duration_ms)
        _grow(sums["sums_arms"][side.ramp, day, side.arm, side.group], parts)


def _grow(sum_: list[float], values: Iterable[float]) -> None:
    for place, value in enumerate(values):
        sum_[place] += value


def _adding(table: str) -> str:
    """The statement that adds to a row of sums, or makes it."""
    keys, values = _SUMS[table]
    places = ", ".join("?" * (len(keys) + len(values)))
    grown = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in values)
    return f"INSERT INTO {table} VALUES ({places}) ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {grown}"  # noqa: S608
