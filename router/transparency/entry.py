"""An entry (leaf) of the log: small, canonical JSON, bound to the full record by a hash.

Invariant: the bytes of a leaf are RFC 8785 canonical JSON of the entry; the record itself, a receipt say, is kept as
the very bytes whose SHA-256 the entry states.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal, NamedTuple

import orjson
import rfc8785

from router.errors import ProofError

Kind = Literal[
    "begun",
    "request",
    "policy",
    "key",
    "ramp",
    "pair",
    "feedback",
    "caller",
    "acknowledgement",
    "admin",
    "attempt",
    "swap",
    "candidate",
    "prune",
]
RECORDED: frozenset[Kind] = frozenset(
    {"ramp", "pair", "feedback", "caller", "acknowledgement", "admin", "attempt", "swap", "candidate", "prune"}
)
"""Kinds that are kept as records of their own; receipts and policies have other tables."""
ANONYMOUS, POLICY, LOG, RAMP, CALLER = "anonymous", "policy", "log", "ramp", "caller"
"""Under which key entries are counted that belong to no client's key."""


class Entry(NamedTuple):
    """The `sequence`-th entry of the log, from 0, and the `key_sequence`-th of its key, from 0.

    `time` is when it was written, in UTC; `subject` names the record (a receipt's id, an event's number) and `body` is
    its SHA-256 in hexadecimal. `prompt` and `answer` are salted commitments, or None where there are none. `beside` is
    a digest of what is kept beside the record (a receipt's salts and packed request, a record's name), or None in
    entries of versions that had none. A named tuple, since one is made for each request: a frozen dataclass costs five
    times as much.
    """

    kind: Kind
    sequence: int
    time: str
    key: str
    key_sequence: int
    subject: str
    body: str
    prompt: str | None = None
    answer: str | None = None
    beside: str | None = None

    def leaf(self) -> bytes:
        """The canonical bytes.

        Names are ASCII and sorted, values are texts and small whole numbers: these orjson spells as RFC 8785 does, and
        twenty times as fast as the library that verifiers use; a test holds the two together.
        """
        beside = {} if self.beside is None else {"beside": self.beside}
        return orjson.dumps(
            {
                "answer": self.answer,
                **beside,
                "body": self.body,
                "key": self.key,
                "key_sequence": self.key_sequence,
                "kind": self.kind,
                "prompt": self.prompt,
                "sequence": self.sequence,
                "subject": self.subject,
                "time": self.time,
            }
        )


def canonical(fields: Mapping[str, Any]) -> bytes:
    """The canonical leaf of an entry given as fields in any order; raises ProofError."""
    try:
        return rfc8785.dumps(dict(fields))
    except rfc8785.CanonicalizationError as error:
        raise ProofError(f"The entry has no canonical form: {error}.") from None


def parse_leaf(leaf: bytes) -> Entry:
    """The entry of a leaf; raises ProofError where it is none, or not in its canonical form."""
    if (entry := read_leaf(leaf)) is None:
        raise ProofError("That is no entry in its canonical form.")
    return entry


def read_leaf(leaf: bytes) -> Entry | None:
    """The entry of a leaf, or None where it is none, or not in its canonical form."""
    try:
        fields = orjson.loads(leaf)
        entry = Entry(**fields)
    except (ValueError, TypeError):
        return None
    kind, sequence, time, key, key_sequence, subject, body, _, _, beside = entry
    texts = type(kind) is type(time) is type(key) is type(subject) is type(body) is type(beside or "") is str
    numbers = type(sequence) is type(key_sequence) is int
    # As `leaf` spells it, with none of its names left out.
    same = len(fields) == len(entry) - (beside is None) and orjson.dumps(fields, option=orjson.OPT_SORT_KEYS) == leaf
    return entry if texts and numbers and same else None


def digest(body: bytes) -> str:
    """What an entry states of its record."""
    return sha256(body).hexdigest()


def beside_request(salts: bytes | None, packed: bytes) -> str:
    """What an entry states of the salts of a receipt and of the row that replays decide from."""
    salts = salts or b""
    return sha256(bytes([len(salts)]) + salts + packed).hexdigest()


def beside_record(name: str) -> str:
    """What an entry states of the name that a record is kept under."""
    return digest(name.encode())
