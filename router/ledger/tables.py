"""The tables of a ledger, and how a file that was written by an earlier version gets them.

Invariant: what an older file lacks is added, and tables that are there stay as they are.
"""

from collections.abc import Iterator

from router.ledger.db.database import Connection

PAGE = 16384
"""Bytes: five receipts to a page, where smaller pages would waste a quarter of each on what no longer fits."""

FACTS = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""
"""What is there before anything else: it holds the version of the tables."""

TABLES = """
-- Not WITHOUT ROWID, as earlier versions had it: that sends most of each body to a page of its own.
CREATE TABLE IF NOT EXISTS receipts (id TEXT PRIMARY KEY NOT NULL, body BLOB NOT NULL, entry INTEGER, salts BLOB);
CREATE TABLE IF NOT EXISTS configurations
    (revision TEXT PRIMARY KEY, body BLOB NOT NULL, texts BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS requests (seq INTEGER PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS words (code INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS records
    (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (kind, name));
CREATE TABLE IF NOT EXISTS ramps (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ramp_units
    (ramp TEXT, number INTEGER, unit TEXT, PRIMARY KEY (ramp, number, unit)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ramp_sums
    (kind TEXT, name TEXT, digest BLOB NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;

-- The log: its leaves, every STRIDE-th level of complete subtrees, what it takes to grow, and each key's count.
CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS nodes
    (level INTEGER, position INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tree
    (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, peaks BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
-- The records of entries that are in no other table: how the log began, and each new key.
CREATE TABLE IF NOT EXISTS notices (entry INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS heads
    (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL, witnessed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS heads_by_size ON heads (size);
-- The seals of rows that no entry speaks of.
CREATE TABLE IF NOT EXISTS seals
    (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL, chain BLOB NOT NULL);
"""
_ADDED = ("entry INTEGER", "salts BLOB")


def statements(tables: str) -> Iterator[str]:
    """One after another; none of them holds a semicolon."""
    return (statement for statement in tables.split(";") if statement.strip())


def complete(database: Connection) -> None:
    """Give the receipts of an older file the columns that they lack; what was there before the log has no entry."""
    there = {name for _, name, *_ in database.execute("PRAGMA table_info(receipts)")}
    for column in _ADDED:
        if column.split()[0] not in there:
            database.execute(f"ALTER TABLE receipts ADD COLUMN {column}")
