"""Counts what budgets have spent and hold, shared by every server of one data folder, or of one PostgreSQL database.

Invariant: a call is let through only while what was spent and the worst of what is in flight stay below the limit, so
all servers together overspend by at most one call; a hold that nobody settles, since its server died, lapses. What a
call took is counted even where the database can't be reached just then.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol

from router.decision.budgets import Account, Draw
from router.errors import Unreachable
from router.ids import random_hex
from router.ledger.db.database import Connection, Where
from router.ledger.db.open_store import open_store
from router.money import ZERO

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts
    (budget TEXT, holder TEXT, period TEXT, spent TEXT NOT NULL, PRIMARY KEY (budget, holder, period)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holds
    (budget TEXT, holder TEXT, period TEXT, id TEXT, worst TEXT NOT NULL, until REAL NOT NULL,
     PRIMARY KEY (budget, holder, period, id)) WITHOUT ROWID;
"""
_ACCOUNT = "budget = ? AND holder = ? AND period = ?"
_SPENT = "SELECT budget, holder, period, spent, NULL AS until FROM accounts"
_HELD = "SELECT budget, holder, period, worst, until FROM holds"
_GIVE_BACK = f"DELETE FROM holds WHERE {_ACCOUNT} AND id = ?"  # noqa: S608 - our own words
_RENEW = f"UPDATE holds SET until = ? WHERE {_ACCOUNT} AND id = ?"  # noqa: S608 - our own words
_COUNT = """
INSERT INTO accounts VALUES (?, ?, ?, ?) ON CONFLICT (budget, holder, period) DO UPDATE SET spent = excluded.spent
"""
log = logging.getLogger("fungible")


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


class NotAtHand(Exception):
    """Somebody has to be asked, across a network."""


class SpentBooks(Protocol):
    """What says what accounts have spent."""

    def spent(self, accounts: Iterable[Account]) -> dict[Account, Decimal]:
        """What each account has spent; nothing for one that is new."""


class BudgetAccounts(SpentBooks, Protocol):
    """The accounts of budgets, wherever they are kept. Methods that ask a database raise Unreachable."""

    remote: bool
    """Whether `spent` and `hold` may cross a network, so that no event loop should wait for them."""
    waits_to_settle: bool
    """Whether `settle` may, too; else it only notes what is to be done, or asks a file."""
    is_shared_out: bool | None
    """Whether a store beside the database shares blocks out, as it should; None where none should."""
    known: SpentBooks | None
    """The same accounts without a question: `spent` raises NotAtHand where it needs one. None where all are asked."""

    def at_hand(self, draws: Sequence[Draw]) -> "Held | None":
        """Set aside the worst of a call without asking anybody; None where somebody has to be asked."""

    def hold(self, draws: Sequence[Draw], lease_s: float) -> "Held | Refused":
        """Set aside the worst of a call on every account, or on none."""

    def renew(self, held: Held, lease_s: float) -> None:
        """Let a hold lapse later."""

    def settle(self, held: Held | None, taken: Mapping[Account, Decimal]) -> None:
        """Give back what was held, and count what was taken: now, or once the database can be reached again."""

    def statements(self) -> list[Statement]:
        """Every account that was ever drawn on, by name."""

    def close(self) -> None:
        """Settle what is owed, and stop."""


