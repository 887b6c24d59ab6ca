"""Where a server keeps what it must not lose: SQLite files in a folder, or a PostgreSQL database; and its log's key.

Invariant: words for people hold no password; looking whether a ledger is there makes nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path

from router.ledger.budget_store import Accounts
from router.ledger.db.open_store import has_table, open_store
from router.ledger.db.postgres_url import shown
from router.ledger.index import ReceiptIndex
from router.ledger.index.money_sums import MoneySums
from router.ledger.rate_window_store import Windows
from router.ledger.receipt_ledger import DatabaseLedger, SqliteLedger
from router.ledger.tables import FACTS

LEDGER, ACCOUNTS, INDEX, KEY = "ledger.sqlite3", "accounts.sqlite3", "index.sqlite3", "ledger.key"
# A replay reads every request that was logged.
WHOLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder; with a `url`, a database that takes the place of its files. `key_file` is in it unless given.

    Raises ConfigError for a URL that is none.
    """

    folder: Path
    url: str | None = field(default=None, repr=False)
    key_file: Path | None = None

    def __post_init__(self) -> None:
        if self.url:
            shown(self.url)

    def __str__(self) -> str:
        return shown(self.url) if self.url else str(self.folder / LEDGER)

    @property
    def key(self) -> Path:
        """The file of the key that signs the heads."""
        return self.key_file or self.folder / KEY

    @property
    def log(self) -> Path | str:
        """What `verify_ledger` looks at."""
        return self.where(LEDGER)

    def where(self, file: str) -> Path | str:
        """Where a store is that has a file of that name in a folder."""
        return self.url or self.folder / file

    def has_ledger(self) -> bool:
        """Whether a ledger is there; raises Unreachable for a database that can't be asked."""
        return self.log.exists() if isinstance(self.log, Path) else has_table(self.log, "receipts")

    def ledger(self, gather_s: float | None = None) -> DatabaseLedger:
        """The ledger, made on first use; raises Unreachable."""
        if not self.url:
            return SqliteLedger(self.folder / LEDGER, gather_s, self.key)
        return DatabaseLedger(open_store(self.url, "ledger", FACTS, answer_s=WHOLE_S), self.key, gather_s)

    def accounts(self) -> Accounts:
        """The accounts of budgets, made on first use; raises Unreachable."""
        return Accounts(self.where(ACCOUNTS))

    def index(self, ledger: DatabaseLedger) -> ReceiptIndex:
        """The index of this place's ledger, made on first use and again where it was deleted; raises Unreachable."""
        return ReceiptIndex(ledger, self.where(INDEX))

    def money_sums(self, ledger: DatabaseLedger) -> MoneySums:
        """What the books need of each day, summed, in the same place as the index; raises Unreachable."""
        return MoneySums(ledger, self.where(INDEX))

    def windows(self) -> Windows:
        """The windows of limits per minute, in the same place as the accounts; raises Unreachable."""
        return Windows(self.where(ACCOUNTS))
