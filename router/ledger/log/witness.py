"""A witness: remembers the last head that it saw, and cosigns only heads that extend it.

Invariant: a witness never signs two heads of one log of which the later does not contain the earlier; what it saw is
on its disk before its signature leaves it.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from router.errors import ProofError
from router.ledger.log.merkle_log import Log
from router.ledger.log.signing_key_file import own_key
from router.transparency.checkpoint import cosign
from router.transparency.note import WITNESS, Note, PublicKey, parse_public_key
from router.transparency.signed_heads import Head, parse_head
from router.transparency.signing_keys import follow, key_of
from router.transparency.tree import is_consistent


class Attested(NamedTuple):
    """A head with the witness's signature, where it is kept, and how many entries it had when last seen."""

    note: Note
    key: PublicKey
    kept: Path
    before: int


def attest(log: Log, folder: Path, name: str, second: int, trusted: PublicKey | None = None) -> Attested:
    """Sign the log's head at a second since 1970.

    `trusted` is the log's first key; at first sight the log's own word is taken, and kept. Raises ProofError where the
    head is not signed by it, or does not go on from the last one seen.
    """
    key = own_key(folder / "witness.key", name, WITNESS)
    head = parse_head("the ledger", str(log.head()))
    who = log.identity()
    memory = folder / f"{re.sub('[^A-Za-z0-9.]', '-', head.checkpoint.origin)}.checkpoint"
    pin = memory.with_suffix(".public-key")
    if trusted is None:
        trusted = parse_public_key(pin.read_text(encoding="utf-8")) if pin.exists() else who.first
    _refuse_unsigned(head, trusted, who.announcements)
    last = parse_head(str(memory), memory.read_text(encoding="utf-8")) if memory.exists() else None
    if last:
        _refuse_break(last, head, log)
    signature = cosign(head.note, key, second)
    note = head.note.with_signature(signature)
    _keep(pin, f"{trusted}\n")
    _keep(memory, str(note))
    log.add_signature(head.note, signature)
    return Attested(note, key.public, memory, last.checkpoint.size if last else 0)


def _refuse_unsigned(head: Head, trusted: PublicKey, announcements: tuple[str, ...]) -> None:
    checkpoint = head.checkpoint
    key = key_of(checkpoint.size, follow(trusted, checkpoint.origin, announcements))
    if key.name != checkpoint.origin or not head.note.signed_by(key):
        raise ProofError(f"The head of {checkpoint.size} entries is not signed by {trusted}, nor by its successor.")


def _refuse_break(last: Head, head: Head, log: Log) -> None:
    old, new = last.checkpoint, head.checkpoint
    if new.size < old.size:
        raise ProofError(f"The log had {old.size} entries and has {new.size}: its tail was cut off from {new.size} on.")
    if new.size == old.size and new.root != old.root:
        raise ProofError(f"The log had another root at {old.size} entries: it was forked at or before {old.size - 1}.")
    if not is_consistent(old.size, old.root, new.size, new.root, log.consistency(old.size, new.size)):
        raise ProofError(f"The log of {new.size} entries does not begin with the {old.size} that were seen: a fork.")


def _keep(path: Path, text: str) -> None:
    """Replace a file as one."""
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
