"""A ledger in a database: receipts, written by one thread in groups, each with its entry in the log.

Invariant: an appended receipt can be read at once, and its group is begun `GATHER_S` later, or once the commit under
way is done. A clean stop loses none, nor does whoever waits for `written`; `oldest_s` says how far the disk lags. A
group that can't be written is kept and tried again, and no receipt is written twice.
"""

import logging
import struct
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from secrets import token_bytes
from typing import Any, Protocol

import orjson
from pydantic import TypeAdapter

from router.errors import ProofError, Unreachable
from router.ids import first_id
from router.ledger.db.database import Connection, Damaged, Database, RowRefused, among
from router.ledger.db.sqlite import SqliteFile
from router.ledger.group_writer import GroupWriter, Pending
from router.ledger.log.append import Record
from router.ledger.log.merkle_log import Log
from router.ledger.log.table_seals import configuration_row, fact_row, seal, word_row
from router.ledger.packed_request import pack
from router.ledger.policy_events import Event
from router.ledger.receipt_json import encode
from router.ledger.schema_version import prepare
from router.ledger.tables import FACTS, PAGE
from router.ledger.word_codes import Words
from router.transparency.commitments import Sealed
from router.transparency.entry import POLICY, Entry, digest, read_leaf
from router.transparency.proof import Proof
from router.types import Config, Receipt

MOST_ROWS = 10_000_000
HEAD_S = 60.0
AT_ONCE = 500

_REVISION = "SELECT 1 FROM configurations WHERE revision = ?"
_RECEIPT = "SELECT CAST(body AS BLOB), leaf FROM receipts LEFT JOIN entries ON seq = entry WHERE id = ?"
# An id is hexadecimal: `g` comes after all of them.
_ROWS_BETWEEN = (
    "SELECT row FROM receipts JOIN requests ON requests.seq = receipts.entry WHERE id >= ? AND id < ? "
    "ORDER BY id DESC LIMIT ?"
)
# What was pruned has an empty body.
_NEXT = "SELECT id, CAST(body AS BLOB) FROM receipts WHERE id > ? AND LENGTH(body) > 0 ORDER BY id LIMIT ?"
_NEXT_BEFORE = (
    "SELECT id, CAST(body AS BLOB) FROM receipts WHERE id > ? AND id < ? AND LENGTH(body) > 0 ORDER BY id LIMIT ?"
)
log = logging.getLogger("fungible")


class Ledger(Protocol):
    """The seam: append, and reads."""

    @property
    def failure(self) -> str | None:
        """Why nothing can be written now, or None."""

    @property
    def damage(self) -> str | None:
        """What could not be read, or None."""

    @property
    def waiting(self) -> int:
        """How many receipts are not on disk yet."""

    @property
    def oldest_s(self) -> float:
        """For how many seconds the oldest of them has waited."""

    def append(self, receipt: Receipt, sealed: Sealed | None = None) -> None:
        """Keep a receipt, with commitments to its words; never raises, for what it tells of has happened."""

    async def written(self, id: str) -> None:  # noqa: A002
        """Wait until a receipt is on disk; raises Overloaded where it could not be written."""

    def receipt(self, id: str) -> bytes | None:  # noqa: A002 - the word on the wire
        """A receipt as JSON, or None."""

    def pruned(self, id: str) -> Entry | None:  # noqa: A002
        """The entry that stays of a receipt which was pruned; None for any other."""

    def keep(self, config: Config) -> None:
        """Keep the documents of a configuration, so that its decisions can be made again."""

    def configuration(self, revision: str) -> dict[str, Any] | None:
        """The documents of a revision, or None."""


@cache
def _event() -> TypeAdapter[Event]:
    # Made when the events are first read: a start need not wait for it.
    return TypeAdapter(Event)


