"""Sums over a group of requests, with what their intervals need.

Invariant: sums of money are exact; floats are kept for the spread of intervals alone.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from math import fsum
from typing import NamedTuple

from router.accounting.group import Group, Side
from router.accounting.savings.clustered_intervals import ClusterSums, Estimate, estimate
from router.accounting.savings.counterfactual_lengths import Basis, Kind, Length, Lengths
from router.accounting.savings.split import NOTHING_SPLIT, Split
from router.accounting.settled_request import Settled
from router.accounting.waterfall import Account, Booked, Waterfall
from router.money import ZERO

_NOTHING = Side(ZERO, Waterfall(*[ZERO] * len(Waterfall._fields)), Account(ZERO, ZERO, ZERO), ZERO)


class Row(NamedTuple):
    """A request in both worlds, or `requests` of one kind as their sum, of which the caller adds the groups itself.

    `slope` is what the split changes by with one more token of the estimated length; `cluster` the group of the
    conversation, None for a sum.
    """

    request: Settled
    cluster: int | None
    served: Booked
    otherwise: Booked
    split: Split
    length: Length
    slope: Split | None
    requests: int = 1


class Tally:
    """What a group of requests came to."""

    def __init__(self) -> None:
        self.requests = self.substituted = self.input = self.output = self.from_cache = 0
        self.cache_saved = ZERO
        self.served = self.otherwise = _NOTHING
        self.split = NOTHING_SPLIT
        self.bases: Counter[Basis] = Counter()
        self.clusters = ClusterSums(len(NOTHING_SPLIT))
        self._leverage: dict[Kind, list[Decimal]] = {}

    def add(self, row: Row) -> None:
        """Take a request; call it inside `exactly()`."""
        request = row.request
        self.requests += row.requests
        self.substituted += row.requests * (request.served != request.asked)
        if request.from_cache:
            self.from_cache += row.requests
            self.cache_saved += row.split.true_cost
        else:
            self.input += request.input
            self.output += request.output
        self.served = _with(self.served, row.served)
        self.otherwise = _with(self.otherwise, row.otherwise)
        self.split = Split(*_sums(self.split, row.split))
        self.bases[row.length.basis] += row.requests
        if row.cluster is not None:
            self.clusters.add(row.cluster, row.split)
        if row.slope is not None and row.length.kind is not None:
            leverage = self._leverage.setdefault(row.length.kind, [ZERO] * len(row.slope))
            for place, part in enumerate(row.slope):
                leverage[place] += part * request.choices

    def group(self, name: str, lengths: Lengths) -> Group:
        """The sums as a group of the report."""
        return Group(
            name=name,
            requests=self.requests,
            substituted=self.substituted,
            from_cache=self.from_cache,
            cache_saved=self.cache_saved,
            input_tokens=self.input,
            output_tokens=self.output,
            served=self.served,
            otherwise=self.otherwise,
            split=self.estimates(lengths),
            lengths=dict(self.bases),
        )

    def estimates(self, lengths: Lengths) -> dict[str, Estimate]:
        """Each part of the split with its interval.

        It covers which conversations happened, and that lengths which were taken from others' answers are means.
        """
        unsure = {kind: lengths.variance(kind) for kind in self._leverage}
        estimates = {}
        for place, (name, value) in enumerate(self.split._asdict().items()):
            variance = self.clusters.total_variance(place)
            variance += fsum(float(self._leverage[kind][place]) ** 2 * unsure[kind] for kind in unsure)
            estimates[name] = estimate(value, variance, len(self.clusters))
        return estimates


def _with(side: Side, booked: Booked) -> Side:
    return Side(
        side.paid + booked.paid,
        Waterfall(*_sums(side.waterfall, booked.waterfall)),
        Account(*_sums(side.partner, booked.partner)),
        side.true_cost + booked.true_cost,
    )


def _sums(first: Sequence[Decimal], second: Sequence[Decimal]) -> list[Decimal]:
    return [a + b for a, b in zip(first, second, strict=True)]
