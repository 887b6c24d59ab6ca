"""The receipts in one SQLite file, written by one thread in groups.

Invariant: an appended receipt can be read at once. A group is committed and synced `GATHER_S` after its first receipt
at the latest, so a `kill -9` or a power cut loses at most that window and the commit under way; a clean stop loses
none. A group that can't be written is kept and tried again.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from typing import Any, Protocol

import orjson
from pydantic import TypeAdapter

from router.errors import Overloaded
from router.ledger.events import Event
from router.ledger.rows import pack
from router.types import Candidate, Config, Receipt

GATHER_S = 0.02
RETRY_S = 1.0
MOST_PENDING = 100_000
MOST_ROWS = 10_000_000

_CANDIDATE = Candidate._fields
_SCHEMA = """
CREATE TABLE IF NOT EXISTS receipts (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS configurations
    (revision TEXT PRIMARY KEY, body BLOB NOT NULL, texts BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS requests (seq INTEGER PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS words (code INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


class Ledger(Protocol):
    """The seam: append, and reads."""

    def append(self, receipt: Receipt) -> None:
        """Keep a receipt; raises Overloaded where it can't be kept."""

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


def _note(database: sqlite3.Connection, event: Event) -> int:
    found = database.execute("INSERT INTO events (body) VALUES (?)", (orjson.dumps(event),))
    return int(found.lastrowid or 0)


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
    """A ledger in a file, or in memory where `path` is None."""

    def __init__(self, path: Path | None = None) -> None:
        self._place = str(path) if path else ":memory:"
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(self._place, check_same_thread=False, isolation_level=None, timeout=10)
        self._turn = threading.RLock()
        # Reads have a connection of their own, so that none waits for a commit; a ledger in memory has but one.
        self._reads = sqlite3.connect(self._place, check_same_thread=False) if path else self._database
        self._reading = threading.Lock() if path else self._turn
        self._pending: dict[str, tuple[bytes, Receipt]] = {}
        self._words: dict[str, int] = {}
        self._wake = threading.Event()
        self._closing = False
        self.failure: str | None = None
        with self._turn:
            self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _SCHEMA)
        self.salt = self._fact("salt", token_bytes(16))
        self._writer = threading.Thread(target=self._write_groups, name="ledger", daemon=True)
        self._writer.start()

    def append(self, receipt: Receipt) -> None:
        """Hand a receipt to the writer."""
        if len(self._pending) >= MOST_PENDING:
            raise Overloaded("The ledger can't keep up, and nothing is served unrecorded.", retry_after=5)
        # Encoded here, not by the writer: a writer that computes would make the event loop wait for the interpreter.
        self._pending[receipt.id] = encode(receipt), receipt
        if not self._wake.is_set():
            self._wake.set()

    def receipt(self, id: str) -> bytes | None:  # noqa: A002
        """A receipt as JSON, written yet or not."""
        if (pending := self._pending.get(id)) is not None:
            return pending[0]
        return self._one("SELECT body FROM receipts WHERE id = ?", id)

    def receipts(self) -> Iterator[bytes]:
        """All receipts that are written, oldest first."""
        with self._reading:
            rows = self._reads.execute("SELECT body FROM receipts ORDER BY id").fetchall()
        return (bytes(body) for (body,) in rows)

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
            yield lambda event: _note(database, event)

    def events(self) -> list[Event]:
        """Every change of policy, oldest first."""
        with self._reading:
            rows = self._reads.execute("SELECT seq, body FROM events ORDER BY seq").fetchall()
        return [replace(_EVENT.validate_json(body), seq=seq) for seq, body in rows]

    def flush(self) -> None:
        """Write what is pending now, in the calling thread."""
        self._write(list(self._pending.items()))

    def close(self) -> None:
        """Write everything and stop."""
        self._closing = True
        self._wake.set()
        self._writer.join()
        with closing(self._database), closing(self._reads):
            self.flush()

    def _write_groups(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            time.sleep(0 if self._closing else GATHER_S)
            try:
                self.flush()
                self.failure = None
            except sqlite3.Error as error:
                self.failure = str(error)
                self._wake.set()
                time.sleep(RETRY_S)

    def _write(self, rows: list[tuple[str, tuple[bytes, Receipt]]]) -> None:
        words = dict(self._words)
        with self._transaction() as database:
            database.executemany(
                "INSERT OR REPLACE INTO receipts VALUES (?, ?)", [(name, body) for name, (body, _) in rows]
            )
            packed = [(_packed(receipt, lambda word: _code(database, words, word)),) for _, (_, receipt) in rows]
            database.executemany("INSERT INTO requests (row) VALUES (?)", packed)
        # Only now: what was rolled back has no number.
        self._words = words
        for id, _ in rows:  # noqa: A001
            self._pending.pop(id, None)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def _one(self, question: str, argument: str) -> bytes | None:
        with self._reading:
            row = self._reads.execute(question, (argument,)).fetchone()
        return bytes(row[0]) if row else None

    def _fact(self, name: str, value: bytes) -> bytes:
        with self._transaction() as database:
            database.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, value))
        return self._one("SELECT value FROM facts WHERE name = ?", name) or value
