"""The Merkle tree of RFC 6962, and what can be proved with it.

Invariant: a leaf and an inner node are hashed with different prefixes, so neither can be passed off as the other; the
hash of a complete subtree never changes once it is complete. A hash is 32 bytes; sizes and positions count leaves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()

Complete = Callable[[int, int], bytes]
"""Gives the hash of a complete subtree by its level (0 for a leaf) and its position among those of its level."""


class Node(NamedTuple):
    """A complete subtree of 2^level leaves, the position-th of its level."""

    level: int
    position: int
    hash: bytes


class Span(NamedTuple):
    """The leaves from `begin` up to `end`, which is not among them."""

    begin: int
    end: int


def leaf_hash(data: bytes) -> bytes:
    """MTH({d}) of RFC 6962, 2.1."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that is needed of a tree to let it grow: the hashes of its largest complete subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes], stride: int) -> tuple["Frontier", list[Node]]:
        """The tree with more leaf hashes, and the nodes this completed on every stride-th level above leaves."""
        size, peaks, nodes = self.size, list(self.peaks), []
        for leaf in leaves:
            hash, rest, level = leaf, size, 0  # noqa: A001 - the word for it
            while rest & 1:
                hash, rest, level = node_hash(peaks.pop(), hash), rest >> 1, level + 1  # noqa: A001
                if level % stride == 0:
                    nodes.append(Node(level, rest, hash))
            peaks.append(hash)
            size += 1
        return Frontier(size, tuple(peaks)), nodes

    def root(self) -> bytes:
        """The hash of the whole tree."""
        return folded(self.peaks)


def folded(peaks: Sequence[bytes]) -> bytes:
    """The hash over complete subtrees that grow smaller from left to right."""
    if not peaks:
        return EMPTY_ROOT
    hash = peaks[-1]  # noqa: A001
    for left in reversed(peaks[:-1]):
        hash = node_hash(left, hash)  # noqa: A001
    return hash


def span_hash(span: Span, complete: Complete) -> bytes:
    """MTH of a span that the proofs below name: its complete subtrees, folded."""
    begin, peaks = span.begin, []
    while begin < span.end:
        level = (span.end - begin).bit_length() - 1
        peaks.append(complete(level, begin >> level))
        begin += 1 << level
    return folded(peaks)


def inclusion_path(index: int, size: int) -> tuple[Span, ...]:
    """PATH(m, D[n]) of RFC 6962, 2.1.1, as spans, from the leaf's sibling up. Needs 0 <= index < size."""
    path, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(Span(middle, end))
            end = middle
        else:
            path.append(Span(begin, middle))
            begin = middle
    return tuple(reversed(path))


def consistency_path(old: int, new: int) -> tuple[Span, ...]:
    """PROOF(m, D[n]) of RFC 6962, 2.1.2, as spans. Needs 0 <= old <= new; empty for an empty or the same tree."""
    if old in (0, new):
        return ()
    path, begin, end, whole = [], 0, new, True
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(Span(middle, end))
            end = middle
        else:
            path.append(Span(begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(Span(begin, end))
    return tuple(reversed(path))


def root_of_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to (RFC 9162, 2.1.3.2), or None where the proof has not the right length."""
    if not 0 <= index < size:
        return None
    climbed = _climb(index, size - 1, leaf, path)
    return climbed and climbed[1]


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of `new` leaves begins with the tree of `old` (RFC 9162, 2.1.4.2)."""
    if old in (0, new):
        return not path and old_root == (EMPTY_ROOT if old == 0 else new_root)
    # Where the old tree is a complete subtree of the new one, its root is known and left out of the proof.
    path = path if old & (old - 1) else [old_root, *path]
    if not path or not 0 < old < new:
        return False
    complete = (old & -old).bit_length() - 1
    return _climb((old - 1) >> complete, (new - 1) >> complete, path[0], path[1:]) == (old_root, new_root)


def _climb(position: int, last: int, hash: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:  # noqa: A002
    """From a node up to the root: the hash of the tree that ends with that node, and of the whole tree.

    `last` is the position of the rightmost node on the same level. None where the path is too long or too short.
    """
    until = whole = hash
    for sibling in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            until, whole = node_hash(sibling, until), node_hash(sibling, whole)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            whole = node_hash(whole, sibling)
        position, last = position >> 1, last >> 1
    return (until, whole) if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two smaller than size; needs size > 1."""
    return 1 << (size - 1).bit_length() - 1
