"""What is committed to a synced file goes from its write-ahead log into the file without a commit doing it."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from router.ledger.db.checkpointer import Checkpointer
from router.ledger.db.sqlite import SqliteFile


def eventually(what: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


def rows_in_file_alone(path: Path, elsewhere: Path) -> int:
    """How many rows the file itself holds, without its write-ahead log."""
    shutil.copy(path, elsewhere)
    with closing(sqlite3.connect(f"{elsewhere.as_uri()}?immutable=1", uri=True)) as database:
        try:
            return int(database.execute("SELECT COUNT(*) FROM t").fetchone()[0])
        except sqlite3.Error:
            return 0


def test_what_was_committed_is_moved_into_the_file(path: Path, tmp_path: Path) -> None:
    with closing(SqliteFile(path, "CREATE TABLE t (n INTEGER);")) as store:
        with store.writing() as database:
            database.execute("INSERT INTO t VALUES (1)")
        assert eventually(lambda: rows_in_file_alone(path, tmp_path / "copy") == 1)


def test_it_ends_at_once_whether_or_not_anything_was_committed(path: Path) -> None:
    sqlite3.connect(path).close()
    for told in (False, True):
        made = Checkpointer(path, every_s=60)
        if told:
            made.committed()
            made.committed()
        begun = time.monotonic()
        made.stop()
        assert time.monotonic() - begun < 30
        assert not made._thread.is_alive()


def test_a_stop_at_the_very_moment_at_which_it_looks_is_not_missed(path: Path) -> None:
    sqlite3.connect(path).close()
    made = Checkpointer(path, every_s=0.0)

    class StoppedAsItClears(threading.Event):
        def clear(self) -> None:
            made._stopping.set()
            super().clear()

    waited, made._more = made._more, StoppedAsItClears()
    # Whichever of the two it waits for.
    waited.set()
    made._more.set()
    made._thread.join(20)
    assert not made._thread.is_alive()


def test_a_file_that_is_none_is_left_to_the_commits_to_complain_of(path: Path) -> None:
    path.write_bytes(b"no database, but long enough to be looked at as one " * 40)
    made = Checkpointer(path, every_s=0.0)
    made.committed()
    made.stop()
    assert path.read_bytes().startswith(b"no database")
