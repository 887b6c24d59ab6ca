"""Who may sign the heads of a log, from which entry on: one key after another, each announced by the one before.

Invariant: a head that covers the entry which announces a key is signed by that key or a later one, never by an
earlier; a new key is trusted only if the one in force has signed its announcement.
"""

from collections.abc import Iterable
from typing import NamedTuple

from router.errors import ProofError
from router.transparency.note import Note, PublicKey, SecretKey, parse_note, parse_public_key, signed

_TITLE = "fungible/new-key/v1"


class Tenure(NamedTuple):
    """A key, and the entry that announced it; -1 for a key that was given from outside."""

    key: PublicKey
    since: int


class Handover(NamedTuple):
    """The announcement of a key by the entry `sequence` of a log."""

    origin: str
    sequence: int
    key: PublicKey
    note: Note


def hand_over(origin: str, sequence: int, new: PublicKey, old: SecretKey) -> Note:
    """The announcement of a new key, signed by the old one."""
    return signed(f"{_TITLE}\n{origin}\n{sequence}\n{new}\n", old)


def parse_handover(written: str) -> Handover:
    """An announcement; raises ProofError."""
    note = parse_note(written)
    try:
        title, origin, sequence, key, _ = note.text.split("\n")
        number = int(sequence)
    except ValueError:
        title, origin, number, key = "", "", -1, ""
    if title != _TITLE or number < 0:
        raise ProofError("That is no announcement of a new key.")
    return Handover(origin, number, parse_public_key(key), note)


def follow(first: PublicKey, origin: str, announcements: Iterable[str]) -> tuple[Tenure, ...]:
    """The keys of a log from a trusted one on. What is not signed by the key in force is passed over."""
    tenures = [Tenure(first, -1)]
    for written in announcements:
        current, since = tenures[-1]
        try:
            handover = parse_handover(written)
        except ProofError:
            continue
        if handover.origin == origin and handover.sequence > since and handover.note.signed_by(current):
            tenures.append(Tenure(handover.key, handover.sequence))
    return tuple(tenures)


def key_of(size: int, tenures: Iterable[Tenure]) -> PublicKey:
    """The key that signs heads of that size; there is at least one tenure."""
    tenure_then, *later = tenures
    for tenure in later:
        if tenure.since < size:
            tenure_then = tenure
    return tenure_then.key