class DatabaseLedger:
    """A ledger in an open database; `key` is the file of its log's key, or None where that stays in memory.

    `gather_s` is how long a group waits for more.
    """

    def __init__(self, database: Database, key: Path | None, gather_s: float | None = None) -> None:
        self.database = database
        self.log = Log(database, key)
        self.lost = 0
        """Receipts that could not be written when it was closed."""
        self._in_memory = key is None
        self._words = Words()
        self._grew = False
        self._signed = time.monotonic()
        self._writer = GroupWriter(self._write, lambda: self.sign_head(HEAD_S), database.refuse_other_file, gather_s)
        try:
            prepare(database)
            self.salt = self._fact("salt", token_bytes(16))
        except BaseException:
            database.close()
            raise
        self._writer.start()

    def expect(self, in_flight: Callable[[], int]) -> None:
        """Let a group that waits for company know how many requests are in flight, its own among them."""
        self._writer.in_flight = in_flight

    @property
    def failure(self) -> str | None:
        """Why nothing can be written now, or None."""
        return self._writer.failure

    @property
    def damage(self) -> str | None:
        """What could not be read, or None."""
        return self.database.damage

    @property
    def waiting(self) -> int:
        """How many receipts are not on disk yet."""
        return self._writer.waiting

    @property
    def oldest_s(self) -> float:
        """For how many seconds the oldest of them has waited."""
        return self._writer.oldest_s

    def append(self, receipt: Receipt, sealed: Sealed | None = None) -> None:
        """Hand a receipt to the writer; never raises, for what it tells of has happened."""
        # Encoded here, not by the writer: a writer that computes would make the event loop wait for the interpreter.
        body = encode(receipt)
        self._writer.add(Pending(body, receipt, sealed, time.monotonic()))

    def take_in(self, rows: list[Pending]) -> int:
        """Write receipts of elsewhere now, those that are not here yet; gives how many those were."""
        if new := self._unwritten(rows):
            self._write(new)
        return len(new)

    def receipt(self, id: str) -> bytes | None:  # noqa: A002
        """A receipt as JSON, written yet or not, or None; raises Damaged where it is not what its entry says."""
        if (body := self._writer.pending(id)) is not None:
            return body
        with self.database.reading() as database:
            row = database.execute(_RECEIPT, (id,)).fetchone()
        if row is None:
            return None
        body, leaf = bytes(row[0]), row[1]
        entry = read_leaf(bytes(leaf)) if leaf is not None else None
        if not body and entry is not None:
            return None
        if leaf is not None and (entry is None or entry.body != digest(body)):
            self.database.damage = f"the receipt {id} is not what its entry says: `fungible ledger verify` says more"
            raise Damaged(self.database.damage)
        return body

    def pruned(self, id: str) -> Entry | None:  # noqa: A002
        """The entry that stays of a receipt which was pruned; None for any other."""
        with self.database.reading() as database:
            row = database.execute(_RECEIPT, (id,)).fetchone()
        return None if row is None or row[0] or row[1] is None else read_leaf(bytes(row[1]))

    def written(self, id: str) -> Coroutine[Any, Any, None]:  # noqa: A002
        """Wait for the group of a receipt, which is on disk then; raises Overloaded where that failed."""
        return self._writer.written(id)

    def prove(self, id: str, *, salts: bool = False) -> Proof:  # noqa: A002
        """The proof of a receipt, which is written first; raises NotFound, or ProofError where the log is damaged."""
        if self._writer.is_pending(id):
            self.flush()
        return self.log.prove(id, salts=salts)

    def receipts(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[bytes]:
        """The receipts that are written, oldest first, from a time up to and without another; read in small parts."""
        last, end = first_id(since) if since else "", first_id(until) if until else None
        while True:
            with self.database.reading() as database:
                if end is None:
                    rows = database.execute(_NEXT, (last, AT_ONCE)).fetchall()
                else:
                    rows = database.execute(_NEXT_BEFORE, (last, end, AT_ONCE)).fetchall()
            yield from (bytes(body) for _, body in rows)
            if len(rows) < AT_ONCE:
                return
            last = rows[-1][0]

    def newest(self) -> bytes | None:
        """The last receipt that is written, or None."""
        with self.database.reading() as database:
            row = database.execute("SELECT CAST(body AS BLOB) FROM receipts ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else bytes(row[0])

    def requests(self, most: int = MOST_ROWS) -> tuple[list[bytes], list[str]]:
        """What the last requests were decided on, as packed rows, oldest first, with the words of their codes."""
        with self.database.reading() as database:
            newest = "SELECT row FROM requests ORDER BY seq DESC LIMIT ?"
            rows = [row for (row,) in database.execute(newest, (most,))]
            words = [word for (word,) in database.execute("SELECT word FROM words ORDER BY code")]
        rows.reverse()
        return rows, words

    def requests_between(self, since: datetime, until: datetime | None, most: int) -> tuple[list[bytes], list[str]]:
        """The same of the last requests from a time on, up to and without another."""
        self.flush()
        with self.database.reading() as database:
            times = (first_id(since), first_id(until) if until else "g")
            rows = [row for (row,) in database.execute(_ROWS_BETWEEN, (*times, most))]
            words = [word for (word,) in database.execute("SELECT word FROM words ORDER BY code")]
        rows.reverse()
        return rows, words

    def keep(self, config: Config) -> None:
        """Keep a configuration; a revision is kept once."""
        body, texts = orjson.dumps(config.documents), orjson.dumps(config.texts)
        with self.database.writing() as database:
            if database.execute(_REVISION, (config.revision,)).fetchone() is None:
                database.execute("INSERT INTO configurations VALUES (?, ?, ?)", (config.revision, body, texts))
                seal(database, [configuration_row(config.revision, body, texts)])

    def configuration(self, revision: str) -> dict[str, Any] | None:
        """The documents of a revision."""
        body = self._first_cell("SELECT CAST(body AS BLOB) FROM configurations WHERE revision = ?", revision)
        return orjson.loads(body) if body else None

    def texts(self, revision: str) -> dict[str, str]:
        """The files of a revision as they were written; empty for one that is not known."""
        body = self._first_cell("SELECT texts FROM configurations WHERE revision = ?", revision)
        return orjson.loads(body) if body else {}

    @contextmanager
    def changing(self) -> Iterator[Callable[[Event], int]]:
        """The sole right to change the policies, among all processes; gives the function that notes the event.

        Nothing is noted where the block raises.
        """
        with self.database.writing() as database:
            yield lambda event: self._note(database, event)

    def events(self) -> list[Event]:
        """Every change of policy, oldest first."""
        with self.database.reading() as database:
            rows = database.execute("SELECT seq, body FROM events ORDER BY seq").fetchall()
        return [replace(_event().validate_json(body), seq=seq) for seq, body in rows]

    def flush(self) -> None:
        """Write what is pending now, in the calling thread."""
        self._writer.flush()

    def close(self) -> None:
        """Write everything, sign the head, and stop; `lost` counts what could not be written."""
        self._writer.stop()
        with closing(self.database):
            try:
                self.flush()
            except (Unreachable, OSError, ProofError) as error:
                self.lost = self.waiting
                log.error("%d receipt(s) lost, for they can't be written: %s", self.lost, error)
            if self._grew or self.log.touched:
                self.sign_head()

    def _write(self, rows: list[Pending]) -> None:
        try:
            self._commit(rows)
        except RowRefused:
            # One is there already: it came twice, or its commit was not confirmed before a connection broke.
            if left := self._unwritten(rows):
                self._commit(left)

    def _commit(self, rows: list[Pending]) -> None:
        with self.database.writing() as database:
            first = self.log.begin(database)
            code = self._words.codes(database)
            packed = [_packed(row.receipt, code) for row in rows]
            receipts = [(row.receipt.id, row.body, place, row.salts) for place, row in enumerate(rows, first)]
            database.executemany("INSERT INTO receipts (id, body, entry, salts) VALUES (?, ?, ?, ?)", receipts)
            database.executemany(
                "INSERT INTO requests VALUES (?, ?)",
                [(place, request) for place, request in enumerate(packed, first) if request is not None],
            )
            seal(database, [word_row(code, word) for code, word in self._words.made])
            # What could not be packed has no row, and its entry says so.
            self.log.append(database, [row.record(request or b"") for row, request in zip(rows, packed, strict=True)])
        # Only now: what was rolled back has no number.
        self._words.learn()
        self._grew = True

    def _unwritten(self, rows: list[Pending]) -> list[Pending]:
        with self.database.reading() as database:
            names = (row.receipt.id for row in rows)
            there = {id for (id,) in among(database, "SELECT id FROM receipts WHERE id IN ({})", names)}  # noqa: A001
        return [row for row in rows if row.receipt.id not in there]

    def _note(self, database: Connection, event: Event) -> int:
        self.log.begin(database)
        body = orjson.dumps(event)
        (seq,) = database.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM events").fetchone()
        database.execute("INSERT INTO events VALUES (?, ?)", (seq, body))
        self.log.append(database, [Record("policy", POLICY, str(seq), digest(body))])
        self._grew = True
        return int(seq)

    def sign_head(self, every_s: float = 0.0) -> None:
        """Sign the head unless that was done lately; where it can't be done, the server's log says why."""
        if self._in_memory or time.monotonic() - self._signed < every_s:
            return
        self._signed = time.monotonic()
        try:
            self.log.sign_head()
        except (Unreachable, OSError, ProofError) as error:
            log.error("the head of the log is not signed: %s", error)

    def _first_cell(self, question: str, argument: str) -> bytes | None:
        with self.database.reading() as database:
            row = database.execute(question, (argument,)).fetchone()
        return bytes(row[0]) if row else None

    def _fact(self, name: str, value: bytes) -> bytes:
        question = "SELECT value FROM facts WHERE name = ?"
        if (there := self._first_cell(question, name)) is not None:
            return there
        with self.database.writing() as database:
            if database.execute(question, (name,)).fetchone() is None:
                database.execute("INSERT INTO facts VALUES (?, ?)", (name, value))
                seal(database, [fact_row(name, value)])
        return self._first_cell(question, name) or value


class SqliteLedger(DatabaseLedger):
    """A ledger in a file, its key next to it unless another is named, or in memory where `path` is None."""

    def __init__(self, path: Path | None = None, gather_s: float | None = None, key: Path | None = None) -> None:
        file = SqliteFile(path, FACTS, page=PAGE)
        super().__init__(file, key or (path and path.with_suffix(".key")), gather_s)


def _packed(receipt: Receipt, code: Callable[[str], int]) -> bytes | None:
    """The row for replays, or None where a value fits in none: the receipt counts, and must hold up no other."""
    try:
        return pack(receipt.id, receipt.features, receipt.ask, receipt.situation, code)
    except (TypeError, ValueError, OverflowError, struct.error) as error:
        log.error("the request of receipt %s can't be replayed: %s", receipt.id, type(error).__name__)
        return None
