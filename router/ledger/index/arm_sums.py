"""The two sides of a ramp beside each other: the canary that was moved, and the holdback that a hash kept from moving.

Both sides are taken as they were assigned, whatever answered in the end, so what differs between them is the ramp's
doing. Intervals are of 95 %, clustered by conversation (`router/accounting/savings/clustered_intervals.py`).

Invariant: sums of whole days are read, never receipts; a side with too few conversations has no interval.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from router.accounting.savings.clustered_intervals import Estimate, estimate, mean_variance
from router.ledger.index.index_row import DAY
from router.ledger.index.receipt_index import ReceiptIndex

ARMS = ("moved", "holdback", "not_yet")
COMPARED = ("moved", "holdback")
FIGURES = ("failed", "cost", "charged", "duration_ms")
"""Means per request: the part that nobody answered, micro-dollars at list price and as charged, milliseconds."""
_ARMS = (
    f"SELECT arm, part, SUM(requests), {', '.join(f'SUM({name})' for name in FIGURES)} FROM sums_arms "  # noqa: S608
    "WHERE ramp = ? AND span >= ? AND span < ? GROUP BY arm, part"
)


class ArmSums(NamedTuple):
    """One side: its requests, and for each group of conversations the requests and the sums of the figures."""

    requests: int
    groups: tuple[tuple[float, ...], ...]

    def mean(self, place: int) -> float:
        """The mean of a figure per request; the figures begin at place 1."""
        return sum(group[place] for group in self.groups) / self.requests

    def variance(self, place: int) -> float:
        """The variance of that mean."""
        return mean_variance((group[0], group[place]) for group in self.groups)


def arm_sums(index: ReceiptIndex, ramp: str, since: int, until: int) -> dict[str, ArmSums]:
    """Each side of a ramp that had requests on the days from `since` to `until`, both seconds since 1970."""
    values = (ramp, since - since % DAY, until + -until % DAY)
    with index.reading() as database:
        rows = database.execute(_ARMS, values).fetchall()
    groups: Mapping[str, list[tuple[float, ...]]] = defaultdict(list)
    for arm, _, *sums in rows:
        groups[str(arm)].append(tuple(float(each) for each in sums))
    return {arm: ArmSums(int(sum(each[0] for each in some)), tuple(some)) for arm, some in groups.items()}


def beside(sides: Mapping[str, ArmSums]) -> dict[str, Any]:
    """Means of each side, and what the moved one differs by from the holdback, with its interval."""
    arms = [
        {"arm": arm, "requests": sides[arm].requests}
        | {name: sides[arm].mean(place) for place, name in enumerate(FIGURES, 1)}
        for arm in ARMS
        if arm in sides
    ]
    differences = {name: _difference(sides, place) for place, name in enumerate(FIGURES, 1)}
    return {"arms": arms, "differences": differences}


def _difference(sides: Mapping[str, ArmSums], place: int) -> dict[str, float | None] | None:
    if any(arm not in sides for arm in COMPARED):
        return None
    moved, held = (sides[arm] for arm in COMPARED)
    value, least = moved.mean(place) - held.mean(place), min(len(moved.groups), len(held.groups))
    known = estimate(Decimal(repr(value)), moved.variance(place) + held.variance(place), least)
    return {name: None if end is None else float(end) for name, end in zip(Estimate._fields, known, strict=True)}
