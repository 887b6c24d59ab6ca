"""How long a ledger keeps what: bodies of receipts go, entries, heads and sums by day stay."""
