"""Records of the log other than receipts and policies: moves of ramps, pairs, clients' ratings.

Invariant: a record is written in the transaction of its entry, once for each kind and name.
"""

from collections.abc import Iterator

from router.ledger.db.database import Connection
from router.ledger.log.append import Record
from router.ledger.log.merkle_log import Log
from router.transparency.entry import Kind, beside_record, digest
from router.transparency.pruning import Pruning, parse_pruning


def note(database: Connection, log: Log, kind: Kind, key: str, name: str, body: bytes) -> int | None:
    """Write a record with its entry, inside the caller's transaction; gives its number, or None where it is there."""
    row = database.execute("SELECT 1 FROM records WHERE kind = ? AND name = ?", (kind, name)).fetchone()
    if row is not None:
        return None
    log.begin(database)
    (seq,) = database.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM records").fetchone()
    database.execute("INSERT INTO records (seq, kind, name, body) VALUES (?, ?, ?, ?)", (seq, kind, name, body))
    log.append(database, [Record(kind, key, str(seq), digest(body), beside=beside_record(name))])
    return int(seq)


def records(database: Connection, kind: Kind, after: int = 0) -> Iterator[tuple[int, str, bytes]]:
    """Every record of a kind: number, name and body, oldest first."""
    question = "SELECT seq, name, body FROM records WHERE kind = ? AND seq > ? ORDER BY seq"
    for seq, name, body in database.execute(question, (kind, after)):
        yield int(seq), str(name), bytes(body)


def prunings(database: Connection) -> dict[str, Pruning]:
    """Every pruning, by the digest of its record."""
    parsed = ((digest(body), parse_pruning(body)) for _, _, body in records(database, "prune"))
    return {name: pruning for name, pruning in parsed if pruning is not None}
