"""What budgets have counted, shared by every server of one data folder.

Invariant: a call is let through only while what was spent and the worst of what is in flight stay below the limit, so
all servers together overspend by at most one call; a hold that nobody settles, since its server died, lapses.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple

from router.budgets import Account, Draw
from router.ids import random_hex
from router.ledger.transactions import transaction
from router.money import ZERO

PATIENCE_S = 5.0

# Not synced at each commit: a power cut may lose the last second, a killed process loses nothing.
_SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS accounts
    (budget TEXT, holder TEXT, period TEXT, spent TEXT NOT NULL, PRIMARY KEY (budget, holder, period)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holds
    (budget TEXT, holder TEXT, period TEXT, id TEXT, worst TEXT NOT NULL, until REAL NOT NULL,
     PRIMARY KEY (budget, holder, period, id)) WITHOUT ROWID;
"""
_ONE = "budget = ? AND holder = ? AND period = ?"


class Held(NamedTuple):
    """Money, tokens or requests set aside for one call."""

    id: str
    accounts: tuple[Account, ...]


class Refused(NamedTuple):
    """An account that lets nothing through: what it had is spent, or is held by calls in flight."""

    account: Account
    why: Literal["spent", "held"]


class Statement(NamedTuple):
    """An account with what was spent and what is held."""

    account: Account
    spent: Decimal
    held: Decimal


class Accounts:
    """The accounts in a SQLite file, or in memory where `path` is None. Amounts are in each budget's own unit."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        place = str(path) if path else ":memory:"
        self._database = sqlite3.connect(place, check_same_thread=False, isolation_level=None, timeout=PATIENCE_S)
        self._turn = threading.Lock()
        self._clock = clock
        self._database.executescript(_SCHEMA)

    def spent(self, accounts: Iterable[Account]) -> dict[Account, Decimal]:
        """What each account has spent; nothing for one that is new."""
        with self._turn:
            return {account: self._spent(account) for account in accounts}

    def hold(self, draws: Sequence[Draw], lease_s: float) -> Held | Refused:
        """Set aside the worst of a call on every account, or on none."""
        id, now = random_hex(), self._clock()  # noqa: A001
        with self._transaction() as database:
            database.execute("DELETE FROM holds WHERE until < ?", (now,))
            for account, limit, _ in draws:
                spent = self._spent(account)
                if spent >= limit:
                    return Refused(account, "spent")
                if spent + self._held(account) >= limit:
                    return Refused(account, "held")
            database.executemany(
                "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?)",
                [(*account, id, str(worst), now + lease_s) for account, _, worst in draws],
            )
        return Held(id, tuple(draw.account for draw in draws))

    def settle(self, held: Held | None, taken: Mapping[Account, Decimal]) -> None:
        """Give back what was held, and count what was taken."""
        with self._transaction() as database:
            for account in held.accounts if held else ():
                database.execute(f"DELETE FROM holds WHERE {_ONE} AND id = ?", (*account, held and held.id))  # noqa: S608
            for account, amount in taken.items():
                if amount:
                    row = (*account, str(self._spent(account) + amount))
                    database.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?)", row)

    def statements(self) -> list[Statement]:
        """Every account that was ever drawn on, by name."""
        with self._turn:
            rows = self._database.execute(
                "SELECT budget, holder, period FROM accounts UNION SELECT budget, holder, period FROM holds"
            ).fetchall()
            found = [Account(*row) for row in rows]
            return [Statement(account, self._spent(account), self._held(account)) for account in sorted(found)]

    def close(self) -> None:
        """Stop."""
        with self._turn:
            self._database.close()

    def _spent(self, account: Account) -> Decimal:
        row = self._database.execute(f"SELECT spent FROM accounts WHERE {_ONE}", account).fetchone()  # noqa: S608
        return Decimal(row[0]) if row else ZERO

    def _held(self, account: Account) -> Decimal:
        rows = self._database.execute(f"SELECT worst FROM holds WHERE {_ONE}", account)  # noqa: S608
        return sum((Decimal(worst) for (worst,) in rows), ZERO)

    def _transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        return transaction(self._database, self._turn)
