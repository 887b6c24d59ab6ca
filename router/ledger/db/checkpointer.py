"""Moves what was committed from a SQLite file's write-ahead log into the file, in a thread, so that no commit does it.

Invariant: a commit never waits for it (SQLite's passive mode), and it never begins where nothing was committed since.
"""

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

EVERY_S = 0.5


class Checkpointer:
    """The thread of one file; `committed` says that there is something to move."""

    def __init__(self, path: Path, every_s: float = EVERY_S) -> None:
        self._path, self._every_s = path, every_s
        self._more, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """Something was committed."""
        if not self._more.is_set():
            self._more.set()

    def stop(self) -> None:
        """End the thread; what it has not moved is moved by whoever closes the file last."""
        self._stopping.set()
        self._more.set()
        self._thread.join()

    def _run(self) -> None:
        # What is wrong with the file is said by the commits to it.
        with suppress(sqlite3.Error), closing(sqlite3.connect(self._path)) as database:
            # Opened now: the very file that the commits go to, whatever is put in its place later.
            database.execute("PRAGMA schema_version").fetchone()
            while self._more.wait() and not self._stopping.wait(self._every_s):
                self._more.clear()
                if self._stopping.is_set():
                    # Told to stop just before: what woke this thread for that is cleared.
                    return
                with suppress(sqlite3.Error):
                    database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
