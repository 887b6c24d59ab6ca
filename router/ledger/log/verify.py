"""Verifies a ledger, entry by entry, and the heads that it and others have kept.

Invariant: nothing is written, and one state of the ledger is read from beginning to end, however many servers write.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from router.errors import ProofError, Unreachable
from router.ledger.db.database import Connection, TableMissing
from router.ledger.db.open_store import has_table, look_at
from router.ledger.log.append import STRIDE, earlier, grown_to, stored_at
from router.ledger.log.merkle_log import Identity, identity
from router.ledger.log.pages import pages
from router.ledger.log.records import prunings
from router.ledger.log.verify_tables import check_tables, uncovered
from router.transparency.audit import Audit, Row
from router.transparency.entry import RECORDED
from router.transparency.log_finding import Finding
from router.transparency.note import PublicKey
from router.transparency.pruning import Pruning
from router.transparency.signed_heads import Head, hold_against, parse_head
from router.transparency.signing_keys import follow
from router.transparency.tree import Node

_STRAYS = """
SELECT id, entry, CAST(leaf AS BLOB) FROM receipts LEFT JOIN entries ON seq = entry WHERE entry IS NOT NULL
"""


class Verified(NamedTuple):
    """What a verification went through, and what it found wrong."""

    origin: str
    size: int
    root: bytes
    heads: int
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...] = ()
    """What is no fault, and good to know: what is not covered, and by whom nobody else has looked."""
    pruned: int = 0
    """Receipts whose bodies were pruned, as the log states."""


def verify_ledger(
    where: Path | str,
    saved: Sequence[Head] = (),
    trusted: PublicKey | None = None,
    advance: Callable[[int], object] = id,
    now: datetime | None = None,
) -> Verified:
    """Verify a ledger; `saved` are heads kept elsewhere, `trusted` the key known from elsewhere, else the log's word.

    `now` is by which heads are old, else this machine's clock. `advance` is called with the number of entries of each
    page. Raises ProofError for a ledger whose log has not begun, or for a file that is damaged or none; Unreachable
    for a database that can't be reached.
    """
    try:
        sealed = has_table(where, "seals")
        with look_at(where) as database:
            return _verify(database, saved, trusted, advance, now or datetime.now(UTC), sealed=sealed)
    except TableMissing:
        raise ProofError("There is no log yet: it begins when a server of this version opens the ledger.") from None
    except Unreachable as error:
        if isinstance(where, str):
            raise
        raise ProofError(f"{where} is damaged, or no ledger: {error.why}.") from None


def _verify(
    database: Connection,
    saved: Sequence[Head],
    trusted: PublicKey | None,
    advance: Callable[[int], object],
    now: datetime,
    *,
    sealed: bool,
) -> Verified:
    who = identity(database)
    kept_heads, unreadable = _kept_heads(database)
    heads = [*kept_heads, *saved]
    audit = Audit(STRIDE, {head.checkpoint.size for head in heads}, _prunings(database))
    seen = _go_through(database, audit, advance)
    kept = grown_to(database)
    audit.end(kept.size)
    if not audit.findings and (audit.frontier != kept or audit.counts != _counts(database)):
        audit.report("changed", f"What the log needs to grow was changed: {_grown_wrong(database, audit)}.")
    before = who.earlier.get("receipts", 0)
    (receipts,) = database.execute("SELECT COUNT(*) FROM receipts").fetchone()
    if receipts > seen.receipts + before:
        _report_strays(database, audit, kept.size)
    _report_stray_records(database, audit, seen)
    _compare_earlier(database, audit, who, seen, receipts_too=before > 0 or receipts > seen.receipts)
    tenures = follow(trusted or who.first, who.origin, who.announcements)
    findings = hold_against(heads, audit.roots, audit.size, tenures, whole=audit.whole)
    tables = check_tables(database, heads, sealed=sealed)
    return Verified(
        origin=who.origin,
        size=audit.size,
        root=audit.frontier.root(),
        heads=len(heads),
        findings=(*audit.findings, *unreadable, *findings, *tables.findings),
        warnings=(*audit.warnings, *tables.warnings, *uncovered(database, kept_heads, audit.size, now)),
        pruned=audit.pruned,
    )


def _prunings(database: Connection) -> dict[str, Pruning]:
    try:
        return prunings(database)
    except TypeError:
        # Somebody has written a number over a record: its entry says so.
        return {}


class _Seen:
    """The records that entries speak of."""

    def __init__(self) -> None:
        self.receipts = 0
        self.events: set[str] = set()
        self.records: set[tuple[str, str]] = set()

    def note(self, rows: Sequence[Row]) -> None:
        """Count those that are there."""
        for row in rows:
            if row.entry is not None and row.body is not None:
                self.receipts += row.entry.kind == "request"
                if row.entry.kind == "policy":
                    self.events.add(row.entry.subject)
                elif row.entry.kind in RECORDED:
                    self.records.add((row.entry.kind, row.entry.subject))


def _go_through(database: Connection, audit: Audit, advance: Callable[[int], object]) -> _Seen:
    """Look at every row, and compare the nodes up to the first that differs."""
    seen, compared = _Seen(), True
    for page in pages(database):
        nodes = audit.rows(page)
        seen.note(page)
        if compared and (wrong := _wrong_node(database, nodes)) is not None:
            first, last = wrong
            sentence = f"Entries {first} to {last} do not hash to what the log kept: one of them was changed."
            audit.report("changed", sentence, first)
            compared = False
        advance(len(page))
    return seen


def _wrong_node(database: Connection, nodes: Sequence[Node]) -> tuple[int, int] | None:
    """The first and last entry under the first node that is not what was kept."""
    made: dict[int, dict[int, bytes]] = defaultdict(dict)
    for level, position, hash in nodes:  # noqa: A001
        made[level][position] = hash
    kept = {level: dict(stored_at(database, level, list(positions))) for level, positions in made.items()}
    for level, position, hash in nodes:  # noqa: A001
        if kept[level].get(position) != hash:
            return position << level, ((position + 1) << level) - 1
    return None


def _report_strays(database: Connection, audit: Audit, size: int) -> None:
    """Receipts that no entry covers were inserted."""
    for id, entry, leaf in database.execute(_STRAYS):  # noqa: A001
        if entry >= size or (leaf is not None and f'"{id}"'.encode() not in leaf):
            audit.report("inserted", f"The receipt {id} was inserted: entry {entry} does not speak of it.", entry)


def _report_stray_records(database: Connection, audit: Audit, seen: _Seen) -> None:
    """Moves, pairs and ratings that no entry speaks of."""
    for seq, kind in database.execute("SELECT seq, kind FROM records ORDER BY seq"):
        if (kind, str(seq)) not in seen.records and audit.whole:
            audit.report("inserted", f"The {kind} {seq} was inserted: no entry speaks of it.")


def _compare_earlier(database: Connection, audit: Audit, who: Identity, seen: _Seen, *, receipts_too: bool) -> None:
    """What was there before the log began has one hash over all of it."""
    last = who.earlier.get("last_event", 0)
    if earlier(database, last, receipts_too=receipts_too) != who.earlier:
        audit.report("changed", "A receipt or an event from before the log began was changed, removed or inserted.", 0)
    for (seq,) in database.execute("SELECT seq FROM events WHERE seq > ? ORDER BY seq", (last,)):
        if str(seq) not in seen.events and audit.whole:
            audit.report("inserted", f"The event {seq} was inserted: no entry speaks of it.")


def _kept_heads(database: Connection) -> tuple[list[Head], list[Finding]]:
    """The heads, and what is wrong with those that can't be read."""
    heads, findings = [], []
    for id, note in database.execute("SELECT id, CAST(note AS TEXT) FROM heads ORDER BY id"):  # noqa: A001
        try:
            heads.append(parse_head("the ledger", note))
        except ProofError:
            findings.append(Finding("head", f"The head {id} of the ledger can't be read: it was changed."))
    return heads, findings


def _grown_wrong(database: Connection, audit: Audit) -> str:
    counts = _counts(database)
    wrong = sorted(key for key in {*counts, *audit.counts} if counts.get(key) != audit.counts.get(key))
    return f"the counts of its keys ({', '.join(wrong)})" if wrong else "its frontier, in `tree`"


def _counts(database: Connection) -> dict[str, int]:
    return dict(database.execute("SELECT key, count FROM keys"))
