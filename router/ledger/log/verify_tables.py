"""Verifies the tables that no entry speaks of against their seals, sums and names, and the heads that cover them.

Invariant: nothing is written; each finding names the table and the row.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson

from router.config.revision import revision
from router.ledger.db.database import Connection
from router.ledger.log.table_seals import digest_of_state, ramps_digest, rows_to_seal
from router.transparency.entry import read_leaf
from router.transparency.log_finding import Finding, Wrong
from router.transparency.seals import START, Covered, Seal, Units, chained, parse_covered, unpack_units
from router.transparency.signed_heads import Head

OLD_HEAD, OLD_WITNESS = timedelta(minutes=10), timedelta(days=1)
_SEALS = "SELECT seq, kind, name, CAST(digest AS BLOB), CAST(chain AS BLOB) FROM seals ORDER BY seq"
_SUMS = "SELECT kind, name, CAST(digest AS BLOB) FROM ramp_sums"
_NOT_SEALED = (
    "The tables of an earlier version have no seals: configurations are compared with their revisions, but words, "
    "facts, the state of ramps, and heads that were removed are not covered. Opening the ledger seals what is there."
)


class Checked(NamedTuple):
    """What is wrong with the tables, and what is good to know of them."""

    findings: list[Finding]
    warnings: list[str]


def check_tables(database: Connection, heads: Sequence[Head], *, sealed: bool) -> Checked:
    """Look at every row; `sealed` is false for a ledger that no version with seals has opened."""
    covers = [(head, said) for head in heads if (said := parse_covered(head.note.text)) is not None]
    renamed = set(_renamed(database))
    findings = [
        _finding("changed", f"The configuration {name}, in `configurations`, was changed: its revision is another.")
        for name in sorted(renamed)
    ]
    if not sealed:
        gone = [_finding("removed", "The table `seals` was removed: a signed head speaks of it.")] if covers else []
        return Checked(findings + gone, [] if gone else [_NOT_SEALED])
    chain = _Chain(database)
    findings += [*_rows(database, chain, renamed), *chain.findings]
    if not chain.findings:
        findings += chain.hold_against(covers)
    findings += [*_states(database), *_units(database)]
    newest = max(covers, key=lambda pair: (pair[0].checkpoint.size, pair[1].seals), default=None)
    warnings = []
    if newest and newest[1].ramps != ramps_digest(database):
        warnings.append(
            "The state of ramps is not what the newest head covers: it was written, or changed, since then."
        )
    return Checked(findings, warnings)


class _Chain:
    """The seals: the last of each row, and what is wrong with the chain."""

    def __init__(self, database: Connection) -> None:
        self.latest: dict[tuple[str, str], bytes] = {}
        self.findings: list[Finding] = []
        self._ends = [START]
        for row in database.execute(_SEALS):
            seal = Seal(int(row[0]), str(row[1]), str(row[2]), bytes(row[3]), bytes(row[4]))
            if seal.sequence > len(self._ends):
                self._report("removed", len(self._ends), "is missing")
                self._ends += [START] * (seal.sequence - len(self._ends))
            elif chained(self._ends[-1], seal.kind, seal.name, seal.digest) != seal.chain:
                self._report("changed", seal.sequence, f"of the {seal.kind} {seal.name}, was changed")
            self._ends.append(seal.chain)
            self.latest[(seal.kind, seal.name)] = seal.digest

    def _report(self, wrong: Wrong, sequence: int, what: str) -> None:
        self.findings.append(_finding(wrong, f"The row {sequence} of `seals` {what}."))

    def hold_against(self, covers: Sequence[tuple[Head, Covered]]) -> Iterator[Finding]:
        """What signed heads say of the chain that does not come out."""
        for head, said in covers:
            size, there = head.checkpoint.size, len(self._ends) - 1
            if said.seals > there:
                sentence = f"The head of {size} entries in {head.where} covers {said.seals} rows of `seals`, there are "
                yield _finding("truncated", f"{sentence}{there}: the last were removed.")
            elif self._ends[said.seals] != said.chain:
                sentence = f"The head of {size} entries in {head.where} covers other rows of `seals`: "
                yield _finding("changed", f"{sentence}what they seal was written anew.")


def _rows(database: Connection, chain: _Chain, renamed: Collection[str]) -> Iterator[Finding]:
    """Rows that are not as they were sealed, but for configurations of which that is known."""
    left = dict(chain.latest)
    for kind, name, digest in rows_to_seal(database):
        sealed = left.pop((kind, name), None)
        if sealed is None:
            yield _finding("inserted", f"The {kind} {name}, in {_table(kind)}, was inserted: it has no row in `seals`.")
        elif sealed != digest and not (kind == "configuration" and name in renamed):
            yield _finding("changed", f"The {kind} {name}, in {_table(kind)}, or its row in `seals`, was changed.")
    for gone, name in left:
        yield _finding("removed", f"The {gone} {name}, in {_table(gone)}, was removed.")


def _renamed(database: Connection) -> Iterator[str]:
    """Configurations that do not hash to their revision."""
    for name, body in database.execute("SELECT revision, CAST(body AS BLOB) FROM configurations ORDER BY 1"):
        if not is_of_revision(bytes(body), name):
            yield name


def is_of_revision(body: bytes, name: str) -> bool:
    """Whether the documents of a configuration are those that its revision is the hash of."""
    try:
        return revision(orjson.loads(body)) == name
    except (ValueError, TypeError):
        return False


def _states(database: Connection) -> Iterator[Finding]:
    """States of ramps that do not come out at their sums."""
    sums = {str(name): bytes(data) for kind, name, data in database.execute(_SUMS) if kind == "state"}
    for name, body in database.execute("SELECT name, CAST(body AS BLOB) FROM ramps ORDER BY name"):
        if sums.pop(str(name), None) != digest_of_state(bytes(body)):
            yield _finding("changed", f"The state of the ramp {name}, in `ramps`, or its sum, was changed.")
    for name in sums:
        yield _finding("removed", f"The state of the ramp {name}, in `ramps`, was removed.")


def _units(database: Connection) -> Iterator[Finding]:
    """Units of splits that do not come out at their sums."""
    sums = {str(name): bytes(data) for kind, name, data in database.execute(_SUMS) if kind == "units"}
    seen: dict[str, Units] = {}
    for ramp, number, unit in database.execute("SELECT ramp, number, unit FROM ramp_units ORDER BY ramp"):
        before = seen.get(ramp) or Units(int(number))
        # A unit of another number makes the sum differ, too.
        seen[ramp] = before.with_unit(str(unit) if number == before.number else f"{number}/{unit}")
    for ramp in sorted({*sums, *seen}):
        said = unpack_units(sums[ramp]) if ramp in sums else None
        if (said or Units(0)) != seen.get(ramp, Units(said.number if said else 0)):
            yield _finding(
                "changed", f"The units that the ramp {ramp} has seen, in `ramp_units`, or their sum, changed."
            )


def uncovered(database: Connection, heads: Sequence[Head], size: int, now: datetime) -> Iterator[str]:
    """Entries that no head covers, or none that a witness has signed, for too long."""
    newest = max((head.checkpoint.size for head in heads), default=0)
    if age := _age(database, newest, size, OLD_HEAD, now):
        yield f"The newest signed head covers {newest} of {size} entries, and the next is {age} old: sign one."
    (witnessed,) = database.execute("SELECT MAX(size) FROM heads WHERE witnessed = 1").fetchone()
    if witnessed is None:
        yield "No witness has signed a head: who holds the file and the key can write the whole log anew."
    elif age := _age(database, witnessed, size, OLD_WITNESS, now):
        yield f"The newest head that a witness signed covers {witnessed} of {size} entries, and the next is {age} old."


def _age(database: Connection, covered: int, size: int, most: timedelta, now: datetime) -> str | None:
    """How old the first entry is that is not covered, where that is too old."""
    row = database.execute("SELECT CAST(leaf AS BLOB) FROM entries WHERE seq = ?", (covered,)).fetchone()
    entry = read_leaf(bytes(row[0])) if row and covered < size else None
    try:
        age = now - datetime.fromisoformat(entry.time) if entry else timedelta()
    except ValueError:
        return None
    return f"{age.total_seconds() / 3600:,.1f} h" if age > most else None


def _table(kind: str) -> str:
    return f"`{kind}s`"


def _finding(wrong: Wrong, sentence: str) -> Finding:
    return Finding(wrong, sentence)
