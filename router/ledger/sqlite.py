"""The receipts in one SQLite file, written by one thread in groups, each with its entry in the log.

Invariant: an appended receipt can be read at once. A group is committed and synced `GATHER_S` after its first receipt
at the latest, so a `kill -9` or a power cut loses at most that window and the commit under way; a clean stop loses
none, nor does whoever waits for `written`. A group that can't be written is kept and tried again.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any, NamedTuple, Protocol

import orjson
from pydantic import TypeAdapter

from router.errors import Overloaded, ProofError
from router.ids import first_id
from router.ledger.events import Event
from router.ledger.growing import Record
from router.ledger.log import Log
from router.ledger.rows import pack
from router.ledger.schema import prepare
from router.ledger.transactions import transaction
from router.ledger.waiting import Waiters
from router.proving.commitments import Sealed
from router.proving.entry import ANONYMOUS, POLICY, digest
from router.proving.proof import Proof
from router.types import Candidate, Config, Receipt

GATHER_S = 0.02
RETRY_S = 1.0
MOST_PENDING = 100_000
MOST_ROWS = 10_000_000
HEAD_S = 60.0
AT_ONCE = 500

_CANDIDATE = Candidate._fields
_INSERT = "INSERT INTO receipts (id, body, entry, salts) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
_NEXT = "SELECT id, body FROM receipts WHERE id >= ?1 AND (?2 IS NULL OR id < ?2) ORDER BY id LIMIT ?3"
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


def encode(receipt: Receipt) -> bytes:
    """A receipt as JSON; money is decimal text, in micro-dollars."""
    return orjson.dumps(receipt, default=plain, option=orjson.OPT_UTC_Z)


def plain(value: object) -> object:
    """What JSON has no word for: candidates as objects, money as decimal text."""
    if isinstance(value, Candidate):
        return dict(zip(_CANDIDATE, (*value[:5], str(value.cost), *value[6:]), strict=True))
    return str(value)


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


def _packed(receipt: Receipt, code: Callable[[str], int]) -> bytes:
    return pack(receipt.id, receipt.features, receipt.ask, receipt.situation, code)


def _code(database: sqlite3.Connection, words: dict[str, int], word: str) -> int:
    """The number of a word, the same for every server of this file."""
    found = words.get(word)
    if found is None:
        database.execute("INSERT OR IGNORE INTO words SELECT COALESCE(MAX(code) + 1, 0), ? FROM words", (word,))
        (found,) = database.execute("SELECT code FROM words WHERE word = ?", (word,)).fetchone()
        words[word] = found
    return int(found)


class SqliteLedger:
    """A ledger in a file, or in memory where `path` is None; `gather_s` is how long a group waits for more."""

    def __init__(self, path: Path | None = None, gather_s: float | None = None) -> None:
        self._gather_s = gather_s
        self._place = str(path) if path else ":memory:"
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(self._place, check_same_thread=False, isolation_level=None, timeout=10)
        self._turn = threading.RLock()
        # Reads have a connection of their own, so that none waits for a commit; a ledger in memory has but one.
        self._reads = sqlite3.connect(self._place, check_same_thread=False) if path else self._database
        self._reading = threading.Lock() if path else self._turn
        self._pending: dict[str, _Pending] = {}
        self._waiters = Waiters()
        self._words: dict[str, int] = {}
        self._wake = threading.Event()
        self._closing = False
        self._signed = time.monotonic()
        self.failure: str | None = None
        with self._turn:
            prepare(self._database)
        self.log = Log(self._transaction, self._lookup, path and path.with_suffix(".key"))
        self.salt = self._fact("salt", token_bytes(16))
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
        return self._one("SELECT body FROM receipts WHERE id = ?", id)

    @property
    def waiting(self) -> int:
        """How many receipts are not on disk yet."""
        return len(self._pending)

    async def written(self, id: str) -> None:  # noqa: A002
        """Wait for the group of a receipt, which is on disk then; raises Overloaded where that failed."""
        if not await self._waiters.wait(id, self._pending.__contains__):
            raise Overloaded(f"The ledger can't be written, and nothing is served unrecorded: {self.failure}")

    def prove(self, id: str, *, salts: bool = False) -> Proof:  # noqa: A002
        """The proof of a receipt, which is written first; raises NotFound, or ProofError where the log is damaged."""
        if id in self._pending:
            self.flush()
        return self.log.prove(id, salts=salts)

    def receipts(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[bytes]:
        """The receipts that are written, oldest first, from a time up to and without another; read in small parts."""
        last, end = first_id(since) if since else "", first_id(until) if until else None
        while True:
            with self._reading:
                rows = self._reads.execute(_NEXT, (last, end, AT_ONCE)).fetchall()
            yield from (bytes(body) for _, body in rows)
            if len(rows) < AT_ONCE:
                return
            last = f"{rows[-1][0]}\0"

    def requests(self, most: int = MOST_ROWS) -> tuple[list[bytes], list[str]]:
        """What the last requests were decided on, as packed rows, oldest first, with the words of their codes."""
        with self._reading:
            newest = "SELECT row FROM requests ORDER BY seq DESC LIMIT ?"
            rows = [row for (row,) in self._reads.execute(newest, (most,))]
            words = [word for (word,) in self._reads.execute("SELECT word FROM words ORDER BY code")]
        rows.reverse()
        return rows, words

    def keep(self, config: Config) -> None:
        """Keep a configuration; a revision is kept once."""
        body, texts = orjson.dumps(config.documents), orjson.dumps(config.texts)
        with self._transaction() as database:
            database.execute("INSERT OR IGNORE INTO configurations VALUES (?, ?, ?)", (config.revision, body, texts))

    def configuration(self, revision: str) -> dict[str, Any] | None:
        """The documents of a revision."""
        body = self._one("SELECT body FROM configurations WHERE revision = ?", revision)
        return orjson.loads(body) if body else None

    def texts(self, revision: str) -> dict[str, str]:
        """The files of a revision as they were written; empty for one that is not known."""
        body = self._one("SELECT texts FROM configurations WHERE revision = ?", revision)
        return orjson.loads(body) if body else {}

    @contextmanager
    def changing(self) -> Iterator[Callable[[Event], int]]:
        """The sole right to change the policies, among all processes; gives the function that notes the event.

        Nothing is noted where the block raises.
        """
        with self._transaction() as database:
            yield lambda event: self._note(database, event)

    def events(self) -> list[Event]:
        """Every change of policy, oldest first."""
        with self._reading:
            rows = self._reads.execute("SELECT seq, body FROM events ORDER BY seq").fetchall()
        return [replace(_EVENT.validate_json(body), seq=seq) for seq, body in rows]

    def flush(self) -> None:
        """Write what is pending now, in the calling thread."""
        # Whoever comes second finds what the first has left.
        with self._turn:
            if rows := list(self._pending.values()):
                self._write(rows)
        self._waiters.wake(self._pending.__contains__, failed=False)

    def close(self) -> None:
        """Write everything, sign the head, and stop."""
        self._closing = True
        self._wake.set()
        self._writer.join()
        with closing(self._database), closing(self._reads):
            self.flush()
            self._sign_head(0.0)

    def _write_groups(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            time.sleep(0 if self._closing else GATHER_S if self._gather_s is None else self._gather_s)
            try:
                self.flush()
                self.failure = None
                self._sign_head(HEAD_S)
            except (sqlite3.Error, OSError, ProofError) as error:
                self._fail(str(error))
                self._wake.set()
                time.sleep(RETRY_S)

    def _fail(self, why: str) -> None:
        if self.failure is None:
            log.error("the ledger can't be written, %d receipts wait in memory: %s", self.waiting, why)
        self.failure = why
        self._waiters.wake(self._pending.__contains__, failed=True)

    def _write(self, rows: list[_Pending]) -> None:
        words = dict(self._words)
        kept: list[_Pending] = []
        with self._transaction() as database:
            first = self.log.begin(database)
            for row in rows:
                values = (row.receipt.id, row.body, first + len(kept), row.sealed and row.sealed.salts)
                if database.execute(_INSERT, values).rowcount:
                    kept.append(row)
            packed = [(_packed(row.receipt, lambda word: _code(database, words, word)),) for row in kept]
            database.executemany("INSERT INTO requests (row) VALUES (?)", packed)
            self.log.append(database, *(row.record for row in kept))
        # Only now: what was rolled back has no number.
        self._words = words
        for row in rows:
            self._pending.pop(row.receipt.id, None)

    def _note(self, database: sqlite3.Connection, event: Event) -> int:
        self.log.begin(database)
        body = orjson.dumps(event)
        seq = database.execute("INSERT INTO events (body) VALUES (?)", (body,)).lastrowid or 0
        self.log.append(database, Record("policy", POLICY, str(seq), digest(body)))
        return seq

    def _sign_head(self, every_s: float) -> None:
        """Sign the head now and then, so that there is one to hold a damaged file against."""
        if self._place == ":memory:" or time.monotonic() - self._signed < every_s:
            return
        self._signed = time.monotonic()
        try:
            self.log.sign_head()
        except (sqlite3.Error, OSError, ProofError) as error:
            log.error("the head of the log is not signed: %s", error)

    def _transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        return transaction(self._database, self._turn)

    @contextmanager
    def _lookup(self) -> Iterator[sqlite3.Connection]:
        with self._reading:
            yield self._reads

    def _one(self, question: str, argument: str) -> bytes | None:
        with self._lookup() as database:
            row = database.execute(question, (argument,)).fetchone()
        return bytes(row[0]) if row else None

    def _fact(self, name: str, value: bytes) -> bytes:
        with self._transaction() as database:
            database.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, value))
        return self._one("SELECT value FROM facts WHERE name = ?", name) or value
