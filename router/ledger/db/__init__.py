"""The databases that a ledger may be kept in: SQLite files, or PostgreSQL."""
