"""Logged requests decided under two versions, and what comes of the difference.

Invariant: nothing is sampled: every request is decided under both versions, and every flip is counted once. The
figures are made from exact sums, so that a log that is read in parts gives the same ones to the last digit.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import numpy as np

from router.policy.replay.decide_batch import Side, decide_sides
from router.policy.replay.engine import REFUSALS, Part
from router.policy.replay.flip_causes import MOST_TRIED, TOGETHER, Causes, Changes, Versions
from router.policy.replay.intervals import Resampled
from router.policy.replay.predictions import Shared
from router.policy.replay.pricing import money
from router.policy.replay.request_columns import Floats, Requests
from router.policy.replay.request_targets import granted, grants_of, wishes_of
from router.policy.replay.result import Cause, Flow, Refusals, Replay, Shift, Standing
from router.policy.replay.sums.compared_sums import (
    BEFORE,
    LATENCY,
    QUALITY,
    SEVERAL,
    Comparison,
    GroupSums,
    ReplaySums,
)
from router.policy.replay.sums.compared_sums import Side as SideSums
from router.policy.replay.sums.exact_sums import LATENCY_BITS, QUALITY_BITS, Whole, ratio

MOST_KEYS = 20
NOBODY = "no key"
Key = str | None


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
    changes = Changes.between(versions, most_tried)
    keys = largest(key_counts(requests))
    return figures(decided(requests, changes, keys, advance), changes, names)


def key_counts(requests: Requests) -> Counter[Key]:
    """How many requests each key has."""
    counts = np.bincount(requests.key.codes, minlength=len(requests.key.values)).tolist()
    return Counter(dict(zip(requests.key.values, counts, strict=True)))


def largest(counts: Mapping[Key, int]) -> tuple[Key, ...]:
    """The keys with the most requests, which are told apart."""
    return tuple(sorted(counts, key=lambda key: (-counts[key], key or NOBODY))[:MOST_KEYS])


def decided(
    requests: Requests, changes: Changes, keys: Sequence[Key], advance: Callable[[int], object] = int
) -> ReplaySums:
    """Some requests of a log decided under both versions, as sums that can be joined."""
    versions, wishes = changes.versions, wishes_of(requests)
    default = versions.before.default_policy
    sides = [
        Side(granted(requests, wishes, grants_of(wishes, config, default, forced), config), config)
        for config, forced in zip(versions[:2], versions[2:], strict=True)
    ]
    causes = Causes(requests, wishes, changes)

    def watch(rows: slice, shared: Shared, parts: Sequence[Part]) -> None:
        causes.watch(rows, shared, parts)
        advance(rows.stop - rows.start)

    before, after = decide_sides(sides, watch)
    return Comparison(requests, before, after, causes).sums(keys)


def figures(sums: ReplaySums, changes: Changes, names: tuple[str, str]) -> Replay:
    """What a replay says, from the sums over a whole log."""
    owners, total = _owners(changes.versions), _total(sums)
    return Replay(
        before=names[0],
        after=names[1],
        total=_shifts(sums, {"all": total})[0],
        tasks=_shifts(sums, sums.tasks),
        keys=_shifts(sums, {NOBODY if key is None else key: group for key, group in sums.keys.items()}),
        models=_standings(sums, {name: name for name in owners}, owners),
        owners=_standings(sums, owners, owners),
        flows=_flows(sums, owners),
        refusals=Refusals(_refused(sums.before), _refused(sums.after), sums.newly),
        causes=_causes(sums, changes),
        worst=tuple(sums.worst),
    )


def _total(sums: ReplaySums) -> GroupSums:
    total = GroupSums(0, 0, np.zeros((LATENCY + 1, _width(sums)), object))
    for task in sums.tasks.values():
        total.join(task)
    return total


def _width(sums: ReplaySums) -> int:
    return next((group.sums.shape[1] for group in sums.tasks.values()), 1)


def _shifts(sums: ReplaySums, groups: Mapping[str, GroupSums]) -> tuple[Shift, ...]:
    """The changes by group, those with the most requests first."""
    if not groups:
        return ()
    whole: Whole = np.stack([group.sums for group in groups.values()], axis=2)
    drawn = Resampled(_floats(whole[:, sorted(sums.clusters) or [0]], sums))
    estimates = (
        drawn.estimates(lambda sums: sums[BEFORE + 1] / sums[BEFORE] - 1),
        drawn.estimates(lambda sums: sums[QUALITY] / sums[0]),
        drawn.estimates(lambda sums: sums[LATENCY] / sums[0]),
    )
    shifts = []
    for place, (name, group) in enumerate(groups.items()):
        answered, before, after, *_ = group.sums.sum(axis=1).tolist()
        costs = money(before, sums.before.places), money(after, sums.after.places)
        shifts.append(
            Shift(name, group.requests, group.flips, answered, *costs, *(estimate[place] for estimate in estimates))
        )
    return tuple(sorted(shifts, key=lambda shift: (-shift.requests, shift.name)))


def _floats(whole: Whole, sums: ReplaySums) -> Floats:
    """The columns as floats for intervals: requests, micro-dollars twice, chances, milliseconds."""
    scales = 1, 10**sums.before.places, 10**sums.after.places, 2**QUALITY_BITS, 2**LATENCY_BITS
    return np.stack([ratio(column, scale) for column, scale in zip(whole, scales, strict=True)])


def _flows(sums: ReplaySums, models: Mapping[str, str]) -> tuple[Flow, ...]:
    """From model to model, those that stay too."""
    place = {name: at for at, name in enumerate(("", *models))}
    flows = [Flow(*names, count) for names, count in sums.flows.items()]
    return tuple(sorted(flows, key=lambda flow: (-flow.requests, place[flow.before], place[flow.after])))


def _standings(sums: ReplaySums, names: Mapping[str, str], owners: Mapping[str, str]) -> tuple[Standing, ...]:
    """What each name gets, a name for each model; models with one name count together."""
    rows = []
    for name in dict.fromkeys(names.values()):
        models = [model for model, its_name in names.items() if its_name == name]
        before, after = (_got(side, models) for side in (sums.before, sums.after))
        rows.append(Standing(name, owners[models[0]], before[0], after[0], before[1], after[1]))
    return tuple(sorted(rows, key=lambda standing: (-max(standing.before, standing.after), standing.name)))


def _got(side: SideSums, models: Sequence[str]) -> tuple[int, Decimal]:
    """The requests of some models together, and their cost."""
    cost = sum(side.costs[model] for model in models)
    return sum(side.models[model] for model in models), money(cost, side.places)


def _refused(side: SideSums) -> Mapping[str, int]:
    return {reason: side.refused[reason] for reason in REFUSALS if reason}


def _causes(sums: ReplaySums, changes: Changes) -> tuple[Cause, ...]:
    """Every difference with the flips that it is the cause of, the most first."""
    single = [
        Cause(difference.label, difference.path, sums.causes[place])
        for place, difference in enumerate(changes.differences)
    ]
    together = sums.causes[TOGETHER]
    several = [Cause(SEVERAL, (), together)] if together else []
    return tuple(sorted([*single, *several], key=lambda cause: -cause.flips))


def _owners(versions: Versions) -> dict[str, str]:
    """The owner of each model of either version; of a model in both, the latter's."""
    models = [*versions.before.models, *versions.after.models]
    return {model.id: model.owner for model in models}