class Accounts:
    """The accounts of a SQLite file, a PostgreSQL database, or memory. Amounts are in each budget's own unit.

    `clock` gives seconds since 1970, the database's own unless another is given.
    """

    def __init__(self, where: Where = None, clock: Callable[[], float] | None = None) -> None:
        # Not synced at each commit: a power cut may lose the last second, a killed process loses nothing.
        self._database = open_store(where, "accounts", _TABLES, synced=False)
        self.remote = self.waits_to_settle = self._database.remote
        self.is_shared_out: bool | None = None
        self.known: SpentBooks | None = None
        self._clock = clock or (lambda: self._database.now().timestamp())
        self._turn = threading.Lock()
        self._owed: list[tuple[Held | None, Mapping[Account, Decimal]]] = []

    def spent(self, accounts: Iterable[Account]) -> dict[Account, Decimal]:
        """What each account has spent; nothing for one that is new."""
        asked = list(accounts)
        with self._database.reading() as database:
            return {statement.account: statement.spent for statement in _read(database, (_SPENT,), asked)}

    def at_hand(self, draws: Sequence[Draw]) -> Held | None:  # noqa: ARG002 - as in BudgetAccounts
        """Give None: every hold is a transaction."""
        return None

    def hold(self, draws: Sequence[Draw], lease_s: float) -> Held | Refused:
        """Set aside the worst of a call on every account, or on none."""
        with self._transaction() as database:
            id, now = random_hex(), self._clock()  # noqa: A001
            asked = list(dict.fromkeys(account for draw in draws for account in draw.books))
            books = {book.account: book for book in _read(database, (_SPENT, _HELD), asked, now)}
            for draw in draws:
                window = [books[part] for part in (draw.account, *draw.earlier)]
                spent = sum((book.spent for book in window), ZERO)
                if spent >= draw.limit + _over(draw, books):
                    return Refused(draw.account, "spent")
                if spent + sum((book.held for book in window), ZERO) >= draw.limit + _over(draw, books, worst=True):
                    return Refused(draw.account, "held")
            database.executemany(
                "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?)",
                [(*draw.account, id, str(draw.worst), now + lease_s) for draw in draws],
            )
        return Held(id, tuple(draw.account for draw in draws))

    def renew(self, held: Held, lease_s: float) -> None:
        """Let a hold lapse later; where the database can't be reached, it lapses as it would."""
        try:
            with self._transaction() as database:
                until = self._clock() + lease_s
                database.executemany(_RENEW, [(until, *account, held.id) for account in held.accounts])
        except Unreachable as error:
            log.error("a hold on a budget can't be renewed now: %s", error.why)

    def settle(self, held: Held | None, taken: Mapping[Account, Decimal]) -> None:
        """Give back what was held, and count what was taken: now, or once the database can be reached again."""
        try:
            with self._transaction() as database:
                _settle(database, held, taken)
        except Unreachable as error:
            with self._turn:
                if not self._owed:
                    log.error("budgets can't be counted; what calls took is kept and counted later: %s", error.why)
                self._owed.append((held, taken))

    def count(self, given_back: Sequence[Held], taken: Mapping[Account, Decimal]) -> dict[Account, Decimal]:
        """Settle several calls in one transaction: the totals of what was taken from. Raises Unreachable."""
        with self._transaction() as database:
            for held in given_back:
                _settle(database, held, {})
            return _settle(database, None, taken)

    def statements(self) -> list[Statement]:
        """Every account that was ever drawn on, by name."""
        with self._database.reading() as database:
            rows = database.execute(f"{_SPENT} UNION ALL {_HELD}").fetchall()
        accounts = sorted({Account(*row[:3]) for row in rows})
        return _books(rows, accounts)

    def close(self) -> None:
        """Settle what is owed, and stop."""
        if self._owed:
            self.settle(None, {})
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """The right to write, once what is owed is settled."""
        with self._turn:
            with self._database.writing() as database:
                for held, taken in self._owed:
                    _settle(database, held, taken)
                yield database
            self._owed.clear()


def _over(draw: Draw, books: Mapping[Account, Statement], *, worst: bool = False) -> Decimal:
    """What goes over from the period before; at the worst, if the calls that are in flight since then take it all."""
    if draw.carried is None:
        return ZERO
    _, spent, held = books[draw.carried.account]
    return draw.carried.left(spent + held if worst else spent)


def _settle(database: Connection, held: Held | None, taken: Mapping[Account, Decimal]) -> dict[Account, Decimal]:
    """Give back and count; gives the totals of the accounts that something was taken from."""
    if held:
        ours = [(*account, held.id) for account in held.accounts]
        database.executemany(_GIVE_BACK, ours)
    some = [account for account, amount in taken.items() if amount]
    totals = {each.account: each.spent + taken[each.account] for each in _read(database, (_SPENT,), some)}
    if totals:
        database.executemany(_COUNT, [(*account, str(total)) for account, total in totals.items()])
    return totals


def _read(
    database: Connection, sources: tuple[str, ...], accounts: Sequence[Account], now: float = 0
) -> list[Statement]:
    """The books of these accounts, in one question; holds that have lapsed are forgotten for good."""
    if not accounts:
        return []
    names = [name for account in accounts for name in account] * len(sources)
    rows = database.execute(_question(sources, len(accounts)), names).fetchall()
    there = [row for row in rows if row[4] is None or row[4] >= now]
    if len(there) < len(rows):
        database.execute("DELETE FROM holds WHERE until < ?", (now,))
    return _books(there, accounts)


@lru_cache
def _question(sources: tuple[str, ...], accounts: int) -> str:
    where = f" WHERE {' OR '.join([_ACCOUNT] * accounts)}"
    return " UNION ALL ".join(source + where for source in sources)


def _books(rows: Iterable[Any], accounts: Sequence[Account]) -> list[Statement]:
    spent, held = dict.fromkeys(accounts, ZERO), dict.fromkeys(accounts, ZERO)
    for *name, amount, until in rows:
        (spent if until is None else held)[Account(*name)] += Decimal(amount)
    return [Statement(account, spent[account], held[account]) for account in accounts]
