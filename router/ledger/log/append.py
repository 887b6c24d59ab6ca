"""How the log grows: entries, the nodes that they complete, and each key's count, in one transaction.

Invariant: the size, the frontier and the counts are read and advanced inside the transaction that writes the entries,
so any number of servers of one ledger grow one tree.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from router.errors import ProofError
from router.ledger.db.database import Connection, among
from router.transparency.checkpoint import HASH
from router.transparency.entry import Entry, Kind
from router.transparency.tree import Complete, Frontier, Span, leaf_hash, node_hash, span_hash

STRIDE = 4
"""Every fourth level of the tree is stored: a proof computes those between from 8 hashes at most."""

_TREE = """
INSERT INTO tree VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET size = excluded.size, peaks = excluded.peaks
"""
_COUNT = "INSERT INTO keys VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET count = excluded.count"


class Record(NamedTuple):
    """What becomes an entry: `digest` is the SHA-256 of the record's bytes, which are kept elsewhere."""

    kind: Kind
    key: str
    subject: str
    digest: str
    prompt: str | None = None
    answer: str | None = None
    beside: str | None = None


def grown_to(database: Connection) -> Frontier:
    """The frontier of all entries."""
    row = database.execute("SELECT size, peaks FROM tree").fetchone()
    if row is None:
        return Frontier()
    size, peaks = row
    return Frontier(size, tuple(peaks[place : place + HASH] for place in range(0, len(peaks), HASH)))


def append(database: Connection, records: Sequence[Record], time: str) -> None:
    """Write an entry for each record; `time` is now, in UTC."""
    before = grown_to(database)
    counts = counted(database, {record.key for record in records})
    leaves = []
    for sequence, (kind, key, subject, digest, prompt, answer, beside) in enumerate(records, before.size):
        leaves.append(
            Entry(
                kind=kind,
                sequence=sequence,
                time=time,
                key=key,
                key_sequence=counts[key],
                subject=subject,
                body=digest,
                prompt=prompt,
                answer=answer,
                beside=beside,
            ).leaf()
        )
        counts[key] += 1
    hashes = list(map(leaf_hash, leaves))
    after, nodes = before.grown(hashes, STRIDE)
    rows = zip(range(before.size, after.size), leaves, hashes, strict=True)
    database.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
    if nodes:
        database.executemany("INSERT INTO nodes VALUES (?, ?, ?)", nodes)
    database.execute(_TREE, (after.size, b"".join(after.peaks)))
    database.executemany(_COUNT, counts.items())


def counted(database: Connection, keys: Iterable[str]) -> Counter[str]:
    """How many entries each of these keys has."""
    return Counter(dict(among(database, "SELECT key, count FROM keys WHERE key IN ({})", keys)))


def span_hashes(database: Connection, spans: Sequence[Span]) -> tuple[bytes, ...]:
    """The hashes of spans, from what is stored; raises ProofError where a row that they need is gone."""
    wanted: dict[int, list[int]] = defaultdict(list)

    def want(level: int, position: int) -> bytes:
        wanted[level].append(position)
        return b""

    def kept(level: int, position: int) -> bytes:
        if (hash_ := stored.get((level, position))) is None:
            first, last = position << level, ((position + 1) << level) - 1
            raise ProofError(f"The log is damaged at entries {first} to {last}: `fungible ledger verify` says how.")
        return hash_

    for span in spans:
        span_hash(span, _from_stored(want))
    # All at once, since each question may cross a network.
    stored = {
        (level, position): bytes(hash)
        for level, positions in wanted.items()
        for position, hash in stored_at(database, level, positions)  # noqa: A001
    }
    return tuple(span_hash(span, _from_stored(kept)) for span in spans)


def stored_at(database: Connection, level: int, positions: Sequence[int]) -> Iterator[Any]:
    """Position and hash of those complete subtrees of a level that are stored; on level 0, of leaves."""
    if level:
        return among(
            database, "SELECT position, hash FROM nodes WHERE level = ? AND position IN ({})", positions, level
        )
    return among(database, "SELECT seq, hash FROM entries WHERE seq IN ({})", positions)


def _from_stored(stored: Complete) -> Complete:
    """Any complete subtree, from those of the levels that are stored."""

    def complete(level: int, position: int) -> bytes:
        if level % STRIDE:
            return node_hash(complete(level - 1, 2 * position), complete(level - 1, 2 * position + 1))
        return stored(level, position)

    return complete


def earlier(database: Connection, last_event: int | None = None, *, receipts_too: bool = True) -> dict[str, Any]:
    """What a file held before its log began: how many receipts, the last event, and one hash over all of them.

    The hash is SHA-256 over the SHA-256 of each receipt's bytes in the order of their ids, then of each event's.
    Receipts are looked for unless it is known that there are none: that goes through all of them.
    """
    whole, receipts = sha256(), 0
    if last_event is None:
        (last_event,) = database.execute("SELECT COALESCE(MAX(seq), 0) FROM events").fetchone()
    older = "SELECT CAST(body AS BLOB) FROM receipts WHERE entry IS NULL ORDER BY id"
    for (body,) in database.execute(older) if receipts_too else ():
        whole.update(sha256(body).digest())
        receipts += 1
    for (body,) in database.execute("SELECT CAST(body AS BLOB) FROM events WHERE seq <= ? ORDER BY seq", (last_event,)):
        whole.update(sha256(body).digest())
    return {"receipts": receipts, "last_event": last_event, "hash": whole.hexdigest()}
