"""The windows of limits per minute, shared by every server of one data folder, or of one PostgreSQL database.

Invariant: a window is read, changed and written in one transaction, by the one clock that all servers go by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import floor
from typing import NamedTuple, Protocol

import orjson

from router.ledger.db.database import Connection, Where
from router.ledger.db.open_store import open_store
from router.ledger.rate_window import Window, lease

_TABLES = "CREATE TABLE IF NOT EXISTS windows (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;"
_PUT = "INSERT INTO windows (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body"


@dataclass
class Owed:
    """What a server has still to settle with a window: more or less in earlier slots, and more in the present one."""

    back: dict[int, int] = field(default_factory=dict)
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.back) or self.more != 0


class Taken(NamedTuple):
    """A lease: its amount, the slot in which it is good, and for how many seconds; and the window after it."""

    amount: int
    slot: int
    left_s: float
    window: Window


class RateWindows(Protocol):
    """The windows of limits per minute, wherever they are kept."""

    remote: bool
    """Whether a question crosses a network."""

    def lease(self, name: str, need: int, limit: int, owed: Owed) -> Taken:
        """Settle what is owed, then take what is needed, or nothing; raises Unreachable."""

    def settle(self, owed: Mapping[str, Owed]) -> None:
        """Settle what is owed to some windows; all of it, or none where it raises Unreachable."""

    def close(self) -> None:
        """Stop."""


class Windows:
    """The windows of a SQLite file, a PostgreSQL database, or memory; `clock` gives seconds since 1970."""

    def __init__(self, where: Where = None, clock: Callable[[], float] | None = None) -> None:
        # What counts for a minute need not survive a power cut.
        self._database = open_store(where, "rates", _TABLES, synced=False)
        self.remote = self._database.remote
        self._clock = clock or (lambda: self._database.now().timestamp())

    def lease(self, name: str, need: int, limit: int, owed: Owed) -> Taken:
        """Settle what is owed, then take what is needed, or nothing; raises Unreachable."""
        with self._database.writing() as database:
            now = self._clock()
            slot = floor(now)
            window, amount = lease(_settled(_read(database, name), owed, slot), need, limit, slot)
            if amount or owed:
                _write(database, name, window)
        return Taken(amount, slot, slot + 1 - now, window)

    def settle(self, owed: Mapping[str, Owed]) -> None:
        """Settle what is owed to some windows; all of it, or none where it raises Unreachable."""
        with self._database.writing() as database:
            slot = floor(self._clock())
            for name, debt in owed.items():
                _write(database, name, _settled(_read(database, name), debt, slot).at(slot))

    def close(self) -> None:
        """Stop."""
        self._database.close()


def _settled(window: Window, owed: Owed, slot: int) -> Window:
    for number, more in owed.back.items():
        window = window.changed(number, more)
    return window.changed(slot, owed.more) if owed.more else window


def _read(database: Connection, name: str) -> Window:
    row = database.execute("SELECT body FROM windows WHERE name = ?", (name,)).fetchone()
    return Window(dict(orjson.loads(row[0]))) if row else Window()


def _write(database: Connection, name: str, window: Window) -> None:
    database.execute(_PUT, (name, orjson.dumps(list(window.taken.items()))))
