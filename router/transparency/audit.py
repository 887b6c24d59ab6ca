"""Audits a log from its first entry to its last, and reports everything that is wrong with it.

Invariant: what is found does not depend on who kept the log: leaves, records and signed heads are enough. An entry
that was changed is reported once, not again for each hash above it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from router.transparency.acknowledgement import parse_acknowledgement
from router.transparency.entry import Entry, digest
from router.transparency.log_finding import Finding, Wrong, entries, misplaced
from router.transparency.pruning import Pruning
from router.transparency.tree import Frontier, Node, leaf_hash

SKEW_S = 1.0
"""Clocks are corrected by less than this; a larger step back is reported."""


class Row(NamedTuple):
    """An entry as it is kept: the leaf, its hash where that is kept too, and the record, or None where it is gone.

    `entry` is what the leaf says, or None where it can't be read. `beside` is the digest of what is kept beside the
    record, or None where nobody can look.
    """

    sequence: int
    leaf: bytes
    hash: bytes | None
    entry: Entry | None
    body: bytes | None
    beside: str | None = None


class Audit:
    """One pass over a log, whose rows it is given in the order of their sequence.

    `warnings` are for a person to know, and no faults. `roots` has the roots at those of `sizes` that were passed;
    `whole` is false once a row is missing, from where on there is no tree. `prunings` are those that records speak of,
    by the digest of the record: what they cover may be gone, if an entry of the log states them; `pruned` counts it.
    """

    def __init__(self, stride: int, sizes: Collection[int] = (), prunings: Mapping[str, Pruning] | None = None) -> None:
        self.findings: list[Finding] = []
        self.warnings: list[str] = []
        self.frontier = Frontier()
        self.size = 0
        self.whole = True
        self.counts: dict[str, int] = {}
        self.roots: dict[int, bytes] = {0: self.frontier.root()}
        self._stride, self._sizes = stride, frozenset(sizes)
        self._misplaced: list[tuple[int, int]] = []
        self._counted = True  # until a row is gone or changed, which a gap in the counts would only report again
        self._time, self._second = "", 0.0
        self._acknowledged: dict[int, str] = {}
        self.pruned = 0
        self._prunings, self._stated = prunings or {}, set[str]()
        self._bare = -1  # the last request whose entry says nothing of what is kept beside it

    def rows(self, rows: Iterable[Row]) -> list[Node]:
        """Look at the next rows; gives the nodes that they complete."""
        nodes: list[Node] = []
        hashes: list[bytes] = []
        for row in rows:
            at = row.sequence
            if at > self.size:
                self._missing(self.size, at - 1)
            self.size = at + 1
            self._entry(row)
            if self.whole:
                # With the hash that was kept: what is wrong is reported already, and once is enough.
                hashes.append(row.hash or leaf_hash(row.leaf))
                if self.size in self._sizes:
                    nodes += self._grow(hashes)
                    hashes = []
                    self.roots[self.size] = self.frontier.root()
        return nodes + self._grow(hashes)

    def end(self, size: int | None = None) -> None:
        """There are no more rows; `size` is how many there should be, where that is kept."""
        self._pass_over_acknowledged()
        self._look_for_prunings()
        if self._bare >= 0:
            self.warnings.append(
                f"Entries up to {self._bare} are of an earlier version: the salts of their receipts, and the rows that "
                "replays decide from, are not covered."
            )
        if self._misplaced:
            self.findings += misplaced(self._misplaced)
            return
        have = self.size
        if size is not None and have < size:
            self.report("truncated", f"{entries(have, size - 1)} missing at the end: the tail was cut off.", have)
        if size is not None and have > size:
            self.report("inserted", f"{entries(size, have - 1)} inserted: the log had only {size} entries.", size)

    def report(self, wrong: Wrong, sentence: str, sequence: int | None = None) -> None:
        """Add a finding."""
        self.findings.append(Finding(wrong, sentence, sequence))

    def _grow(self, hashes: Iterable[bytes]) -> list[Node]:
        self.frontier, nodes = self.frontier.grown(hashes, self._stride)
        return nodes

    def _entry(self, row: Row) -> None:
        at, entry = row.sequence, row.entry
        if entry is None:
            self._changed(at, "it can't be read any more")
        elif row.hash is not None and leaf_hash(row.leaf) != row.hash:
            self._changed(at, "it no longer has the hash that it had")
        else:
            self._record(row, entry)
            if entry.sequence == at:
                self._count(entry)
                self._tick(entry)
            else:
                self._misplaced.append((at, entry.sequence))

    def _changed(self, at: int, how: str) -> None:
        self.report("changed", f"Entry {at} was changed: {how}.", at)
        self._counted = False

    def _record(self, row: Row, entry: Entry) -> None:
        if row.body is not None and digest(row.body) == entry.body:
            self._beside(row, entry)
            if entry.kind == "acknowledgement":
                self._acknowledge(entry, row.body)
            elif entry.kind == "prune" and self._states_pruning(entry):
                self._stated.add(entry.body)
            return
        if not row.body and entry.kind == "request" and self._is_pruned(entry):
            self.pruned += 1
            return
        what = f"Entry {row.sequence}: its record, the {entry.kind} {entry.subject},"
        wrong: Wrong = "changed" if row.body else "removed"
        self.report(wrong, f"{what} was {wrong}.", row.sequence)

    def _states_pruning(self, entry: Entry) -> bool:
        pruning = self._prunings.get(entry.body)
        return pruning is not None and pruning.entries <= entry.sequence

    def _is_pruned(self, entry: Entry) -> bool:
        return any(each.covers(entry.sequence, entry.subject) for each in self._prunings.values())

    def _look_for_prunings(self) -> None:
        """A pruning that no entry states is a record that somebody wrote to hide what was removed."""
        for stated, pruning in self._prunings.items():
            if stated in self._stated:
                self.warnings.append(f"{pruning.sentence()}. Their entries stay.")
            else:
                self.report("removed", f"{pruning.sentence()}, says a record, and no entry of the log states that.")

    def _beside(self, row: Row, entry: Entry) -> None:
        if entry.beside is None:
            if entry.kind == "request":
                self._bare = row.sequence
        elif row.beside is not None and row.beside != entry.beside:
            what = "its salts, or its row in `requests`," if entry.kind == "request" else "its name"
            sentence = f"Entry {row.sequence}: the {entry.kind} {entry.subject}: {what} was changed or removed."
            self.report("changed", sentence, row.sequence)

    def _acknowledge(self, entry: Entry, body: bytes) -> None:
        answer = parse_acknowledgement(body)
        if answer is not None and answer.entry < entry.sequence:
            self._acknowledged[answer.entry] = (
                f"acknowledged by {answer.by} in entry {entry.sequence}: {answer.because}"
            )

    def _pass_over_acknowledged(self) -> None:
        """What somebody has answered for in the log itself is a warning, and is no fault of it."""
        for finding in self.findings:
            if finding.wrong == "clock" and finding.sequence in self._acknowledged:
                self.warnings.append(f"{finding.sentence} It was {self._acknowledged[finding.sequence]}.")
        self.findings = [
            finding
            for finding in self.findings
            if finding.wrong != "clock" or finding.sequence not in self._acknowledged
        ]

    def _count(self, entry: Entry) -> None:
        expected, number = self.counts.get(entry.key, 0), entry.key_sequence
        if number != expected and self._counted and not self._misplaced:
            sentence = f"Entry {entry.sequence} is number {number} of {entry.key}, where {expected} should follow."
            self.report("omitted", sentence, entry.sequence)
        self.counts[entry.key] = number + 1

    def _tick(self, entry: Entry) -> None:
        if entry.time == self._time:
            return
        second = seconds(entry.time)
        if self._time and (back := self._second - second) > SKEW_S:
            sentence = f"Entry {entry.sequence}: the clock was set back by {back:,.0f} s, to {entry.time}."
            self.report("clock", sentence, entry.sequence)
        self._time, self._second = entry.time, second

    def _missing(self, first: int, last: int) -> None:
        self.report("removed", f"{entries(first, last)} missing: removed from the middle of the log.", first)
        self.whole = self._counted = False


def seconds(time: str) -> float:
    """Since 1970; what is no time counts as 1970 itself, long before any entry."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0
