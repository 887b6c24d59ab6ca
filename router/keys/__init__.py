"""API keys: who may ask, for what, and how much; made by people, kept in the ledger, looked up in memory."""
