"""The pairs of ramps as the ledger keeps them: both grades, who judged, and what that cost."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import orjson

from router.ledger import DatabaseLedger
from router.ledger.log.records import records


class JudgedPair(NamedTuple):
    """One pair: grades in [0, 1]; the cost of the second answer and of its judge, in micro-dollars."""

    receipt: str
    judge: str
    original: str
    original_grade: float
    substitute: str
    substitute_grade: float
    cost: Decimal

    def grade(self, model: str) -> float | None:
        """What a model's answer got, None for one that is in no side of it."""
        return {self.original: self.original_grade, self.substitute: self.substitute_grade}.get(model)


def judged_pairs(ledger: DatabaseLedger) -> Iterator[JudgedPair]:
    """Every pair, oldest first."""
    with ledger.log.reading() as database:
        bodies = [body for _, _, body in records(database, "pair")]
    for body in bodies:
        row = orjson.loads(body)
        yield JudgedPair(
            receipt=row["receipt"],
            judge=row["judge"],
            original=row["original"]["model"],
            original_grade=float(row["original"]["outcome"]),
            substitute=row["substitute"]["model"],
            substitute_grade=float(row["substitute"]["outcome"]),
            cost=Decimal(row["cost"]),
        )
