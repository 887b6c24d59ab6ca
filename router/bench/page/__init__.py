"""How fast the page is over a large ledger: its read routes, the traffic beside it, and its first paint."""
