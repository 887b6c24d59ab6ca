"""Opens the limits that several servers share: in the ledger's database alone, or shared out by Valkey before it."""

from hashlib import sha256
from typing import NamedTuple

from router.errors import ConfigError
from router.ledger.budget_store import BudgetAccounts
from router.ledger.leases.leased_accounts import LeasedAccounts
from router.ledger.leases.limits_address import shown_address
from router.ledger.location import Place
from router.ledger.rate_window_store import RateWindows


class SharedLimits(NamedTuple):
    """The accounts of budgets, and the windows of limits per minute."""

    accounts: BudgetAccounts
    windows: RateWindows


def checked_address(url: str | None, place: Place) -> str | None:
    """The address of limits as it was given; raises ConfigError where it can't be one, or is of no use."""
    if url is None:
        return None
    shown_address(url)
    if place.url is None:
        raise ConfigError(
            [
                "--limits-at shares limits out among servers on one PostgreSQL database: give --ledger "
                "postgresql://..., or leave it out, since the processes on one data folder share limits already."
            ]
        )
    return url


def open_limits(place: Place, url: str | None, salt: bytes) -> SharedLimits:
    """The limits of a ledger, by whose `salt` it is told from others at the same server of Valkey.

    Raises ConfigError, and Unreachable for the database; Valkey need not be there yet.
    """
    if url is None:
        return SharedLimits(place.accounts(), place.windows())
    try:
        from router.ledger.leases import valkey_server, valkey_shares, valkey_windows
    except ImportError:
        raise ConfigError(["Limits in Valkey or Redis need its client: pip install 'fungible[valkey]'."]) from None
    name = sha256(b"limits" + salt).hexdigest()[:16]
    server = valkey_server.ValkeyServer(url, name, valkey_shares.SCRIPTS | valkey_windows.SCRIPTS)
    books = place.accounts()
    accounts = LeasedAccounts(books, valkey_shares.ValkeyShares(server, books.spent))
    return SharedLimits(accounts, valkey_windows.ValkeyWindows(server, place.windows()))
