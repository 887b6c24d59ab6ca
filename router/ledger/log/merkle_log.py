"""The log of one ledger: how it begins, its signed heads, its keys, and what it proves.

Invariant: whatever is signed was read in the transaction that keeps the signature; a proof is checked before it is
given out.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from router.errors import BadRequest, NotFound, ProofError
from router.ledger.db.database import Connection, Database
from router.ledger.log.append import Record, append, earlier, grown_to, span_hashes
from router.ledger.log.signing_key_file import KeyFile
from router.ledger.log.table_seals import covered, head_row, is_current, seal
from router.transparency.checkpoint import Checkpoint, parse_checkpoint
from router.transparency.entry import LOG, Entry, Kind, digest, parse_leaf
from router.transparency.note import Note, PublicKey, Signature, parse_note, parse_public_key, signed
from router.transparency.proof import Proof, pack_extra
from router.transparency.signing_keys import Tenure, follow, hand_over
from router.transparency.tree import consistency_path, inclusion_path, leaf_hash, root_of_inclusion


class Identity(NamedTuple):
    """The name of a log, the key that it began with, and the announcements of later ones."""

    origin: str
    first: PublicKey
    announcements: tuple[str, ...]
    earlier: Mapping[str, Any]

    @property
    def tenures(self) -> tuple[Tenure, ...]:
        """The keys in turn."""
        return follow(self.first, self.origin, self.announcements)


def identity(database: Connection) -> Identity:
    """Who a log says it is; raises ProofError where its first entry's record is gone."""
    if grown_to(database).size == 0:
        if database.execute("SELECT 1 FROM entries LIMIT 1").fetchone():
            raise ProofError("The log has entries, but the row of `tree`, from which it grows, was changed or removed.")
        raise ProofError("The log has not begun: its first entry comes with the first receipt.")
    rows = database.execute("SELECT entry, CAST(body AS BLOB) FROM notices ORDER BY entry").fetchall()
    if not rows or rows[0][0] != 0:
        # Nothing is written before entry 0, which every log begins with.
        raise ProofError("The log has no beginning: the record of entry 0 is missing.")
    try:
        fields, announcements = orjson.loads(rows[0][1]), tuple(body.decode() for _, body in rows[1:])
        return Identity(fields["origin"], parse_public_key(fields["key"]), announcements, dict(fields["earlier"]))
    except (ValueError, TypeError, KeyError, ProofError):
        raise ProofError("The log has no beginning: the record of entry 0 can't be read.") from None


