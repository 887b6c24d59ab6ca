"""A ledger in a database: receipts, written by one thread in groups, each with its entry in the log.

Invariant: an appended receipt can be read at once. A group is committed and synced `GATHER_S` after its first receipt
at the latest, so a `kill -9` or a power cut loses at most that window and the commit under way; a clean stop loses
none, nor does whoever waits for `written`. A group that can't be written is kept and tried again, and no receipt is
written twice.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any, NamedTuple, Protocol

import orjson
from pydantic import TypeAdapter

from router.errors import Overloaded, ProofError, Unreachable
from router.ids import first_id
from router.ledger.commit_waiters import Waiters
from router.ledger.db.database import Connection, Database, RowRefused, among
from router.ledger.db.sqlite import SqliteFile
from router.ledger.log.append import Record
from router.ledger.log.merkle_log import Log
from router.ledger.packed_request import pack
from router.ledger.policy_events import Event
from router.ledger.receipt_json import encode
from router.ledger.tables import PAGE, TABLES, complete
from router.ledger.word_codes import Words
from router.transparency.commitments import Sealed
from router.transparency.entry import ANONYMOUS, POLICY, digest
from router.transparency.proof import Proof
from router.types import Config, Receipt

GATHER_S = 0.02
RETRY_S = 1.0
MOST_PENDING = 100_000
MOST_ROWS = 10_000_000
HEAD_S = 60.0
AT_ONCE = 500

_NEXT = "SELECT id, body FROM receipts WHERE id > ? ORDER BY id LIMIT ?"
_NEXT_BEFORE = "SELECT id, body FROM receipts WHERE id > ? AND id < ? ORDER BY id LIMIT ?"
log = logging.getLogger("fungible")


class Ledger(Protocol):
    """The seam: append, and reads."""

    failure: str | None
    """Why nothing can be written now, or None."""

    def append(self, receipt: Receipt, sealed: Sealed | None = None) -> None:
        """Keep a receipt, with commitments to its words; raises Overloaded where it can't be kept."""

    async def written(self, id: str) -> None:  # noqa: A002
        """Wait until a receipt is on disk; raises Overloaded where it could not be written."""

    def receipt(self, id: str) -> bytes | None:  # noqa: A002 - the word on the wire
        """A receipt as JSON, or None."""

    def keep(self, config: Config) -> None:
        """Keep the documents of a configuration, so that its decisions can be made again."""

    def configuration(self, revision: str) -> dict[str, Any] | None:
        """The documents of a revision, or None."""


_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class _Pending(NamedTuple):
    body: bytes
    digest: str
    receipt: Receipt
    sealed: Sealed | None

    @property
    def record(self) -> Record:
        key = self.receipt.ask.caller.key or ANONYMOUS
        prompt, answer = (self.sealed.prompt, self.sealed.answer) if self.sealed else (None, None)
        return Record("request", key, self.receipt.id, self.digest, prompt, answer)


