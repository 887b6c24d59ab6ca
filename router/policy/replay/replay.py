"""Logged requests decided under two versions, and what comes of the difference.

Invariant: nothing is sampled: every request is decided under both versions, and every flip is counted once.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.policy.replay.decide_batch import Choices, Side, decide_sides
from router.policy.replay.engine import REFUSALS, Part
from router.policy.replay.flip_causes import MOST_TRIED, NO_FLIP, Causes, Versions
from router.policy.replay.intervals import Resampled, clusters_of
from router.policy.replay.predictions import Shared
from router.policy.replay.pricing import money
from router.policy.replay.request_columns import Floats, Mask, Requests
from router.policy.replay.request_targets import granted, grants_of, wishes_of
from router.policy.replay.result import Cause, Flow, Lost, Refusals, Replay, Shift, Standing

MOST_KEYS = 20
WORST = 10
LIMB = 21
NOBODY = "no key"
SEVERAL = "several changes together"
Places = NDArray[np.intp]


def replay(
    requests: Requests,
    versions: Versions,
    names: tuple[str, str] = ("before", "after"),
    advance: Callable[[int], object] = int,
    most_tried: int = MOST_TRIED,
) -> Replay:
    """Decide the requests under both versions and compare; `names` are what people call these.

    `advance` is told of every chunk how many requests it was. Of `most_tried` differences it is told which flips they
    are the cause of.
    """
    wishes = wishes_of(requests)
    default = versions.before.default_policy
    sides = [
        Side(granted(requests, wishes, grants_of(wishes, config, default, forced), config), config)
        for config, forced in zip(versions[:2], versions[2:], strict=True)
    ]
    causes = Causes(requests, wishes, versions, most_tried)

    def watch(rows: slice, shared: Shared, parts: Sequence[Part]) -> None:
        causes.watch(rows, shared, parts)
        advance(rows.stop - rows.start)

    owners = _owners(versions)
    compared = Compared(requests, *decide_sides(sides, watch))
    return Replay(
        before=names[0],
        after=names[1],
        total=compared.total(),
        tasks=compared.tasks(),
        keys=compared.keys(),
        models=compared.standings(compared.models, owners),
        owners=compared.standings(owners, owners),
        flows=compared.flows(),
        refusals=compared.refusals(),
        causes=_counted(causes),
        worst=compared.worst(causes),
    )


def _counted(causes: Causes) -> tuple[Cause, ...]:
    """Every difference with the flips that it is the cause of, the most first."""
    counts = np.bincount(causes.found - NO_FLIP, minlength=2 + len(causes.differences))[1:].tolist()
    single = [
        Cause(difference.label, difference.path, n)
        for difference, n in zip(causes.differences, counts[1:], strict=True)
    ]
    several = [Cause(SEVERAL, (), counts[0])] if counts[0] else []
    return tuple(sorted([*single, *several], key=lambda cause: -cause.flips))


class Compared:
    """The choices of two versions side by side; `before` and `after` are places in `models`, -1 for none."""

    def __init__(self, requests: Requests, choices: Choices, other: Choices) -> None:
        self.requests = requests
        self.choices, self.other = choices, other
        self.models = tuple(dict.fromkeys((*choices.models, *other.models)))
        self.before, self.after = self._places(choices), self._places(other)
        self.flips: Mask = self.before != self.after
        self.both: Mask = choices.answered & other.answered
        self.clusters = clusters_of(requests.unit)
        self.quality: Floats = np.where(self.both, other.quality - choices.quality, 0.0)

    def total(self) -> Shift:
        """The change over all requests."""
        return self._shifts(np.zeros(len(self.both), np.intp), ["all"])[0]

    def tasks(self) -> tuple[Shift, ...]:
        """The changes by task."""
        task = self.requests.task
        return self._shifts(task.codes.astype(np.intp), task.values)

    def keys(self) -> tuple[Shift, ...]:
        """The changes of the keys with the most requests."""
        key = self.requests.key
        return self._shifts(key.codes.astype(np.intp), [NOBODY if k is None else k for k in key.values])[:MOST_KEYS]

    def flows(self) -> tuple[Flow, ...]:
        """From model to model, those that stay too."""
        width = len(self.models) + 1
        counts = np.bincount((self.before + 1) * width + self.after + 1, minlength=width * width)
        names = ("", *self.models)
        flows = [Flow(names[at // width], names[at % width], int(counts[at])) for at in np.flatnonzero(counts)]
        return tuple(sorted(flows, key=lambda flow: -flow.requests))

    def standings(self, names: Sequence[str], owners: Sequence[str]) -> tuple[Standing, ...]:
        """What each name gets, a name for each model; models with one name count together."""
        distinct = list(dict.fromkeys(names))
        place = np.array([*(distinct.index(name) for name in names), len(distinct)], np.intp)
        columns = []
        for side, chosen in ((self.choices, place[self.before]), (self.other, place[self.after])):
            columns += [np.bincount(chosen, minlength=len(distinct)).tolist(), _totals(side, chosen, len(distinct))]
        owner = dict(zip(names, owners, strict=True))
        rows = zip(distinct, owner.values(), columns[0], columns[2], columns[1], columns[3], strict=False)
        return tuple(
            sorted(
                (Standing(*row) for row in rows),
                key=lambda standing: (-max(standing.before, standing.after), standing.name),
            )
        )

    def refusals(self) -> Refusals:
        """What each version refuses."""
        before, after = (
            {reason: int((side.refused == place).sum()) for place, reason in enumerate(REFUSALS) if place}
            for side in (self.choices, self.other)
        )
        return Refusals(before, after, int((self.choices.answered & ~self.other.answered).sum()))

    def worst(self, causes: Causes) -> tuple[Lost, ...]:
        """The requests that lose the most predicted quality."""
        lost = np.flatnonzero(self.quality < 0)
        if len(lost) > WORST:
            most = np.partition(self.quality[lost], WORST - 1)[WORST - 1]
            lost = lost[self.quality[lost] <= most]
        order = lost[np.argsort(self.quality[lost], kind="stable")][:WORST]
        labels = [*(difference.label for difference in causes.differences), SEVERAL]
        return tuple(self._lost(row, labels[causes.found[row]]) for row in order.tolist())

    def _lost(self, row: int, cause: str) -> Lost:
        requests, choices, other = self.requests, self.choices, self.other
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

    def _places(self, side: Choices) -> Places:
        places = {name: place for place, name in enumerate(self.models)}
        return np.array([*(places[name] for name in side.models), -1], np.intp)[side.chosen]

    def _shifts(self, groups: Places, names: Sequence[str]) -> tuple[Shift, ...]:
        """The changes by group, those with the most requests first."""
        count, both, sides = len(names), self.both, (self.choices, self.other)
        columns = [both.astype(np.float64), *(np.where(both, _floats(side), 0) for side in sides)]
        columns += [self.quality, np.where(both, self.other.latency - self.choices.latency, 0)]
        drawn = Resampled(self.clusters, groups, count, columns)
        figures = (
            drawn.estimates(lambda sums: sums[2] / sums[1] - 1),
            drawn.estimates(lambda sums: sums[3] / sums[0]),
            drawn.estimates(lambda sums: sums[4] / sums[0]),
        )
        counts = (np.bincount(groups, mask, count).astype(int).tolist() for mask in (None, self.flips, both))
        # Costs of what only one version answers are no change: they go into a group beyond the last.
        costs = (_totals(side, np.where(both, groups, count), count) for side in sides)
        rows = zip(names, *counts, *costs, *figures, strict=True)
        return tuple(sorted((Shift(*row) for row in rows), key=lambda shift: (-shift.requests, shift.name)))


def _totals(side: Choices, groups: Places, count: int) -> list[Decimal]:
    """The exact cost of each group; what is beyond the last one is left out."""
    totals: list[Any] = [0] * (count + 1)
    if side.cost.dtype == object:
        for group, cost in zip(groups.tolist(), side.cost.tolist(), strict=True):
            totals[group] += cost
    else:
        # Sums of floats are exact below 2^53: so the costs are added up in three limbs of 21 bits.
        for shift in (0, LIMB, 2 * LIMB):
            limb = (side.cost >> shift) & (2**LIMB - 1)
            sums = np.bincount(groups, limb, count + 1).tolist()
            totals = [total + (int(part) << shift) for total, part in zip(totals, sums, strict=True)]
    return [money(total, side.places) for total in totals[:count]]


def _floats(side: Choices) -> Floats:
    """Costs as floats, in micro-dollars, for intervals only."""
    costs: Any = side.cost.astype(np.float64) / 10.0**side.places
    return np.asarray(costs, np.float64)


def _owners(versions: Versions) -> list[str]:
    """The owner of each model, in the order of `Compared.models`; of a model in both versions, the latter's."""
    models = [*versions.before.models, *versions.after.models]
    return list({model.id: model.owner for model in models}.values())
