"""Where receipts are kept, for ever, with the configurations that their decisions were made under."""

from router.ledger.sqlite import Ledger, SqliteLedger

__all__ = ["Ledger", "SqliteLedger"]
