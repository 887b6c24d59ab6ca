"""The ledger: stores receipts for ever, with the configurations that their decisions were made under."""

from router.ledger.receipt_ledger import DatabaseLedger, Ledger, SqliteLedger

__all__ = ["DatabaseLedger", "Ledger", "SqliteLedger"]
