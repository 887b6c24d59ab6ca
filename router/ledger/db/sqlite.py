"""A database in one SQLite file: write-ahead log, one writer at a time, synced at each commit where that is asked.

Invariant: the right to write is taken as a transaction begins, so what it reads is what it changes. No commit is
reported as done whose file was deleted or replaced; what could not be read is remembered.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from router.errors import Unreachable
from router.ledger.db.checkpointer import Checkpointer
from router.ledger.db.database import Damaged, RowRefused, TableMissing, noting_damage
from router.ledger.db.file_place import FilePlace, make_private

PATIENCE_S = 10.0
PAGE = 4096
# How much of the write-ahead log is gathered before it goes into the file: longer, and one commit waits for more. Of a
# file that is synced a thread of its own moves it twice a second, since such a commit waits for two syncs: one in a
# thousand took 50 ms instead of 20. There, a commit moves only what the thread has left.
GATHERED, GATHERED_BESIDE = 4 * 1024 * 1024, 16 * 1024 * 1024
# What SQLite says of a page that is not what it wrote there.
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SqliteFile:
    """A database in a file with these tables, or in memory where `path` is None.

    Without `synced` a power cut may lose the last commits; a killed process loses nothing. `page` is in bytes, and
    counts for a new file.
    """

    remote = False
    commit_delay_s: ClassVar[float] = 0.0
    """A disk that takes this long to sync, for benches: spent before each commit that is synced."""

    def __init__(self, path: Path | None, tables: str, *, synced: bool = True, page: int = PAGE) -> None:
        place = str(path) if path else ":memory:"
        self.damage: str | None = None
        self._synced, self._place = synced, FilePlace(path) if path else None
        with _translated_errors(OSError):
            if path:
                make_private(path)
            self._writes = sqlite3.connect(place, check_same_thread=False, isolation_level=None, timeout=PATIENCE_S)
            self._turn = threading.RLock()
            self._writes.executescript(
                f"PRAGMA page_size={page}; PRAGMA journal_mode=WAL;"
                f"PRAGMA wal_autocheckpoint={(GATHERED_BESIDE if synced else GATHERED) // page};"
                f"PRAGMA synchronous={'FULL' if synced else 'NORMAL'};{tables}"
            )
            # Reads have a connection of their own, so that none waits for a commit; what is in memory has but one.
            self._reads = sqlite3.connect(place, check_same_thread=False) if path else self._writes
            self._reading = threading.Lock() if path else self._turn
        self.refuse_other_file()
        self._checkpointer = Checkpointer(path) if path and synced else None

    def refuse_other_file(self) -> None:
        """Raise Unreachable where the file is no longer where it was opened: what is written to it would be lost."""
        if self._place:
            self._place.refuse_other()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that begins by taking the file's write lock."""
        with self._turn, noting_damage(self), _translated_errors():
            self.refuse_other_file()
            self._writes.execute("BEGIN IMMEDIATE")
            try:
                yield self._writes
            except BaseException:
                # A full disk, say, has rolled back already.
                if self._writes.in_transaction:
                    self._writes.execute("ROLLBACK")
                raise
            if self._synced and self.commit_delay_s:
                time.sleep(self.commit_delay_s)
            self._writes.execute("COMMIT")
            if self._checkpointer:
                self._checkpointer.committed()
            self.refuse_other_file()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for reads."""
        with self._reading, noting_damage(self), _translated_errors():
            yield self._reads

    def now(self) -> datetime:
        """This machine's clock: whoever writes to one file is on one machine."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Let go of the file."""
        if self._checkpointer:
            self._checkpointer.stop()
        with self._turn:
            self._writes.close()
        with self._reading:
            self._reads.close()


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """One state of a file from beginning to end, in which nothing can be written.

    Where nothing can be written at all, as on a medium that is read-only, the file is taken as it is; raises
    Unreachable where commits are still in the write-ahead log beside it, which can't be joined to it there.
    """
    with _translated_errors():
        database = sqlite3.connect(f"{path.absolute().as_uri()}?{_way_to_look(path)}", uri=True)
        try:
            database.execute("BEGIN")
            yield database
        finally:
            database.close()


def _way_to_look(path: Path) -> str:
    if os.access(path.parent, os.W_OK) or not path.exists():
        return "mode=ro"
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise Unreachable(
            f"{log} holds commits that can't be read where nothing can be written: copy {path.parent} to a place of "
            "yours, with all of its files, and look there."
        )
    return "mode=ro&immutable=1"


@contextmanager
def _translated_errors(*more: type[Exception]) -> Iterator[None]:
    """Raise the errors of sqlite3 as ours: RowRefused, TableMissing, Damaged or Unreachable."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise RowRefused(str(error)) from error
    except sqlite3.Error as error:
        raise _kind(error)(str(error)) from error
    except more as error:
        raise Unreachable(str(error)) from error


def _kind(error: sqlite3.Error) -> type[Unreachable]:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
        return Damaged
    return TableMissing if "no such table" in str(error) else Unreachable
