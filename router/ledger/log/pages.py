"""The rows of a log, a page at a time, each with the record that it speaks of.

Invariant: a page is read in a few questions, whatever it holds; a record is found only where the entry names it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from router.ledger.db.database import WIDEST, Connection, among
from router.transparency.audit import Row
from router.transparency.entry import RECORDED, Entry, beside_record, beside_request, read_leaf

# Cast, since somebody may have overwritten bytes with text.
_PAGE = """
SELECT seq, CAST(leaf AS BLOB), CAST(hash AS BLOB) FROM entries WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?
"""
_RECEIPTS = "SELECT id, entry, CAST(body AS BLOB), CAST(salts AS BLOB) FROM receipts WHERE id IN ({})"
_REQUESTS = "SELECT seq, CAST(row AS BLOB) FROM requests WHERE seq IN ({})"
_EVENTS = "SELECT seq, CAST(body AS BLOB) FROM events WHERE seq IN ({})"
_RECORDS = "SELECT kind, seq, CAST(body AS BLOB), name FROM records WHERE seq IN ({})"
_NOTICES = "SELECT entry, CAST(body AS BLOB) FROM notices WHERE entry IN ({})"
_NUMBERED = ("policy", *RECORDED)
# Whatever somebody has written into a leaf, a database takes no larger numbers.
_LAST = 2**62
_NUMBER = re.compile("[0-9]{1,18}")
Kept = tuple[bytes | None, str | None]
"""A record, and the digest of what is kept beside it."""
NOTHING: Kept = (None, None)


def pages(database: Connection, size: int | None = None) -> Iterator[list[Row]]:
    """All entries with their records, in turn, or the first `size` of them."""
    after, end = -_LAST, _LAST if size is None else size
    while page := database.execute(_PAGE, (after, end, WIDEST)).fetchall():
        yield _with_records(database, page)
        after = page[-1][0] + 1


def _with_records(database: Connection, page: Sequence[Any]) -> list[Row]:
    rows = [(sequence, leaf, hash, read_leaf(leaf)) for sequence, leaf, hash in page]  # noqa: A001
    records = _records(database, [entry for *_, entry in rows if entry])
    return [
        Row(sequence, leaf, hash, entry, *(records.get(_name(entry), NOTHING) if entry else NOTHING))
        for sequence, leaf, hash, entry in rows  # noqa: A001
    ]


def _name(entry: Entry) -> object:
    """What a record goes by: a receipt by its id and its entry, the others by their numbers, each of its kind."""
    if entry.kind == "request":
        return entry.subject, entry.sequence
    return (entry.kind, entry.subject) if entry.kind in _NUMBERED else entry.sequence


def _records(database: Connection, entries: Sequence[Entry]) -> dict[object, Kept]:
    requests = [entry for entry in entries if entry.kind == "request"]
    kept = _receipts(database, requests)
    others = [entry for entry in entries if entry.kind != "request"]
    if not others:
        return kept
    policies = _numbers(entry for entry in others if entry.kind == "policy")
    kept.update({("policy", str(seq)): (body, None) for seq, body in among(database, _EVENTS, policies)})
    numbers = _numbers(entry for entry in others if entry.kind in RECORDED)
    for kind, seq, body, name in among(database, _RECORDS, numbers):
        kept[(kind, str(seq))] = (body, beside_record(str(name)))
    notices = (entry.sequence for entry in others if entry.kind not in _NUMBERED and 0 <= entry.sequence < _LAST)
    kept.update({entry: (body, None) for entry, body in among(database, _NOTICES, notices)})
    return kept


def _receipts(database: Connection, entries: Sequence[Entry]) -> dict[object, Kept]:
    """Receipts with the digest of their salts and packed requests, where entries say what that should be."""
    packed = dict(among(database, _REQUESTS, (entry.sequence for entry in entries if entry.beside is not None)))
    return {
        (id, entry): (body, beside_request(salts, packed.get(entry, b"")))
        for id, entry, body, salts in among(database, _RECEIPTS, (entry.subject for entry in entries))  # noqa: A001
    }


def _numbers(entries: Iterable[Entry]) -> Iterator[int]:
    return (int(entry.subject) for entry in entries if _NUMBER.fullmatch(entry.subject))
