"""Seals rows of the ledger that no entry speaks of, in the transaction that writes them.

Invariant: a row and its seal are written together; a head states the end of the chain as it was when it was signed.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from router.ledger.db.database import Connection
from router.transparency.entry import digest
from router.transparency.seals import START, Covered, Seal, SealKind, chained, parse_covered, parts_digest, rows_digest

_LAST = "SELECT seq, chain FROM seals ORDER BY seq DESC LIMIT 1"
_SINCE = "SELECT 1 FROM seals WHERE seq > ? AND kind <> 'head' LIMIT 1"
# PostgreSQL keeps no NUL in a text.
_NUL, _SYMBOL = "\0", "\N{SYMBOL FOR NULL}"
Sealed = tuple[SealKind, str, bytes]


def seal(database: Connection, rows: Sequence[Sealed]) -> None:
    """Seal rows, each given by its kind, its name and its digest; the last seal of a row counts."""
    if not rows:
        return
    last, chain = end_of(database)
    seals = []
    for sequence, (kind, name, digest_) in enumerate(rows, last + 1):
        chain = chained(chain, kind, name, digest_)
        seals.append(Seal(sequence, kind, name, digest_, chain))
    database.executemany("INSERT INTO seals VALUES (?, ?, ?, ?, ?)", seals)


def end_of(database: Connection) -> tuple[int, bytes]:
    """The number of the last seal, and the chain over all of them."""
    row = database.execute(_LAST).fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, START)


def covered(database: Connection) -> Covered:
    """What a head that is signed now covers besides the entries."""
    return Covered(*end_of(database), ramps_digest(database))


def ramps_digest(database: Connection) -> bytes:
    """The state of all ramps, as one digest."""
    rows = database.execute("SELECT kind, name, digest FROM ramp_sums ORDER BY kind, name").fetchall()
    return rows_digest((kind, name, bytes(data)) for kind, name, data in rows)


def is_current(database: Connection, text: str, *, with_ramps: bool = False) -> bool:
    """Whether a head covers what is there now; seals of heads, which follow each head, do not count."""
    said = parse_covered(text)
    if said is None or database.execute(_SINCE, (said.seals,)).fetchone():
        return False
    return not with_ramps or said.ramps == ramps_digest(database)


def word_row(code: int, word: str) -> Sealed:
    """The seal of a word."""
    return "word", str(code), parts_digest(str(word).replace(_NUL, _SYMBOL).encode(errors="replace"))


def configuration_row(revision: str, body: bytes, texts: bytes) -> Sealed:
    """The seal of a configuration."""
    return "configuration", revision, parts_digest(body, texts)


def fact_row(name: str, value: bytes) -> Sealed:
    """The seal of a fact."""
    return "fact", name, parts_digest(value)


def head_row(id: int, size: int, note: str, witnessed: int) -> Sealed:  # noqa: A002
    """The seal of a head with the signatures that it has."""
    return "head", str(id), parts_digest(f"{size} {witnessed}".encode(), str(note).encode(errors="replace"))


def rows_to_seal(database: Connection) -> Iterable[Sealed]:
    """Every row that has a seal, or should have."""
    for revision, body, texts in _all(
        database, "revision, CAST(body AS BLOB), CAST(texts AS BLOB) FROM configurations"
    ):
        yield configuration_row(revision, bytes(body), bytes(texts))
    for code, word in _all(database, "code, word FROM words"):
        yield word_row(code, word)
    for name, value in _all(database, "name, CAST(value AS BLOB) FROM facts"):
        yield fact_row(name, bytes(value))
    for id, size, note, witnessed in _all(database, "id, size, CAST(note AS TEXT), witnessed FROM heads"):  # noqa: A001
        yield head_row(id, size, note, witnessed)


def digest_of_state(body: bytes) -> bytes:
    """The sum of one ramp's state."""
    return bytes.fromhex(digest(body))


def _all(database: Connection, columns: str) -> Iterable[Any]:
    return database.execute(f"SELECT {columns} ORDER BY 1")
