"""A database in one SQLite file: write-ahead log, one writer at a time, synced at each commit where that is asked.

Invariant: the right to write is taken as a transaction begins, so what it reads is what it changes.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from router.errors import Unreachable
from router.ledger.db.database import RowRefused, TableMissing

PATIENCE_S = 10.0
PAGE = 4096
# How much of the write-ahead log is gathered before it goes into the file: longer, and one commit waits for more.
GATHERED = 4 * 1024 * 1024


class SqliteFile:
    """A database in a file with these tables, or in memory where `path` is None.

    Without `synced` a power cut may lose the last commits; a killed process loses nothing. `page` is in bytes, and
    counts for a new file.
    """

    remote = False

    def __init__(self, path: Path | None, tables: str, *, synced: bool = True, page: int = PAGE) -> None:
        place = str(path) if path else ":memory:"
        with _translated_errors(OSError):
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._writes = sqlite3.connect(place, check_same_thread=False, isolation_level=None, timeout=PATIENCE_S)
            self._turn = threading.RLock()
            self._writes.executescript(
                f"PRAGMA page_size={page}; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint={GATHERED // page};"
                f"PRAGMA synchronous={'FULL' if synced else 'NORMAL'};{tables}"
            )
            # Reads have a connection of their own, so that none waits for a commit; what is in memory has but one.
            self._reads = sqlite3.connect(place, check_same_thread=False) if path else self._writes
            self._reading = threading.Lock() if path else self._turn

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that begins by taking the file's write lock."""
        with self._turn, _translated_errors():
            self._writes.execute("BEGIN IMMEDIATE")
            try:
                yield self._writes
            except BaseException:
                # A full disk, say, has rolled back already.
                if self._writes.in_transaction:
                    self._writes.execute("ROLLBACK")
                raise
            self._writes.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for reads."""
        with self._reading, _translated_errors():
            yield self._reads

    def now(self) -> datetime:
        """This machine's clock: whoever writes to one file is on one machine."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            self._writes.close()
        with self._reading:
            self._reads.close()


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """One state of a file from beginning to end, in which nothing can be written."""
    with _translated_errors():
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            database.execute("BEGIN")
            yield database
        finally:
            database.close()


@contextmanager
def _translated_errors(*more: type[Exception]) -> Iterator[None]:
    """Raise the errors of sqlite3 as ours: RowRefused, TableMissing or Unreachable."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise RowRefused(str(error)) from error
    except sqlite3.Error as error:
        raise (TableMissing if "no such table" in str(error) else Unreachable)(str(error)) from error
    except more as error:
        raise Unreachable(str(error)) from error
