"""Verifies a ledger's file, row by row, and the heads that it and others have kept.

Invariant: nothing is written, and one state of the file is read from beginning to end, however many servers write.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import orjson

from router.errors import ProofError
from router.ledger.growing import STRIDE, earlier, grown_to
from router.ledger.log import Identity, identity
from router.proving.audit import Audit, Row
from router.proving.entry import Entry
from router.proving.finding import Finding
from router.proving.heads import Head, hold_against, parse_head
from router.proving.keys import follow
from router.proving.note import PublicKey
from router.proving.tree import Node

STEP = 1000
_RECORDS = {
    "request": "SELECT CAST(body AS BLOB) FROM receipts WHERE id = ? AND entry = ?",
    "policy": "SELECT CAST(body AS BLOB) FROM events WHERE seq = ? AND ? > 0",
    "ramp": "SELECT CAST(body AS BLOB) FROM records WHERE seq = ? AND kind = 'ramp' AND ? > 0",
    "pair": "SELECT CAST(body AS BLOB) FROM records WHERE seq = ? AND kind = 'pair' AND ? > 0",
    "feedback": "SELECT CAST(body AS BLOB) FROM records WHERE seq = ? AND kind = 'feedback' AND ? > 0",
}
_STRAYS = """
    SELECT id, entry, CAST(leaf AS BLOB) FROM receipts LEFT JOIN entries ON seq = entry WHERE entry IS NOT NULL
"""
_NOTICE = "SELECT CAST(body AS BLOB) FROM notices WHERE ? <> '' AND entry = ?"


class Verified(NamedTuple):
    """What a verification went through, and what it found wrong."""

    origin: str
    size: int
    root: bytes
    heads: int
    findings: tuple[Finding, ...]


def verify_file(
    path: Path,
    saved: Sequence[Head] = (),
    trusted: PublicKey | None = None,
    advance: Callable[[int], object] = id,
) -> Verified:
    """Verify a ledger; `saved` are heads kept elsewhere, `trusted` the key known from elsewhere, else the log's word.

    `advance` is told of every `STEP` entries. Raises ProofError for a file whose log has not begun.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.execute("BEGIN")
        try:
            return _verify(database, saved, trusted, advance)
        except sqlite3.DatabaseError as error:
            if "no such table" in str(error):
                raise ProofError(f"{path} has no log yet: it begins when a server of this version opens it.") from None
            raise ProofError(f"{path} is damaged, or no ledger: {error}.") from None


def _verify(
    database: sqlite3.Connection, saved: Sequence[Head], trusted: PublicKey | None, advance: Callable[[int], object]
) -> Verified:
    who = identity(database)
    heads = [*_kept_heads(database), *saved]
    audit = Audit(STRIDE, {head.checkpoint.size for head in heads})
    seen = _go_through(database, audit, advance)
    kept = grown_to(database)
    audit.end(kept.size)
    if not audit.findings and (audit.frontier != kept or audit.counts != _counts(database)):
        audit.tell("changed", "What the log needs to grow was changed: its frontier, or the counts of its keys.")
    _tell_strays(database, audit, seen, kept.size)
    _compare_earlier(database, audit, who, seen)
    tenures = follow(trusted or who.first, who.origin, who.announcements)
    found = hold_against(heads, audit.roots, audit.size, tenures, whole=audit.whole)
    return Verified(who.origin, audit.size, audit.frontier.root(), len(heads), (*audit.findings, *found))


def rows(database: sqlite3.Connection, size: int | None = None) -> Iterator[Row]:
    """Every entry with its record, in turn, or the first `size` of them."""
    # Cast, since another hand may have written texts where bytes stood.
    question = "SELECT seq, CAST(leaf AS BLOB), CAST(hash AS BLOB) FROM entries ORDER BY seq LIMIT ?"
    for sequence, leaf, hash in database.execute(question, (-1 if size is None else size,)):  # noqa: A001
        yield Row(sequence, leaf, hash, _body(database, leaf))


def _body(database: sqlite3.Connection, leaf: bytes) -> bytes | None:
    """The record that an entry names, wherever it is kept."""
    try:
        told = orjson.loads(leaf)
        question, names = _RECORDS.get(told["kind"], _NOTICE), (str(told["subject"]), int(told["sequence"]))
    except (ValueError, TypeError, KeyError):
        return None
    row = database.execute(question, names).fetchone()
    return row[0] if row else None


class _Seen:
    """The records that entries speak of."""

    def __init__(self) -> None:
        self.receipts = 0
        self.events: set[str] = set()

    def note(self, entry: Entry) -> None:
        """Count one."""
        self.receipts += entry.kind == "request"
        if entry.kind == "policy":
            self.events.add(entry.subject)


def _go_through(database: sqlite3.Connection, audit: Audit, advance: Callable[[int], object]) -> _Seen:
    """Feed every row, and compare the nodes up to the first that differs."""
    seen, compared = _Seen(), True
    for row in rows(database):
        entry, nodes = audit.row(row)
        if entry is not None and row.body is not None:
            seen.note(entry)
        if compared and (wrong := _wrong_node(database, nodes)) is not None:
            first, last = wrong
            told = f"Entries {first} to {last} do not hash to what the log kept: one of them was changed."
            audit.tell("changed", told, first)
            compared = False
        if row.sequence % STEP == 0:
            advance(STEP)
    return seen


def _wrong_node(database: sqlite3.Connection, nodes: Sequence[Node]) -> tuple[int, int] | None:
    """The first and last entry under a node that is not what was kept."""
    for level, position, hash in nodes:  # noqa: A001
        question = "SELECT hash FROM nodes WHERE level = ? AND position = ?"
        if database.execute(question, (level, position)).fetchone() != (hash,):
            return position << level, ((position + 1) << level) - 1
    return None


def _tell_strays(database: sqlite3.Connection, audit: Audit, seen: _Seen, size: int) -> None:
    """Receipts and events that no entry speaks of were put in by another hand."""
    (count,) = database.execute("SELECT COUNT(*) FROM receipts WHERE entry IS NOT NULL").fetchone()
    if count > seen.receipts:
        for id, entry, leaf in database.execute(_STRAYS):  # noqa: A001
            if entry >= size or (leaf is not None and f'"{id}"'.encode() not in leaf):
                audit.tell("inserted", f"The receipt {id} was inserted: entry {entry} does not speak of it.", entry)


def _compare_earlier(database: sqlite3.Connection, audit: Audit, who: Identity, seen: _Seen) -> None:
    """What was there before the log began has one hash over all of it."""
    last = who.earlier.get("last_event", 0)
    if earlier(database, last) != who.earlier:
        audit.tell("changed", "A receipt or an event from before the log began was changed, removed or inserted.", 0)
    for (seq,) in database.execute("SELECT seq FROM events WHERE seq > ? ORDER BY seq", (last,)):
        if str(seq) not in seen.events and audit.whole:
            audit.tell("inserted", f"The event {seq} was inserted: no entry speaks of it.")


def _kept_heads(database: sqlite3.Connection) -> list[Head]:
    return [
        parse_head("the ledger", note)
        for (note,) in database.execute("SELECT CAST(note AS TEXT) FROM heads ORDER BY id")
    ]


def _counts(database: sqlite3.Connection) -> dict[str, int]:
    return dict(database.execute("SELECT key, count FROM keys"))
