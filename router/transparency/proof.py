"""Inclusion proofs (C2SP tlog-proof): one file that proves one entry offline, given the log's public key.

Invariant: nothing in the file is trusted: the entry is hashed again, the record is compared with the entry, and the
head is checked with the reader's own key.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from router.errors import ProofError
from router.transparency.checkpoint import HASH, Checkpoint, parse_checkpoint, witnessed
from router.transparency.commitments import SALT, commitment
from router.transparency.entry import Entry, canonical, digest, parse_leaf
from router.transparency.note import Note, PublicKey, parse_note
from router.transparency.signing_keys import follow, key_of
from router.transparency.tree import leaf_hash, root_of_inclusion

_TITLE = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """The place of an entry, the hashes from its sibling up, a signed head, and what the leaf is made of."""

    index: int
    path: tuple[bytes, ...]
    head: Note
    extra: bytes = b""

    def __str__(self) -> str:
        extra = [f"extra {b64encode(self.extra).decode()}"] if self.extra else []
        hashes = [b64encode(hash_).decode() for hash_ in self.path]
        return "\n".join([_TITLE, *extra, f"index {self.index}", *hashes, "", str(self.head)])


class Shown(NamedTuple):
    """What a proof has shown: the entry and its record, under a head; which witnesses saw that head, and when.

    `salts` open the commitments, where the file has them.
    """

    entry: Entry
    body: str
    checkpoint: Checkpoint
    key: PublicKey
    witnesses: Mapping[str, int]
    salts: bytes | None

    def prompt_is(self, text: bytes) -> bool:
        """Whether that is the prompt; raises ProofError where the file lacks what that needs."""
        return _opens(self.entry.prompt, self.salts and self.salts[:SALT], text)

    def answer_is(self, text: bytes) -> bool:
        """Whether that is the answer; raises ProofError where the file lacks what that needs."""
        return _opens(self.entry.answer, self.salts and self.salts[SALT:], text)


def pack_extra(leaf: bytes, body: bytes, announcements: Sequence[str], salts: bytes | None = None) -> bytes:
    """What a verifier needs besides the proof: the entry, the record's very bytes, the keys since the first."""
    parts = {"entry": orjson.loads(leaf), "body": body.decode(), "keys": announcements}
    return orjson.dumps(parts | ({"salts": salts.hex()} if salts else {}))


def parse_proof(written: str) -> Proof:
    """A proof from its lines; raises ProofError."""
    top, gap, head = written.partition("\n\n")
    title, *lines = top.split("\n")
    extra = lines.pop(0).removeprefix("extra ") if lines and lines[0].startswith("extra ") else ""
    if title != _TITLE or not gap or not lines or not lines[0].startswith("index "):
        raise ProofError(f"That is no proof: it does not begin with {_TITLE} and an index.")
    try:
        index = int(lines[0].removeprefix("index "))
        path = tuple(b64decode(line, validate=True) for line in lines[1:])
        proof = Proof(index, path, parse_note(head), b64decode(extra, validate=True))
    except ValueError:
        raise ProofError("The proof is damaged: its numbers or hashes cannot be read.") from None
    if any(len(hash_) != HASH for hash_ in path) or str(proof) != written:
        raise ProofError("The proof is damaged: it is not written as such a proof is.")
    return proof


def verify(proof: Proof, trusted: PublicKey, witnesses: Sequence[PublicKey] = ()) -> Shown:
    """Check every step from the record up to the trusted key; raises ProofError with the first that fails."""
    extra = _parse_extra(proof.extra)
    leaf, body = canonical(extra["entry"]), extra["body"]
    entry, head = parse_leaf(leaf), parse_checkpoint(proof.head.text)
    if digest(body.encode()) != entry.body:
        raise ProofError(f"The record is not the one that entry {entry.sequence} was written for: it was changed.")
    if entry.sequence != proof.index:
        raise ProofError(f"The entry says that it is entry {entry.sequence}, the proof says {proof.index}.")
    key = key_of(head.size, follow(trusted, head.origin, extra["keys"]))
    if key.name != head.origin or not proof.head.signed_by(key):
        raise ProofError(f"The head of {head.origin} is not signed by {key.name}+{key.id.hex()}, nor by its successor.")
    if root_of_inclusion(proof.index, head.size, leaf_hash(leaf), proof.path) != head.root:
        raise ProofError(f"Entry {proof.index} is not in the log that the head of {head.size} entries stands for.")
    seen = {witness.name: witnessed(proof.head, witness) for witness in witnesses}
    return Shown(entry, body, head, key, {name: at for name, at in seen.items() if at is not None}, extra["salts"])


def _parse_extra(extra: bytes) -> dict[str, Any]:
    """The parts of `extra`, each of its type; raises ProofError."""
    try:
        fields = orjson.loads(extra)
        salts = bytes.fromhex(fields["salts"]) if "salts" in fields else None
        parts = {"entry": dict(fields["entry"]), "body": fields["body"], "keys": list(fields["keys"]), "salts": salts}
    except (ValueError, TypeError, KeyError):
        parts = {"body": None, "keys": []}
    if not isinstance(parts["body"], str) or not all(isinstance(announcement, str) for announcement in parts["keys"]):
        raise ProofError("The proof lacks what it proves: its `extra` line has no entry and no record.")
    return parts


def _opens(commitment_: str | None, salt: bytes | None, text: bytes) -> bool:
    if commitment_ is None or not salt:
        raise ProofError("The file has no salt, or the entry no commitment: ask for a proof with salts.")
    return commitment(salt, text) == commitment_
