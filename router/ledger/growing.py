"""How the log grows: entries, the nodes that they complete, and each key's count, in one transaction.

Invariant: the size, the frontier and the counts are read and advanced inside the transaction that writes the entries,
so any number of servers on one file grow one tree.
"""

import sqlite3
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from router.errors import ProofError
from router.proving.checkpoint import HASH
from router.proving.entry import Entry, Kind
from router.proving.tree import Frontier, leaf_hash, node_hash

STRIDE = 4
"""Every fourth level of the tree is stored: a proof computes those between from 8 hashes at most."""


class Record(NamedTuple):
    """What becomes an entry: `digest` is the SHA-256 of the record's bytes, which are kept elsewhere."""

    kind: Kind
    key: str
    subject: str
    digest: str
    prompt: str | None = None
    answer: str | None = None


def grown_to(database: sqlite3.Connection) -> Frontier:
    """The frontier of all entries."""
    row = database.execute("SELECT size, peaks FROM tree").fetchone()
    if row is None:
        return Frontier()
    size, peaks = row
    return Frontier(size, tuple(peaks[place : place + HASH] for place in range(0, len(peaks), HASH)))


def append(database: sqlite3.Connection, records: Sequence[Record], time: str) -> None:
    """Write an entry for each record; `time` is now, in UTC."""
    before, counts = grown_to(database), _Counts(database)
    entries = [
        Entry(kind, sequence, time, key, counts.next(key), subject, digest, prompt, answer)
        for sequence, (kind, key, subject, digest, prompt, answer) in enumerate(records, before.size)
    ]
    leaves = [entry.leaf() for entry in entries]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    after, nodes = before.grown(hashes, STRIDE)
    rows = zip(range(before.size, after.size), leaves, hashes, strict=True)
    database.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
    database.executemany("INSERT INTO nodes VALUES (?, ?, ?)", nodes)
    database.execute("INSERT OR REPLACE INTO tree VALUES (1, ?, ?)", (after.size, b"".join(after.peaks)))
    counts.write()


class _Counts:
    """How many entries each key has."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._counts: dict[str, int] = {}

    def next(self, key: str) -> int:
        """The number of a key's next entry."""
        if (count := self._counts.get(key)) is None:
            row = self._database.execute("SELECT count FROM keys WHERE key = ?", (key,)).fetchone()
            count = row[0] if row else 0
        self._counts[key] = count + 1
        return count

    def write(self) -> None:
        """Keep the new counts."""
        self._database.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?)", self._counts.items())


def subtrees(database: sqlite3.Connection) -> Callable[[int, int], bytes]:
    """The hashes of complete subtrees; it raises ProofError where a row that they need is gone."""

    def complete(level: int, position: int) -> bytes:
        if level % STRIDE:
            return node_hash(complete(level - 1, 2 * position), complete(level - 1, 2 * position + 1))
        row = database.execute(
            "SELECT hash FROM nodes WHERE level = ? AND position = ?"
            if level
            else "SELECT hash FROM entries WHERE ? = 0 AND seq = ?",
            (level, position),
        ).fetchone()
        if row is None:
            first, last = position << level, ((position + 1) << level) - 1
            raise ProofError(f"The log is damaged at entries {first} to {last}: `fungible ledger verify` says how.")
        return bytes(row[0])

    return complete


def earlier(database: sqlite3.Connection, last_event: int | None = None) -> dict[str, Any]:
    """What a file held before its log began: how many receipts, the last event, and one hash over all of them.

    The hash is SHA-256 over the SHA-256 of each receipt's bytes in the order of their ids, then of each event's.
    """
    whole, receipts = sha256(), 0
    if last_event is None:
        (last_event,) = database.execute("SELECT COALESCE(MAX(seq), 0) FROM events").fetchone()
    for (body,) in database.execute("SELECT CAST(body AS BLOB) FROM receipts WHERE entry IS NULL ORDER BY id"):
        whole.update(sha256(body).digest())
        receipts += 1
    for (body,) in database.execute("SELECT CAST(body AS BLOB) FROM events WHERE seq <= ? ORDER BY seq", (last_event,)):
        whole.update(sha256(body).digest())
    return {"receipts": receipts, "last_event": last_event, "hash": whole.hexdigest()}
