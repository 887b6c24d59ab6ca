"""Outcomes by receipt, read on from where they were read last: the verdicts on pairs, and clients' ratings.

Invariant: each record is read once, and forgotten once its receipt is older than anybody asks for.
"""

from collections import defaultdict
from datetime import datetime

import orjson

from router.ids import first_id
from router.ledger import DatabaseLedger
from router.ledger.log.records import records
from router.transparency.entry import Kind

Scored = tuple[str | None, float]
"""A model, None for the one that served, and its score."""
_KINDS: tuple[Kind, ...] = ("pair", "feedback")


class ScoredReceipts:
    """What the records of one ledger say."""

    def __init__(self, ledger: DatabaseLedger) -> None:
        self._ledger = ledger
        self._after = dict.fromkeys(_KINDS, 0)
        self._known: dict[str, list[Scored]] = defaultdict(list)

    def since(self, moment: datetime) -> dict[str, list[Scored]]:
        """The outcomes by receipt, of those from a moment on."""
        for kind in _KINDS:
            self._read(kind)
        first = first_id(moment)
        self._known = defaultdict(list, {name: scored for name, scored in self._known.items() if name >= first})
        return dict(self._known)

    def _read(self, kind: Kind) -> None:
        with self._ledger.log.reading() as database:
            rows = list(records(database, kind, self._after[kind]))
        for number, _, body in rows:
            self._after[kind] = number
            row = orjson.loads(body)
            if kind == "feedback":
                self._known[row["receipt"]].append((None, float(row["rating"])))
            else:
                sides = (row[side] for side in ("original", "substitute"))
                self._known[row["receipt"]] += [(side["model"], float(side["outcome"])) for side in sides]
