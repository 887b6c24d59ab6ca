"""Which change made each request flip.

A request's cause is the first difference, in the order in which `differences()` tells them, that makes it choose as it
does after the whole change when it is taken alone; where none does, it took several together.

Invariant: a difference is only tried on requests that flipped, have no cause yet, and that it can touch; the others
would decide as before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from router.policy.diff import Difference, differences, with_only
from router.policy.replay.engine import Engine, Part
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.predictions import Shared
from router.policy.replay.request_columns import Mask, Requests
from router.policy.replay.request_targets import Wishes, granted, grants_of
from router.types import Condition, Config, Guard, Policy, Rule

TOGETHER, NO_FLIP = -1, -2
# More changes than these at once are no edit of a person, and none of them is looked for alone.
MOST_TRIED = 200
Places = NDArray[np.intp]
Clause = TypeVar("Clause", bound=Guard | Rule)


class Versions(NamedTuple):
    """Two configurations, each perhaps with one policy that all requests are put under."""

    before: Config
    after: Config
    forced_before: str | None = None
    forced_after: str | None = None


class Changes(NamedTuple):
    """All differences of two versions, and a configuration with each alone, for those that are tried.

    At most `MOST_TRIED` are: each takes a replay of its own. Worked out once, however many parts a log is cut into.
    """

    versions: Versions
    differences: tuple[Difference, ...]
    alone: tuple[Config, ...]

    @classmethod
    def between(cls, versions: Versions, most: int = MOST_TRIED) -> "Changes":
        """The differences, of which at most `most` are tried."""
        single = as_versions_of_one(versions)
        found = tuple(differences(single.before, single.after))
        alone = (with_only(single.before, single.after, difference) for difference in found[:most])
        return cls(versions, found, tuple(alone))


class Causes:
    """Finds the cause of each flip, chunk by chunk, as the two versions are decided.

    `differences` are those that are tried, in their order; `found` holds for each request the place of its cause
    among them, or TOGETHER, or NO_FLIP.
    """

    def __init__(self, requests: Requests, wishes: Wishes, changes: Changes) -> None:
        versions = changes.versions
        self.differences = changes.differences
        self.found = np.full(len(requests), NO_FLIP, np.intp)
        names = tuple(dict.fromkeys(model.id for config in versions[:2] for model in config.models))
        self._names = [_places(config, names) for config in versions[:2]]
        self._trials = list(_trials(changes.alone, requests, wishes, as_versions_of_one(versions), names))

    def watch(self, rows: slice, shared: Shared, parts: Sequence[Part]) -> None:
        """Find the causes of the flips in one chunk, of which both versions' choices are given."""
        before, after = (names[part.chosen] for names, part in zip(self._names, parts, strict=True))
        flipped = np.flatnonzero(before != after)
        self.found[flipped + rows.start] = TOGETHER
        for place, trial in enumerate(self._trials):
            if not flipped.size:
                break
            explained = trial.explains(flipped, after, rows.start, shared)
            self.found[flipped[explained] + rows.start] = place
            flipped = flipped[~explained]


def as_versions_of_one(versions: Versions) -> Versions:
    """Policies that requests are put under become versions of the policies that they are asked for.

    So the differences between two policies of one file are told as changes of one policy.
    """
    before, after, was, now = versions
    if was is None and now is None:
        return versions
    name = was or ""
    if was is not None and now is not None:
        alone = replace(before, policies={name: before.policies[name]}, default_policy=name)
        wanted = replace(after.policies[now], aliases=before.policies[name].aliases)
        other = replace(after, policies={name: wanted}, default_policy=name)
        return Versions(alone, other, name, name)
    if now is not None:
        return Versions(before, _everywhere(after, now, before))
    return Versions(_everywhere(before, name, after), after)


def _everywhere(config: Config, policy: str, other: Config) -> Config:
    """A configuration whose policies have the names of another's, and are all the same."""
    wanted = config.policies[policy]
    policies = {name: replace(wanted, aliases=theirs.aliases) for name, theirs in other.policies.items()}
    return replace(config, policies=policies, default_policy=other.default_policy)


