"""Opens a store wherever it is kept, and looks at one without opening it."""

from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import cast

from router.errors import ConfigError
from router.ledger.db.database import ANSWER_S, Connection, Database, TableMissing, Where
from router.ledger.db.sqlite import SqliteFile, looking


def open_store(where: Where, name: str, tables: str, *, synced: bool = True, answer_s: float = ANSWER_S) -> Database:
    """A store with these tables (`CREATE TABLE IF NOT EXISTS ...`), made where they are not there.

    `name` distinguishes stores of one PostgreSQL database: each has a right to write of its own. Without `synced` a
    power cut may lose the last commits. `answer_s` is how long a read may take on a server. Raises Unreachable.
    """
    if isinstance(where, str):
        return cast("Database", _postgres().Postgres(where, name, tables, synced=synced, answer_s=answer_s))
    return SqliteFile(where, tables, synced=synced)


def look_at(where: Path | str) -> AbstractContextManager[Connection]:
    """One state of a database from beginning to end, however many write; nothing is made or written."""
    return _postgres().looking(where) if isinstance(where, str) else looking(where)


def has_table(where: Path | str, table: str) -> bool:
    """Whether a database has a table; raises Unreachable for one that can't be asked."""
    try:
        with look_at(where) as database:
            database.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - one of ours
    except TableMissing:
        return False
    return True


def _postgres() -> ModuleType:
    try:
        from router.ledger.db import postgres
    except ImportError:
        raise ConfigError(["A ledger on PostgreSQL needs asyncpg: pip install 'fungible[postgres]'."]) from None
    return postgres
