"""Keeps sums of what the books need of each day's receipts, so that a report on money reads sums and new receipts only.

Invariant: it follows the entries of the log, so each receipt is summed once, whichever server wrote it and however
late; it lies beside the ledger, can be deleted, and is then made anew. It holds no price and no contract.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

import orjson

from router.accounting.rolled_up.class_sums import ClassSums, SumsInTheMaking, joined, unpacked
from router.accounting.rolled_up.request_class import Models, RequestClass, Sums, Unsummable
from router.accounting.settled_request import settled
from router.errors import NotFound
from router.ledger.db.database import Connection, Where, among
from router.ledger.db.open_store import open_store
from router.ledger.receipt_ledger import DatabaseLedger
from router.ledger.tables import statements
from router.transparency.entry import read_leaf
from router.types import Config

AT_ONCE, IN_A_PART, PARTS = 500, 20_000, 8
"""Receipts that are read at once, those of one part, and the parts of a day that are put together into one."""
REVISIONS = 64
_DAY_MS = 86_400_000
_NO_END = "9999-99-99"
_TABLES = """
CREATE TABLE IF NOT EXISTS money_parts
    (day TEXT, part INTEGER, odd INTEGER NOT NULL, unanswered INTEGER NOT NULL, body BLOB NOT NULL,
     PRIMARY KEY (day, part));
CREATE TABLE IF NOT EXISTS money_state (one INTEGER PRIMARY KEY, entry INTEGER NOT NULL, unlogged INTEGER NOT NULL);
"""
_SHAPE = sha256(f"1{_TABLES}{RequestClass._fields}{Sums._fields}".encode()).hexdigest()[:16]
_SHAPES = "CREATE TABLE IF NOT EXISTS money_shape (one INTEGER PRIMARY KEY, shape TEXT NOT NULL);"
_MADE = "INSERT INTO money_shape VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET shape = excluded.shape"
_NEXT = "SELECT seq, leaf FROM entries WHERE seq > ? ORDER BY seq LIMIT ?"
# What was pruned has an empty body.
_BODIES = "SELECT id, CAST(body AS BLOB) FROM receipts WHERE id IN ({}) AND LENGTH(body) > 0"
_UNLOGGED = "SELECT 1 FROM receipts WHERE entry IS NULL LIMIT 1"
_STATE = "SELECT entry, unlogged FROM money_state WHERE one = 1"
_MARK = """
INSERT INTO money_state VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET entry = excluded.entry,
unlogged = excluded.unlogged
"""
_LAST = "SELECT COALESCE(MAX(part), 0), COUNT(*) FROM money_parts WHERE day = ?"
_OF_DAY = "SELECT odd, unanswered, body FROM money_parts WHERE day = ?"
_PUT = "INSERT INTO money_parts VALUES (?, ?, ?, ?, ?)"
_FORGET = "DELETE FROM money_parts WHERE day < ?"
_CLEAR = "DELETE FROM money_parts WHERE day = ?"
_DAYS = "SELECT day, odd, unanswered, body FROM money_parts WHERE day >= ? AND day < ? ORDER BY day, part"


class DayPart(NamedTuple):
    """Some receipts of a day: the day in UTC, how many can't be summed, how many nobody answered, and the sums."""

    day: str
    odd: int
    unanswered: int
    body: bytes


class PartInTheMaking:
    """Takes receipts one after another; `models_of` gives what a revision says."""

    def __init__(self, models_of: Callable[[str], Models]) -> None:
        self.odd = self.unanswered = 0
        self.sums = SumsInTheMaking()
        self._models_of = models_of

    def add(self, body: bytes) -> None:
        """Add one; of what can't be summed the number is kept."""
        try:
            request = settled(orjson.loads(body))
            if request is None:
                self.unanswered += 1
            else:
                self.sums.add(*self._models_of(request.revision).class_of(request))
        except (Unsummable, NotFound, LookupError, ValueError, TypeError, ArithmeticError, StopIteration):
            self.odd += 1

    def made(self, day: str) -> DayPart:
        """The part of a day."""
        return DayPart(day, self.odd, self.unanswered, self.sums.made().packed())


