"""A transaction that begins by taking the right to write, in one thread at a time.

Invariant: what the block did is committed whole, or, where it raises, not at all.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


@contextmanager
def transaction(database: sqlite3.Connection, turn: AbstractContextManager[object]) -> Iterator[sqlite3.Connection]:
    """Hold the turn and the file's write lock for the length of a block."""
    with turn:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")
