"""Logs of requests in Parquet: exported from a ledger day by day, read again in batches, imported elsewhere."""
