"""Two versions' choices on some requests, added up: everything that the figures of a replay are made from.

Invariant: sums are exact and joining is commutative, so that the figures do not depend on how a log was cut, nor on
the order in which its parts came back.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.policy.replay.decide_batch import Choices
from router.policy.replay.engine import REFUSALS
from router.policy.replay.flip_causes import NO_FLIP, Causes
from router.policy.replay.intervals import CLUSTERS, clusters_of
from router.policy.replay.pricing import money
from router.policy.replay.request_columns import Coded, Labels, Mask, Requests
from router.policy.replay.result import Lost
from router.policy.replay.sums.exact_sums import (
    LATENCY_BITS,
    QUALITY_BITS,
    Whole,
    fixed,
    lasting,
    summed,
    whole_units,
)

WORST = 10
SEVERAL = "several changes together"
ANSWERED, BEFORE, AFTER, QUALITY, LATENCY = range(5)
Places = NDArray[np.intp]
Flip = tuple[str, str]


@dataclass(slots=True)
class GroupSums:
    """A group of requests: counts, and for each cluster of conversations the sums of five columns.

    These are the requests that both versions answer, their cost before and after in units of 10^-`places`, and the
    changes of quality and latency in the units of `exact_sums`.
    """

    requests: int
    flips: int
    sums: Whole

    def join(self, other: "GroupSums") -> None:
        """Add what another part of the log has."""
        self.requests += other.requests
        self.flips += other.flips
        self.sums = self.sums + other.sums


@dataclass(slots=True)
class Side:
    """What one version does: requests and exact cost of each model, and how many are refused, by reason."""

    places: int = 0
    models: Counter[str] = field(default_factory=Counter)
    costs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def rescale(self, places: int) -> None:
        """Count costs in finer units."""
        factor = 10 ** (places - self.places)
        self.costs = Counter({name: cost * factor for name, cost in self.costs.items()})
        self.places = places

    def join(self, other: "Side") -> None:
        """Add what another part of the log has, in the same units."""
        self.models.update(other.models)
        self.costs.update(other.costs)
        self.refused.update(other.refused)


@dataclass(slots=True)
class ReplaySums:
    """The sums over some requests; `causes` are flips by the place of their difference, or TOGETHER.

    `traits` are how many the requests were read with.
    """

    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    tasks: dict[str, GroupSums] = field(default_factory=dict)
    keys: dict[str | None, GroupSums] = field(default_factory=dict)
    clusters: set[int] = field(default_factory=set)
    flows: Counter[Flip] = field(default_factory=Counter)
    newly: int = 0
    causes: Counter[int] = field(default_factory=Counter)
    worst: list[Lost] = field(default_factory=list)
    traits: int = 0

    def join(self, other: "ReplaySums") -> None:
        """Add another part of the log."""
        self._share_units(other)
        self.before.join(other.before)
        self.after.join(other.after)
        _join_groups(self.tasks, other.tasks)
        _join_groups(self.keys, other.keys)
        self.clusters |= other.clusters
        self.flows.update(other.flows)
        self.newly += other.newly
        self.causes.update(other.causes)
        self.worst = worst_of([*self.worst, *other.worst])
        self.traits = max(self.traits, other.traits)

    def _share_units(self, other: "ReplaySums") -> None:
        for name, column in (("before", BEFORE), ("after", AFTER)):
            places = max(getattr(self, name).places, getattr(other, name).places)
            for part in (self, other):
                side: Side = getattr(part, name)
                if side.places < places:
                    factor = 10 ** (places - side.places)
                    for group in (*part.tasks.values(), *part.keys.values()):
                        group.sums[column] = group.sums[column] * factor
                    side.rescale(places)


def _join_groups(groups: dict[Any, GroupSums], others: Mapping[Any, GroupSums]) -> None:
    for name, other in others.items():
        if name in groups:
            groups[name].join(other)
        else:
            groups[name] = other


def worst_of(lost: Iterable[Lost]) -> list[Lost]:
    """Those that lose the most; of those that lose the same, the first by their ids, which begin with their time."""
    return sorted(lost, key=lambda each: (each.quality, len(each.id), each.id))[:WORST]


class Comparison:
    """The choices of two versions on some requests, side by side; `before` and `after` are places in `models`."""

    def __init__(self, requests: Requests, choices: Choices, other: Choices, causes: Causes) -> None:
        self.requests, self.causes = requests, causes
        self.sides = choices, other
        self.models = tuple(dict.fromkeys((*choices.models, *other.models)))
        self.before, self.after = self._places(choices), self._places(other)
        self.flips: Mask = self.before != self.after
        self.both: Mask = choices.answered & other.answered
        self.quality = np.where(self.both, other.quality - choices.quality, 0.0)
        self.clusters = clusters_of(requests.unit)
        self.units = [whole_units(side.cost, side.places) for side in self.sides]

    def sums(self, keys: Sequence[str | None]) -> ReplaySums:
        """Everything added up; of keys those that are named."""
        task, key = self.requests.task, self.requests.key
        found = np.bincount(self.causes.found - NO_FLIP, minlength=1).tolist()[1:]
        columns = self._columns()
        return ReplaySums(
            before=self._side(0, self.before),
            after=self._side(1, self.after),
            tasks=self._groups(task, task.values, columns),
            keys=self._groups(key, keys, columns),
            clusters=set(np.flatnonzero(np.bincount(self.clusters, minlength=1)).tolist()),
            flows=self._flows(),
            newly=int((self.sides[0].answered & ~self.sides[1].answered).sum()),
            causes=Counter({place - 1: count for place, count in enumerate(found) if count}),
            worst=self._worst(),
            traits=self.requests.traits.shape[1],
        )

    def _places(self, side: Choices) -> Places:
        places = {name: place for place, name in enumerate(self.models)}
        return np.array([*(places[name] for name in side.models), -1], np.intp)[side.chosen]

    def _flows(self) -> Counter[Flip]:
        names, width = ("", *self.models), len(self.models) + 1
        counts = np.bincount((self.before + 1) * width + self.after + 1, minlength=width * width)
        return Counter({(names[at // width], names[at % width]): int(counts[at]) for at in np.flatnonzero(counts)})

    def _side(self, which: int, chosen: Places) -> Side:
        (units, places), side, width = self.units[which], self.sides[which], len(self.models) + 1
        counts = np.bincount(chosen + 1, minlength=width).tolist()[1:]
        costs = summed(chosen + 1, units, width).tolist()[1:]
        refused = np.bincount(side.refused, minlength=len(REFUSALS)).tolist()
        return Side(
            places,
            Counter({name: count for name, count in zip(self.models, counts, strict=True) if count}),
            Counter({name: cost for name, cost in zip(self.models, costs, strict=True) if cost}),
            Counter({reason: count for reason, count in zip(REFUSALS, refused, strict=True) if reason and count}),
        )

    def _columns(self) -> list[NDArray[Any]]:
        """The columns that are summed; of what only one version answers, nothing is a change."""
        before, after = (lasting(side.latency) for side in self.sides)
        latency = np.where(self.both, after - before, 0.0)
        costs = [np.where(self.both, units, 0) for units, _ in self.units]
        return [self.both.astype(np.int64), *costs, fixed(self.quality, QUALITY_BITS), fixed(latency, LATENCY_BITS)]

    def _groups(self, column: Coded[Any], names: Sequence[Any], columns: list[NDArray[Any]]) -> dict[Any, GroupSums]:
        """The sums of the groups of these names that have any request."""
        place = {name: number for number, name in enumerate(names)}
        count = len(names)
        groups = np.array([place.get(value, count) for value in column.values], np.intp)[column.codes]
        # What is in none of the groups goes beyond the last.
        shape = CLUSTERS, count + 1
        cells = self.clusters * (count + 1) + groups
        sums = np.stack([summed(cells, each, CLUSTERS * (count + 1)).reshape(shape) for each in columns])
        requests = np.bincount(groups, minlength=count + 1).tolist()
        flips = np.bincount(groups[self.flips], minlength=count + 1).tolist()
        return {
            name: GroupSums(requests[at], flips[at], sums[:, :, at].copy())
            for name, at in place.items()
            if requests[at]
        }

    def _worst(self) -> list[Lost]:
        """The requests that lose the most predicted quality."""
        lost = np.flatnonzero(self.quality < 0)
        if len(lost) > WORST:
            most = np.partition(self.quality[lost], WORST - 1)[WORST - 1]
            tied = lost[self.quality[lost] == most]
            lost = np.concatenate((lost[self.quality[lost] < most], _first_ids(self.requests.id.take(tied), tied)))
        labels = [*(difference.label for difference in self.causes.differences), SEVERAL]
        return worst_of(self._lost(row, labels[self.causes.found[row]]) for row in lost.tolist())

    def _lost(self, row: int, cause: str) -> Lost:
        requests, (choices, other) = self.requests, self.sides
        return Lost(
            id=requests.id.at(row),
            task=requests.task.at(row),
            difficulty=float(requests.difficulty[row]),
            before=self.models[self.before[row]],
            after=self.models[self.after[row]],
            quality_before=float(choices.quality[row]),
            quality_after=float(other.quality[row]),
            cost_before=money(choices.cost[row : row + 1].tolist()[0], choices.places),
            cost_after=money(other.cost[row : row + 1].tolist()[0], other.places),
            cause=cause,
        )


def _first_ids(ids: Labels, rows: Places) -> Places:
    """Of these rows those whose ids come first, and all whose ids are words: few, and sorted later."""
    raw = np.flatnonzero(~ids.is_word)
    parts = np.frombuffer(ids.raw[raw].tobytes(), ">u8").reshape(len(raw), 2)
    first = raw[np.lexsort((parts[:, 1], parts[:, 0]))][:WORST]
    return rows[np.concatenate((first, np.flatnonzero(ids.is_word)))]
