"""Sums by class and group of conversations, as columns that can be kept as bytes and put together.

Invariant: whole numbers, exact: what would pass 63 bits is refused, and bytes give back what they were made from.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from router.accounting.rolled_up.request_class import WIDTH, RequestClass, Sums, Unsummable
from router.accounting.savings.clustered_intervals import CLUSTERS

Whole = NDArray[np.int64]
_MOST = 2.0**62
_KINDS = (np.uint8, np.uint16, np.uint32, np.int64)


class ClassSums(NamedTuple):
    """Rows of sums: the place of their class in `classes`, the group of conversations, and a column for each sum."""

    classes: tuple[RequestClass, ...]
    of_class: Whole
    group: Whole
    sums: Whole

    def packed(self) -> bytes:
        """As bytes: a line of JSON that says what follows, then each column in as few bytes as hold it."""
        columns = [_narrow(column) for column in (self.of_class, self.group, *self.sums.T)]
        classes = [tuple(kind) for kind in self.classes]
        head = {"kinds": [column.dtype.str for column in columns], "rows": len(self.group), "classes": classes}
        return b"\n".join((orjson.dumps(head), b"".join(column.tobytes() for column in columns)))


class SumsInTheMaking:
    """Takes requests one after another."""

    def __init__(self) -> None:
        self._sums: dict[tuple[RequestClass, int], list[int]] = {}

    def __len__(self) -> int:
        return len(self._sums)

    def add(self, kind: RequestClass, group: int, sums: Sums) -> None:
        """Add one."""
        known = self._sums.get((kind, group))
        if known is None:
            self._sums[kind, group] = list(sums)
        else:
            for place, value in enumerate(sums):
                known[place] += value

    def made(self) -> ClassSums:
        """The sums so far."""
        places: dict[RequestClass, int] = {}
        of_class = [places.setdefault(kind, len(places)) for kind, _ in self._sums]
        groups = [group for _, group in self._sums]
        rows = list(self._sums.values())
        try:
            sums = np.array(rows, np.int64).reshape(len(rows), WIDTH)
        except OverflowError as error:
            raise Unsummable("a sum of more than 63 bits") from error
        return ClassSums(tuple(places), np.array(of_class, np.int64), np.array(groups, np.int64), sums)


def unpacked(body: bytes) -> ClassSums:
    """The sums of bytes from `packed`; raises ValueError for others."""
    head_line, _, columns = body.partition(b"\n")
    head = orjson.loads(head_line)
    at, read = 0, []
    for kind in head["kinds"]:
        dtype = np.dtype(kind)
        read.append(np.frombuffer(columns, dtype, head["rows"], at).astype(np.int64))
        at += dtype.itemsize * head["rows"]
    classes = tuple(RequestClass._make((*fields[:-1], tuple(fields[-1]))) for fields in head["classes"])
    return ClassSums(classes, read[0], read[1], np.stack(read[2:], axis=1))


def joined(parts: Sequence[ClassSums]) -> ClassSums:
    """Some parts as one, with one row for each class and group."""
    places: dict[RequestClass, int] = {}
    codes = []
    for part in parts:
        to = np.array([places.setdefault(kind, len(places)) for kind in part.classes], np.int64)
        codes.append(to[part.of_class] * CLUSTERS + part.group)
    code, sums = added(np.concatenate(codes), np.concatenate([part.sums for part in parts]))
    return ClassSums(tuple(places), code // CLUSTERS, code % CLUSTERS, sums)


def added(codes: Whole, sums: Whole) -> tuple[Whole, Whole]:
    """Rows with the same code added up, in the order of the codes; raises Unsummable where a sum might overflow."""
    if len(codes) and sums.sum(axis=0, dtype=np.float64).max() >= _MOST:
        raise Unsummable("a sum of more than 62 bits")
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(codes) else np.zeros(0, np.int64)
    return ordered[first], np.add.reduceat(sums[order], first, axis=0) if len(codes) else sums


def _narrow(column: Whole) -> NDArray[np.integer]:
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    kind = next(each for each in _KINDS if np.iinfo(each).min <= low and high <= np.iinfo(each).max)
    return column.astype(kind)
