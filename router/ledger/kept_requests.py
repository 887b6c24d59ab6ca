"""Reads requests together with their receipts, a page at a time: what is exported of a ledger.

Invariant: a page is read in one question each, in the order of ids, which is that of time; requests of a version that
numbered them by themselves have no packed row here, and neither have receipts that fit in none.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from router.ids import first_id
from router.ledger.receipt_ledger import DatabaseLedger

AT_ONCE = 4096
_COLUMNS = "SELECT id, CAST(body AS BLOB), row FROM receipts LEFT JOIN requests ON requests.seq = receipts.entry"
_NEXT = f"{_COLUMNS} WHERE id > ? AND LENGTH(body) > 0 ORDER BY id LIMIT ?"
_NEXT_BEFORE = f"{_COLUMNS} WHERE id > ? AND id < ? AND LENGTH(body) > 0 ORDER BY id LIMIT ?"


class KeptRequest(NamedTuple):
    """A receipt with the packed row of its request, where it has one."""

    id: str
    body: bytes
    packed: bytes | None


class RequestPage(NamedTuple):
    """Some requests, with the words of the codes in their rows."""

    rows: list[KeptRequest]
    words: list[str]


def kept_requests(
    ledger: DatabaseLedger, since: datetime | None = None, until: datetime | None = None
) -> Iterator[RequestPage]:
    """The requests that are written, oldest first, from a time up to and without another."""
    ledger.flush()
    last, end = first_id(since) if since else "", (first_id(until),) if until else ()
    question = _NEXT_BEFORE if until else _NEXT
    while True:
        with ledger.database.reading() as database:
            found = database.execute(question, (last, *end, AT_ONCE)).fetchall()
            words = [word for (word,) in database.execute("SELECT word FROM words ORDER BY code")]
        rows = [KeptRequest(id, bytes(body), None if row is None else bytes(row)) for id, body, row in found]  # noqa: A001
        if rows:
            yield RequestPage(rows, words)
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id
