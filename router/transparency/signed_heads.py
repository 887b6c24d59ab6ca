"""Checks signed heads against the log that they were signed for.

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
    findings, sound = _unsigned(heads, tenures)
    forked = _forks(sound)
    findings += forked
    good = 0
    for head in sorted(sound, key=lambda head: head.checkpoint.size):
        checkpoint = head.checkpoint
        if checkpoint.size > size:
            findings.append(_cut(head, size))
        elif roots.get(checkpoint.size) == checkpoint.root:
            good = checkpoint.size
        elif whole and not forked:
            findings.append(_changed(head, good))
            break
    return findings


def _unsigned(heads: Sequence[Head], tenures: Sequence[Tenure]) -> tuple[list[Finding], list[Head]]:
    findings, sound = [], []
    for head in heads:
        key = key_of(head.checkpoint.size, tenures)
        if head.checkpoint.origin == key.name and head.note.signed_by(key):
            sound.append(head)
        else:
            sentence = (
                f"The head of {head.checkpoint.size} entries in {head.where} is not signed by the key of this log."
            )
            findings.append(Finding("head", sentence))
    return findings, sound


def _forks(heads: Sequence[Head]) -> list[Finding]:
    first: dict[int, Head] = {}
    findings: dict[int, Finding] = {}
    for head in heads:
        size = head.checkpoint.size
        other = first.setdefault(size, head)
        if other.checkpoint.root != head.checkpoint.root:
            sentence = f"Two heads of {size} entries have different roots, in {other.where} and in {head.where}: "
            findings.setdefault(
                size, Finding("forked", f"{sentence}the log was forked at or before entry {size - 1}.", size - 1)
            )
    return list(findings.values())


def _cut(head: Head, size: int) -> Finding:
    sentence = f"The head in {head.where} has {head.checkpoint.size} entries, the log has {size}: "
    return Finding("truncated", f"{sentence}its tail was cut off from entry {size} on.", size)


def _changed(head: Head, good: int) -> Finding:
    last = head.checkpoint.size - 1
    sentence = f"The head of {last + 1} entries in {head.where} does not come out: "
    return Finding("changed", f"{sentence}the log was rewritten somewhere in entries {good} to {last}.", good)