class _Trial:
    """One difference, ready to be tried alone."""

    def __init__(self, engine: Engine, before: Config, names: tuple[str, ...]) -> None:
        self.engine = engine
        self.names = _places(engine.config, names)
        self.touches = _touches(before, engine.config)

    def explains(self, places: Places, after: Places, start: int, shared: Shared) -> Mask:
        """Of some requests of a chunk, which choose with this difference alone as they do with all."""
        explained = np.zeros(len(places), np.bool_)
        touched = np.flatnonzero(self._touched(places + start))
        if touched.size:
            these = places[touched]
            part = self.engine.choose(these + start, shared.part(these))
            explained[touched] = self.names[part.chosen] == after[these]
        return explained

    def _touched(self, rows: Places) -> Mask:
        """The requests that the difference may touch."""
        if self.touches is None:
            return np.ones(len(rows), np.bool_)
        facts = Facts(self.engine.requests, self.engine.lookups, rows)
        touched = np.zeros(len(rows), np.bool_)
        asked, names = facts.codes("policy"), self.engine.requests.policy.values
        for name, conditions in self.touches.items():
            if name in names:
                touched |= (asked == names.index(name)) & _any_holds(conditions, facts)
        return touched


def _trials(
    alone: Sequence[Config], requests: Requests, wishes: Wishes, versions: Versions, names: tuple[str, ...]
) -> Iterator[_Trial]:
    lookups, before = Lookups(requests), versions.before
    asking: dict[Any, Requests] = {}
    for config in alone:
        grants = grants_of(wishes, config, before.default_policy, versions.forced_before)
        # What an alias over versions means depends on the ramps too.
        chains = tuple((name, alias.versions) for name, alias in config.version_aliases.items())
        by = grants, chains, config.ramps if chains else ()
        if by not in asking:
            asking[by] = granted(requests, wishes, grants, config)
        yield _Trial(Engine(asking[by], config, lookups), before, names)


def _places(config: Config, names: tuple[str, ...]) -> Places:
    """The place in `names` of each model of a configuration; the last one is for no model."""
    return np.array([*(names.index(model.id) for model in config.models), -1], np.intp)


def _any_holds(conditions: Sequence[tuple[Condition, bool]] | None, facts: Facts) -> Mask:
    if conditions is None:
        return np.ones(facts.count, np.bool_)
    holding = np.zeros(facts.count, np.bool_)
    for when, unknown in conditions:
        holding |= facts.holds(when, unknown=unknown)
    return holding


Touches = dict[str, list[tuple[Condition, bool]] | None]


def _touches(before: Config, after: Config) -> Touches | None:
    """The policies that are not the same, with the conditions of what is not; None where anything may be touched."""
    apart = replace(after, policies=before.policies)
    if apart != before or set(before.policies) != set(after.policies):
        return None
    changed = [name for name, policy in after.policies.items() if policy != before.policies[name]]
    if any(before.policies[name].aliases != after.policies[name].aliases for name in changed):
        return None
    return {name: _conditions(before.policies[name], after.policies[name]) for name in changed}


def _conditions(before: Policy, after: Policy) -> list[tuple[Condition, bool]] | None:
    """When two policies may differ: where a rule or a guard applies that only one of them has; None for always."""
    if replace(after, rules=before.rules, guards=before.guards) != before:
        return None
    rules, guards = _odd(before.rules, after.rules), _odd(before.guards, after.guards)
    if rules is None or guards is None:
        return None
    return [*((rule.when, False) for rule in rules), *((guard.when, True) for guard in guards)]


def _odd(before: Sequence[Clause], after: Sequence[Clause]) -> list[Clause] | None:
    """What stands in only one of two lists; None where the rest stands in another order."""
    both = [part for part in after if part in before]
    if both != [part for part in before if part in after]:
        return None
    return [*(part for part in before if part not in after), *(part for part in after if part not in before)]