class Log:
    """The log in a database; `key` is the file of the key, or None where that stays in memory."""

    def __init__(self, database: Database, key: Path | None) -> None:
        self.writing = database.writing
        self.reading = database.reading
        self.clock: Callable[[], datetime] = database.now
        self._keys = KeyFile(key)
        self.touched = False
        """Whether something was written through it that a head should cover, and no entry speaks of."""

    def begin(self, database: Connection) -> int:
        """The number of entries, inside the caller's transaction; an empty log gets its first, which names its key."""
        if (size := grown_to(database).size) == 0:
            key = self._keys.first().public
            fields = {"origin": key.name, "key": str(key), "earlier": earlier(database)}
            self._notice(database, "begun", key.name, orjson.dumps(fields))
        return size or 1

    def append(self, database: Connection, records: Sequence[Record]) -> None:
        """Write entries, inside the caller's transaction, after it has begun the log."""
        append(database, records, self._now())

    def identity(self) -> Identity:
        """The log's name and keys; raises ProofError for a log that has not begun."""
        with self.reading() as database:
            return identity(database)

    def head(self) -> Note:
        """The signed head of all entries, with what witnesses have added; raises ProofError where the key is gone."""
        return self._head()

    def sign_head(self) -> None:
        """Sign the head of a log that has begun; raises ProofError where its key is not there."""
        with self.reading() as database:
            begun = grown_to(database).size > 0
        if begun:
            self._head(with_ramps=True)

    def _head(self, *, with_ramps: bool = False) -> Note:
        with self.reading() as database:
            stored = _newest_head(database, grown_to(database).size)
            if stored and is_current(database, stored.text, with_ramps=with_ramps):
                return stored
        try:
            return self._signed_head()
        except ProofError:
            # All entries are covered, if not the latest of what stands beside them: better than nothing.
            if stored:
                return stored
            raise

    def _signed_head(self) -> Note:
        with self.writing() as database:
            self.begin(database)
            frontier, tenures = grown_to(database), identity(database).tenures
            key = self._keys.in_force(tenures[-1].key)
            text = Checkpoint(key.name, frontier.size, frontier.root()).text + covered(database).text
            note = signed(text, key)
            (id,) = database.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM heads").fetchone()  # noqa: A001
            database.execute("INSERT INTO heads (id, size, note) VALUES (?, ?, ?)", (id, frontier.size, str(note)))
            seal(database, [head_row(id, frontier.size, str(note), 0)])
        return note

    def prove(self, id: str, *, salts: bool = False) -> Proof:  # noqa: A002
        """The proof of a receipt; raises NotFound, or ProofError where the log is damaged. Salts open commitments."""
        with self.reading() as database:
            row = database.execute("SELECT body, entry, salts FROM receipts WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise NotFound(f"No receipt has the id {id!r}.", param="id")
        body, entry, opening = row
        if entry is None:
            raise NotFound(f"The receipt {id!r} was written before the log began: it has no proof.", param="id")
        if not body:
            with self.reading() as database:
                (kept,) = database.execute("SELECT leaf FROM entries WHERE seq = ?", (entry,)).fetchone() or (b"",)
            raise pruned_error(id, parse_leaf(bytes(kept)))
        head = self._head_over(entry)
        size = parse_checkpoint(head.text).size
        with self.reading() as database:
            path = span_hashes(database, inclusion_path(entry, size))
            (leaf,) = database.execute("SELECT leaf FROM entries WHERE seq = ?", (entry,)).fetchone() or (b"",)
            announcements = identity(database).announcements
        if root_of_inclusion(entry, size, leaf_hash(leaf), path) != parse_checkpoint(head.text).root:
            raise ProofError(f"Entry {entry} does not lead to the signed head: `fungible ledger verify` says why.")
        return Proof(entry, path, head, pack_extra(leaf, body, announcements, opening if salts else None))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """That the log of `new` entries begins with the log of `old`; raises BadRequest for sizes it never had."""
        with self.reading() as database:
            size = grown_to(database).size
            if not 0 <= old <= new <= size:
                raise BadRequest(f"The log has {size} entries: give 0 <= old <= new <= {size}.", param="old")
            return span_hashes(database, consistency_path(old, new))

    def rotate(self) -> PublicKey:
        """Announce a new key, signed by the old one, and sign with it from then on; raises ProofError."""
        with self.writing() as database:
            sequence = self.begin(database)
            who = identity(database)
            old = self._keys.in_force(who.tenures[-1].key)
            new = self._keys.next(who.origin).public
            announcement = hand_over(who.origin, sequence, new, old)
            self._notice(database, "key", str(new), str(announcement).encode())
        self._keys.settle()
        self.head()
        return new

    def add_signature(self, head: Note, signature: Signature) -> None:
        """Keep what a witness says of a head that this log signed."""
        size = parse_checkpoint(head.text).size
        with self.writing() as database:
            for id, written in database.execute("SELECT id, note FROM heads WHERE size = ?", (size,)).fetchall():  # noqa: A001
                note = parse_note(written)
                if note.text == head.text:
                    more = str(note.with_signature(signature))
                    database.execute("UPDATE heads SET note = ?, witnessed = 1 WHERE id = ?", (more, id))
                    seal(database, [head_row(id, size, more, 1)])

    def _head_over(self, entry: int) -> Note:
        """A head that covers an entry: the newest that a witness has signed, else the newest."""
        with self.reading() as database:
            row = database.execute(
                "SELECT note FROM heads WHERE size > ? ORDER BY witnessed DESC, size DESC, id DESC LIMIT 1", (entry,)
            ).fetchone()
        return parse_note(row[0]) if row else self.head()

    def _notice(self, database: Connection, kind: Kind, subject: str, body: bytes) -> None:
        database.execute("INSERT INTO notices VALUES (?, ?)", (grown_to(database).size, body))
        self.append(database, [Record(kind, LOG, subject, digest(body))])

    def _now(self) -> str:
        return self.clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pruned_error(id: str, entry: Entry) -> NotFound:  # noqa: A002
    """The error for a receipt whose body is gone, with what stays of it."""
    sentence = f"The receipt {id!r} was pruned: entry {entry.sequence} of the log keeps its SHA-256, {entry.body}."
    return NotFound(sentence, param="id")


def _newest_head(database: Connection, size: int) -> Note | None:
    question = "SELECT note FROM heads WHERE size = ? AND size > 0 ORDER BY id DESC LIMIT 1"
    row = database.execute(question, (size,)).fetchone()
    return parse_note(row[0]) if row else None
