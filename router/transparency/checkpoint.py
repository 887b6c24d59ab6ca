"""Checkpoints (C2SP tlog-checkpoint), the signed heads of a log, and witnesses' cosignatures (tlog-cosignature).

Invariant: a checkpoint names one log, one size and one root; whoever signs two roots for one size is caught by anybody
who holds both.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass

from router.errors import ProofError
from router.transparency.note import WITNESS, Note, PublicKey, SecretKey, Signature

HASH = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's name, how many entries it has, and the root of their tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text, whose further lines mean nothing here; raises ProofError."""
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), b64decode(lines[2], validate=True)
    except (ValueError, IndexError):
        origin, size, root = "", 0, b""
    checkpoint = Checkpoint(origin, size, root)
    if not origin or len(root) != HASH or size < 0 or not text.startswith(checkpoint.text):
        raise ProofError("That is no checkpoint: the log's name, its size, and its root in base64.")
    return checkpoint


def cosign(note: Note, key: SecretKey, second: int) -> Signature:
    """A witness's signature, at a second since 1970: that it saw this head, and none that contradicts it."""
    blob = second.to_bytes(8, "big") + key.sign(_cosigned(note, second))
    return Signature(key.name, key.public.id, blob)


def witnessed(note: Note, key: PublicKey) -> int | None:
    """The second at which a witness signed a head, or None where it did not."""
    for blob in note.by(key):
        second = int.from_bytes(blob[:8], "big")
        if key.kind == WITNESS and key.holds(blob[8:], _cosigned(note, second)):
            return second
    return None


def _cosigned(note: Note, second: int) -> bytes:
    return f"cosignature/v1\ntime {second}\n{note.text}".encode()
