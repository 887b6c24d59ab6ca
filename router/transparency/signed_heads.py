"""Holds signed heads against the log that they were signed for.

Invariant: a head that was once signed must come out of every later state of the log; two heads of one size with
different roots prove a fork, whatever the log says now.
"""

from collections.abc import Sequence
from typing import NamedTuple

from router.errors import ProofError
from router.transparency.checkpoint import Checkpoint, parse_checkpoint
from router.transparency.log_finding import Finding
from router.transparency.note import Note, parse_note
from router.transparency.signing_keys import Tenure, key_of


class Head(NamedTuple):
    """A signed head, with the words by which a person finds it."""

    where: str
    note: Note
    checkpoint: Checkpoint


def parse_head(where: str, written: str) -> Head:
    """A head from its lines; raises ProofError."""
    try:
        note = parse_note(written)
        return Head(where, note, parse_checkpoint(note.text))
    except ProofError as error:
        raise ProofError(f"{where}: {error.message}") from None


def hold_against(
    heads: Sequence[Head], roots: dict[int, bytes], size: int, tenures: Sequence[Tenure], *, whole: bool
) -> list[Finding]:
    """What is wrong between heads and a log of `size` entries; `roots` are the log's own, for each head's size.

    Where the log is not `whole`, roots past the first gap are not known, and only sizes are compared.
    """
    found, sound = _unsigned(heads, tenures)
    forked = _forks(sound)
    found += forked
    good = 0
    for head in sorted(sound, key=lambda one: one.checkpoint.size):
        told = head.checkpoint
        if told.size > size:
            found.append(_cut(head, size))
        elif roots.get(told.size) == told.root:
            good = told.size
        elif whole and not forked:
            found.append(_changed(head, good))
            break
    return found


def _unsigned(heads: Sequence[Head], tenures: Sequence[Tenure]) -> tuple[list[Finding], list[Head]]:
    found, sound = [], []
    for head in heads:
        key = key_of(head.checkpoint.size, tenures)
        if head.checkpoint.origin == key.name and head.note.signed_by(key):
            sound.append(head)
        else:
            told = f"The head of {head.checkpoint.size} entries in {head.where} is not signed by the key of this log."
            found.append(Finding("head", told))
    return found, sound


def _forks(heads: Sequence[Head]) -> list[Finding]:
    first: dict[int, Head] = {}
    found: dict[int, Finding] = {}
    for head in heads:
        size = head.checkpoint.size
        other = first.setdefault(size, head)
        if other.checkpoint.root != head.checkpoint.root:
            told = f"Two heads of {size} entries have different roots, in {other.where} and in {head.where}: "
            found.setdefault(
                size, Finding("forked", f"{told}the log was forked at or before entry {size - 1}.", size - 1)
            )
    return list(found.values())


def _cut(head: Head, size: int) -> Finding:
    told = f"The head in {head.where} has {head.checkpoint.size} entries, the log has {size}: "
    return Finding("truncated", f"{told}its tail was cut off from entry {size} on.", size)


def _changed(head: Head, good: int) -> Finding:
    last = head.checkpoint.size - 1
    told = f"The head of {last + 1} entries in {head.where} does not come out: "
    return Finding("changed", f"{told}the log was rewritten somewhere in entries {good} to {last}.", good)
