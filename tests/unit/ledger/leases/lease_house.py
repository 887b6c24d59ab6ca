"""Servers on one database and one store of leases in memory, by one clock that stands until it is moved."""

from decimal import Decimal

from router.decision.budgets import Account, Draw
from router.errors import Unreachable
from router.ledger.budget_store import Accounts, Held, Refused
from router.ledger.leases.leased_accounts import LeasedAccounts
from unit.ledger.leases.memory_shares import MemoryShares, Store

ACCOUNT, OTHER = Account("*/team", "support", "2026-11"), Account("*/all", "*", "2026-11")
HOLD_S = 60.0


class House:
    """Servers on one database and one store, by one clock that stands until it is moved."""

    def __init__(self, servers: int = 2) -> None:
        self.now = 1000.0
        self.books = Accounts(clock=lambda: self.now)
        # One server's end is not the database's.
        self.books.close = lambda: None  # type: ignore[method-assign]
        self.store = Store(lambda: self.now)
        self.shares = [MemoryShares(self.store, self.books.spent) for _ in range(servers)]
        self.servers = [LeasedAccounts(self.books, each, lambda: self.now, tick_s=None) for each in self.shares]

    def total(self, account: Account = ACCOUNT) -> Decimal:
        return self.books.spent([account])[account]

    def tick(self, seconds: float = 0.2) -> None:
        self.now += seconds
        for server in self.servers:
            server.tick()


def draw(worst: object, limit: object = 100, account: Account = ACCOUNT, *earlier: Account) -> Draw:
    return Draw(account, Decimal(str(limit)), Decimal(str(worst)), earlier)


def held(outcome: Held | Refused) -> Held:
    assert isinstance(outcome, Held)
    return outcome


def unreachable(*_: object) -> None:
    raise Unreachable("the database is gone")