class MoneySums:
    """The sums of one ledger, in a SQLite file, a PostgreSQL database, or in memory."""

    def __init__(self, ledger: DatabaseLedger, where: Where = None) -> None:
        self._ledger = ledger
        # They can be made anew, so no commit need be on disk.
        self._database = open_store(where, "money", _SHAPES, synced=False)
        self._turn = threading.Lock()
        try:
            self._prepare()
        except BaseException:
            self._database.close()
            raise

    def catch_up(self, config_of: Callable[[str], Config], advance: Callable[[int], object] = int) -> None:
        """Sum what is new; `advance` is called with the number of receipts read since its last call."""
        models_of = lru_cache(REVISIONS)(lambda revision: Models(config_of(revision)))
        with self._turn:
            while self._step(models_of, advance):
                pass

    def days(self, since: date | None, until: date | None) -> list[DayPart]:
        """The parts of whole days, from a day up to and without another.

        Raises Unsummable where some of them can't be summed.
        """
        with self._database.reading() as database:
            _, unlogged = _state(database)
            times = (since.isoformat() if since else "", until.isoformat() if until else _NO_END)
            parts = [DayPart(str(d), int(o), int(u), bytes(b)) for d, o, u, b in database.execute(_DAYS, times)]
        if unlogged or any(part.odd for part in parts):
            raise Unsummable("receipts that were not charged by their tokens, or are from before the log")
        return parts

    def forget(self, end: str) -> None:
        """Let go of days whose receipts were pruned, those with ids below `end`."""
        with self._database.writing() as database:
            database.execute(_FORGET, (day_of(end),))

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _prepare(self) -> None:
        """Make the tables; those of a version that had others are dropped, since they can be made anew."""
        with self._database.writing() as database:
            row = database.execute("SELECT shape FROM money_shape WHERE one = 1").fetchone()
            if row is not None and row[0] == _SHAPE:
                return
            for table in ("money_parts", "money_state"):
                database.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in statements(_TABLES):
                database.execute(statement)
            database.execute(_MADE, (_SHAPE,))

    def _step(self, models_of: Callable[[str], Models], advance: Callable[[int], object]) -> bool:
        """Sum the next entries; whether there may be more."""
        with self._database.reading() as database:
            begun, _ = _state(database)
        last, more = begun, True
        parts: defaultdict[str, PartInTheMaking] = defaultdict(lambda: PartInTheMaking(models_of))
        while more and last - begun < IN_A_PART:
            entries, receipts = self._read(last)
            for id, body in receipts:  # noqa: A001
                parts[day_of(id)].add(body)
            last, more = entries[-1] if entries else last, len(entries) == AT_ONCE
            advance(len(receipts))
        if last > begun:
            packed = [each.made(day) for day, each in parts.items()]
            return self._write(begun, last, packed) or more
        return more

    def _write(self, begun: int, last: int, parts: Iterable[DayPart]) -> bool:
        """Keep parts; where somebody else has summed the same entries nothing is kept, and there may be more to sum."""
        with self._database.writing() as database:
            entry, unlogged = _state(database)
            if entry != begun:
                return True
            if entry < 0:
                with self._ledger.database.reading() as receipts:
                    unlogged = int(receipts.execute(_UNLOGGED).fetchone() is not None)
            for part in parts:
                _put(database, part)
            database.execute(_MARK, (last, unlogged))
        return False

    def _read(self, last: int) -> tuple[list[int], list[tuple[str, bytes]]]:
        with self._ledger.database.reading() as database:
            entries = [(int(seq), bytes(leaf)) for seq, leaf in database.execute(_NEXT, (last, AT_ONCE))]
            named = (entry for _, leaf in entries if (entry := read_leaf(leaf)) is not None)
            ids = [entry.subject for entry in named if entry.kind == "request"]
            bodies = [(str(id), bytes(body)) for id, body in among(database, _BODIES, ids)]  # noqa: A001
        return [seq for seq, _ in entries], bodies


def day_of(id: str) -> str:  # noqa: A002
    """The day in UTC of a receipt, by its id."""
    return datetime.fromtimestamp(int(id[:12], 16) // _DAY_MS * (_DAY_MS // 1000), UTC).date().isoformat()


def _put(database: Connection, part: DayPart) -> None:
    """Keep a part of a day, together with those that are there once they are many."""
    last, count = database.execute(_LAST, (part.day,)).fetchone()
    if count + 1 >= PARTS:
        part = _together([*(DayPart(part.day, *row) for row in database.execute(_OF_DAY, (part.day,))), part])
        database.execute(_CLEAR, (part.day,))
    database.execute(_PUT, (part.day, last + 1, part.odd, part.unanswered, part.body))


def _together(parts: list[DayPart]) -> DayPart:
    sums: ClassSums = joined([unpacked(bytes(part.body)) for part in parts])
    odd, unanswered = (sum(int(part[place]) for part in parts) for place in (1, 2))
    return DayPart(parts[0].day, odd, unanswered, sums.packed())


def _state(database: Connection) -> tuple[int, int]:
    row = database.execute(_STATE).fetchone()
    return (int(row[0]), int(row[1])) if row else (-1, 0)
