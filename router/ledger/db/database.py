"""The interface to a database that stores need, for SQLite and for PostgreSQL.

Invariant: a statement is written once, in the SQL that both understand: `?` for a value, the types INTEGER, REAL, TEXT
and BLOB, ON CONFLICT. Whatever fails raises Unreachable, and no word of it holds a password.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from router.errors import Unreachable

Where = Path | str | None
"""A SQLite file, the URL of a PostgreSQL database, or None for a database in memory."""

WIDEST = 512
ANSWER_S = 15.0
"""After so many seconds a question to a server is given up, unless it is known to take long."""


class Rows(Protocol):
    """The rows that a statement gave."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What statements are put to, by one thread at a time; sqlite3's own is one."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Rows:
        """Run a statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run a statement that gives no rows, once for each row of values."""


class Database(Protocol):
    """A database that is open: one connection writes, one reads, and no reader waits for a writer."""

    remote: bool
    """Whether a question crosses a network, so that no event loop should wait for its answer."""
    damage: str | None
    """What was found in place of a page that was written, or None: only a restored copy mends that."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction with the sole right to write this store, among all processes.

        What the block did is committed whole, or, where it raises, not at all.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection for reads, each of which sees what is committed."""

    def refuse_other_file(self) -> None:
        """Raise Unreachable where what is written would go to a file that was deleted or replaced."""

    def now(self) -> datetime:
        """The time inside `writing`, by the one clock that all who write here go by."""

    def close(self) -> None:
        """Let go of the connections."""


class RowRefused(Unreachable):
    """A row is there already, or lacks what it must have; nothing of its transaction was written."""


class TableMissing(Unreachable):
    """A table is not there: nothing was kept here yet."""


class Damaged(Unreachable):
    """A page holds what nobody wrote there: only a restored copy mends that."""


@contextmanager
def noting_damage(database: Database) -> Iterator[None]:
    """Keep in the database what damage a question met."""
    try:
        yield
    except Damaged as error:
        database.damage = error.why
        raise


def among(database: Connection, statement: str, names: Iterable[object], *first: object) -> Iterator[Any]:
    """The rows that a statement with `IN ({})` gives for any number of names; `first` are the values before them.

    It is asked in few widths, since a database keeps what it has prepared for each.
    """
    left = iter(names)
    while part := list(islice(left, WIDEST)):
        width = 1 << (len(part) - 1).bit_length()
        padded = part + part[-1:] * (width - len(part))
        yield from database.execute(statement.format(",".join("?" * width)), (*first, *padded))
