"""The rows of a log, a page at a time, each with the record that it speaks of.

Invariant: a page is read in a few questions, whatever it holds; a record is found only where the entry names it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from router.ledger.db.database import WIDEST, Connection, among
from router.transparency.audit import Row
from router.transparency.entry import Entry, read_leaf

# Cast, since somebody may have overwritten bytes with text.
_PAGE = """
SELECT seq, CAST(leaf AS BLOB), CAST(hash AS BLOB) FROM entries WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?
"""
_RECEIPTS = "SELECT id, entry, CAST(body AS BLOB) FROM receipts WHERE id IN ({})"
_EVENTS = "SELECT seq, CAST(body AS BLOB) FROM events WHERE seq IN ({})"
_RECORDS = "SELECT kind, seq, CAST(body AS BLOB) FROM records WHERE seq IN ({})"
_NOTICES = "SELECT entry, CAST(body AS BLOB) FROM notices WHERE entry IN ({})"
_NUMBERED = ("policy", "ramp", "pair", "feedback", "caller")
# Whatever somebody has written into a leaf, a database takes no larger numbers.
_LAST = 2**62
_NUMBER = re.compile("[0-9]{1,18}")


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
        Row(sequence, leaf, hash, entry, entry and records.get(_name(entry)))
        for sequence, leaf, hash, entry in rows  # noqa: A001
    ]


def _name(entry: Entry) -> object:
    """What a record goes by: a receipt by its id and its entry, the others by their numbers, each of its kind."""
    if entry.kind == "request":
        return entry.subject, entry.sequence
    return (entry.kind, entry.subject) if entry.kind in _NUMBERED else entry.sequence


def _records(database: Connection, entries: Sequence[Entry]) -> dict[object, bytes]:
    requests = (entry.subject for entry in entries if entry.kind == "request")
    bodies: dict[object, bytes] = {(id, entry): body for id, entry, body in among(database, _RECEIPTS, requests)}  # noqa: A001
    others = [entry for entry in entries if entry.kind != "request"]
    if not others:
        return bodies
    policies = _numbers(entry for entry in others if entry.kind == "policy")
    bodies.update({("policy", str(seq)): body for seq, body in among(database, _EVENTS, policies)})
    numbers = _numbers(entry for entry in others if entry.kind in _NUMBERED and entry.kind != "policy")
    bodies.update({(kind, str(seq)): body for kind, seq, body in among(database, _RECORDS, numbers)})
    notices = (entry.sequence for entry in others if entry.kind not in _NUMBERED and 0 <= entry.sequence < _LAST)
    bodies.update(dict(among(database, _NOTICES, notices)))
    return bodies


def _numbers(entries: Iterable[Entry]) -> Iterator[int]:
    return (int(entry.subject) for entry in entries if _NUMBER.fullmatch(entry.subject))
