"""API keys: issuing, storing in the ledger, and authenticating requests."""