class DatabaseLedger:
    """A ledger in an open database; `key` is the file of its log's key, or None where that stays in memory.

    `gather_s` is how long a group waits for more.
    """

    def __init__(self, database: Database, key: Path | None, gather_s: float | None = None) -> None:
        self.database = database
        self.log = Log(database, key)
        self.failure: str | None = None
        self._gather_s = gather_s
        self._in_memory = key is None
        self._pending: dict[str, _Pending] = {}
        self._flushing = threading.RLock()
        self._waiters = Waiters()
        self._words = Words()
        self._wake = threading.Event()
        self._closing = self._grew = False
        self._signed = time.monotonic()
        try:
            self.salt = self._fact("salt", token_bytes(16))
        except BaseException:
            database.close()
            raise
        self._writer = threading.Thread(target=self._write_groups, name="ledger", daemon=True)
        self._writer.start()

    def append(self, receipt: Receipt, sealed: Sealed | None = None) -> None:
        """Hand a receipt to the writer."""
        if len(self._pending) >= MOST_PENDING:
            raise Overloaded("The ledger can't keep up, and nothing is served unrecorded.", retry_after=5)
        # Encoded here, not by the writer: a writer that computes would make the event loop wait for the interpreter.
        body = encode(receipt)
        self._pending[receipt.id] = _Pending(body, digest(body), receipt, sealed)
        if not self._wake.is_set():
            self._wake.set()

    def receipt(self, id: str) -> bytes | None:  # noqa: A002
        """A receipt as JSON, written yet or not."""
        if (pending := self._pending.get(id)) is not None:
            return pending.body
        return self._first_cell("SELECT body FROM receipts WHERE id = ?", id)

    @property
    def waiting(self) -> int:
        """How many receipts are not on disk yet."""
        return len(self._pending)

    async def written(self, id: str) -> None:  # noqa: A002
        """Wait for the group of a receipt, which is on disk then; raises Overloaded where that failed."""
        if not await self._waiters.wait(id, self._pending.__contains__):
            raise Overloaded("The ledger can't be written, and nothing is served unrecorded.")

    def prove(self, id: str, *, salts: bool = False) -> Proof:  # noqa: A002
        """The proof of a receipt, which is written first; raises NotFound, or ProofError where the log is damaged."""
        if id in self._pending:
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

    def requests(self, most: int = MOST_ROWS) -> tuple[list[bytes], list[str]]:
        """What the last requests were decided on, as packed rows, oldest first, with the words of their codes."""
        with self.database.reading() as database:
            newest = "SELECT row FROM requests ORDER BY seq DESC LIMIT ?"
            rows = [row for (row,) in database.execute(newest, (most,))]
            words = [word for (word,) in database.execute("SELECT word FROM words ORDER BY code")]
        rows.reverse()
        return rows, words

    def keep(self, config: Config) -> None:
        """Keep a configuration; a revision is kept once."""
        body, texts = orjson.dumps(config.documents), orjson.dumps(config.texts)
        keep = "INSERT INTO configurations VALUES (?, ?, ?) ON CONFLICT (revision) DO NOTHING"
        with self.database.writing() as database:
            database.execute(keep, (config.revision, body, texts))

    def configuration(self, revision: str) -> dict[str, Any] | None:
        """The documents of a revision."""
        body = self._first_cell("SELECT body FROM configurations WHERE revision = ?", revision)
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
        return [replace(_EVENT.validate_json(body), seq=seq) for seq, body in rows]

    def flush(self) -> None:
        """Write what is pending now, in the calling thread."""
        # Whoever comes second finds what the first has left.
        with self._flushing:
            if rows := list(self._pending.values()):
                self._write(rows)
        self._waiters.wake(self._pending.__contains__, failed=False)

    def close(self) -> None:
        """Write everything, sign the head, and stop."""
        self._closing = True
        self._wake.set()
        self._writer.join()
        with closing(self.database):
            try:
                self.flush()
            except (Unreachable, OSError, ProofError) as error:
                log.error("%d receipt(s) lost, for they can't be written: %s", self.waiting, error)
            if self._grew:
                self.sign_head()

    def _write_groups(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            time.sleep(0 if self._closing else GATHER_S if self._gather_s is None else self._gather_s)
            try:
                self.flush()
                self.failure = None
                self.sign_head(HEAD_S)
            except Exception as error:  # noqa: BLE001 - whatever it was, the receipts wait, and it is tried again
                self._fail(getattr(error, "why", str(error)))
                self._wake.set()
                time.sleep(RETRY_S)

    def _fail(self, why: str) -> None:
        if self.failure is None:
            log.error("the ledger can't be written, %d receipts wait in memory: %s", self.waiting, why)
        self.failure = why
        self._waiters.wake(self._pending.__contains__, failed=True)

    def _write(self, rows: list[_Pending]) -> None:
        try:
            self._commit(rows)
        except RowRefused:
            # One is there already: it came twice, or its commit was not confirmed before a connection broke.
            if left := self._unwritten(rows):
                self._commit(left)
        for row in rows:
            self._pending.pop(row.receipt.id, None)

    def _commit(self, rows: list[_Pending]) -> None:
        with self.database.writing() as database:
            first = self.log.begin(database)
            code = self._words.codes(database)
            receipts = [
                (row.receipt.id, row.body, place, row.sealed and row.sealed.salts)
                for place, row in enumerate(rows, first)
            ]
            database.executemany("INSERT INTO receipts (id, body, entry, salts) VALUES (?, ?, ?, ?)", receipts)
            database.executemany(
                "INSERT INTO requests (row) VALUES (?)", [(_packed(row.receipt, code),) for row in rows]
            )
            self.log.append(database, [row.record for row in rows])
        # Only now: what was rolled back has no number.
        self._words.learn()
        self._grew = True

    def _unwritten(self, rows: list[_Pending]) -> list[_Pending]:
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
        with self.database.writing() as database:
            database.execute("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, value))
        return self._first_cell("SELECT value FROM facts WHERE name = ?", name) or value


class SqliteLedger(DatabaseLedger):
    """A ledger in a file, its key next to it unless another is named, or in memory where `path` is None."""

    def __init__(self, path: Path | None = None, gather_s: float | None = None, key: Path | None = None) -> None:
        file = SqliteFile(path, TABLES, page=PAGE)
        with file.writing() as database:
            complete(database)
        super().__init__(file, key or (path and path.with_suffix(".key")), gather_s)


def _packed(receipt: Receipt, code: Callable[[str], int]) -> bytes:
    return pack(receipt.id, receipt.features, receipt.ask, receipt.situation, code)
