"""Seals: a chain of digests over the rows that no entry speaks of, whose end every signed head states.

Words, configurations, facts and heads are kept in tables of their own; each row has a seal, and whoever changes,
removes or inserts one breaks the chain or the match. What changes with time, as the state of ramps does, is hashed
whole into each head.

Invariant: a seal covers all before it; of several seals of one row the last counts.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Literal, NamedTuple

import orjson

SealKind = Literal["configuration", "word", "fact", "head"]
START = bytes(32)
_SEALS, _RAMPS = "fungible/seals/v1", "fungible/ramps/v1"


class Seal(NamedTuple):
    """The digest of a row, named by its table and its key there; `chain` is over this seal and all before it."""

    sequence: int
    kind: str
    name: str
    digest: bytes
    chain: bytes


class Covered(NamedTuple):
    """What a head covers besides the entries: how many seals, the end of their chain, and the state of ramps."""

    seals: int
    chain: bytes
    ramps: bytes

    @property
    def text(self) -> str:
        """The lines that follow a checkpoint, which who knows nothing of them passes over."""
        chain, ramps = b64encode(self.chain).decode(), b64encode(self.ramps).decode()
        return f"{_SEALS} {self.seals} {chain}\n{_RAMPS} {ramps}\n"


def chained(before: bytes, kind: str, name: str, digest: bytes) -> bytes:
    """The end of the chain with one seal more."""
    return sha256(before + orjson.dumps([kind, name, digest.hex()])).digest()


def parse_covered(text: str) -> Covered | None:
    """What the lines under a checkpoint say, or None where a head of an earlier version says nothing."""
    lines = dict(line.partition(" ")[::2] for line in text.splitlines())
    try:
        seals, chain = lines[_SEALS].split(" ")
        return Covered(int(seals), b64decode(chain, validate=True), b64decode(lines[_RAMPS], validate=True))
    except (KeyError, ValueError):
        return None


def parts_digest(*parts: bytes) -> bytes:
    """One digest over several parts, of which none can be shifted into the next."""
    return sha256(b"".join(sha256(part).digest() for part in parts)).digest()


def rows_digest(rows: Iterable[tuple[str, str, bytes]]) -> bytes:
    """One digest over rows of a kind, a name and bytes, in their order."""
    return sha256(b"".join(orjson.dumps([kind, name, data.hex()]) for kind, name, data in rows)).digest()


ADDED = 2**256


class Units(NamedTuple):
    """How many units a split has seen, and the sum of their hashes: the same in whatever order they came."""

    number: int
    seen: int = 0
    total: int = 0

    def with_unit(self, unit: str) -> "Units":
        """With one unit more."""
        hash_ = int.from_bytes(sha256(orjson.dumps([self.number, unit])).digest(), "big")
        return Units(self.number, self.seen + 1, (self.total + hash_) % ADDED)

    def packed(self) -> bytes:
        """As it is kept."""
        return self.number.to_bytes(8, "big") + self.seen.to_bytes(8, "big") + self.total.to_bytes(32, "big")


def unpack_units(data: bytes) -> Units:
    """What was packed."""
    return Units(*(int.from_bytes(data[begin:end], "big") for begin, end in ((0, 8), (8, 16), (16, 48))))
