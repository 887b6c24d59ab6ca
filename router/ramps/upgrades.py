"""Which upgrade of an alias over versions is next, for each kind of work: the ramps of an alias, taken in order.

Invariant: on one kind of work one version is tried at a time, against the one that serves; a version that went back is
left out for good, and the next is tried in its place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from router.ramps.state import SHADOW, RampState, about, fresh, on_step
from router.ramps.transitions import Move, move
from router.types import OneOf, RampPlan

Place = Literal["serves", "served", "tried", "out", "waits"]


class Standing(NamedTuple):
    """A version on one kind of work: where it stands, and the ramp by which it came there, if any was begun."""

    version: str
    place: Place
    plan: RampPlan | None = None
    state: RampState | None = None


def standings(plans: Iterable[RampPlan], states: Mapping[str, RampState]) -> tuple[Standing, ...]:
    """Every version on one kind of work, oldest first; `plans` are those of one alias and one kind of work."""
    by_way = {(plan.ramp.original, plan.ramp.substitute): plan for plan in plans}
    versions = list(dict.fromkeys([*(original for original, _ in by_way), *(to for _, to in by_way)]))
    serving, places, free = versions[0], [Standing(versions[0], "serves")], True
    for version in versions[1:]:
        plan = by_way[serving, version]
        state = states.get(plan.name)
        state = state if state is not None and state.about == about(plan) else None
        place = _place(state) if free else "waits"
        places.append(Standing(version, place, plan, state))
        if place == "serves":
            places = [each._replace(place="served") if each.version == serving else each for each in places]
            serving = version
        free = free and place in ("serves", "out")
    return tuple(places)


def _place(state: RampState | None) -> Place:
    if state is None or state.stage in ("draft", "approved"):
        return "waits"
    if state.stage == "rolled_back":
        return "out"
    return "serves" if "full" in (state.stage, state.paused_from) else "tried"


def groups(plans: Iterable[RampPlan]) -> dict[tuple[str, str], list[RampPlan]]:
    """The plans of upgrades, by alias and kind of work."""
    grouped: dict[tuple[str, str], list[RampPlan]] = {}
    for plan in plans:
        if plan.ramp.alias:
            grouped.setdefault((plan.ramp.alias, task_of(plan)), []).append(plan)
    return grouped


def task_of(plan: RampPlan) -> str:
    """The kind of work that an upgrade is about."""
    tests = (test for test in plan.ramp.when.tests if isinstance(test, OneOf) and test.subject == "task")
    return next(word for test in tests for word in test.words)


def due(plans: Iterable[RampPlan], states: Mapping[str, RampState]) -> list[RampPlan]:
    """The upgrades that begin now: on each kind of work the first that waits, where no other is in progress."""
    begin = []
    for own in groups(plans).values():
        for each in standings(own, states):
            if each.place == "tried" or (each.state is not None and each.state.stage == "paused"):
                break
            if each.place == "waits":
                begin.extend([each.plan] if each.plan else [])
                break
    return begin


def begun(plan: RampPlan) -> tuple[RampState, Move]:
    """An upgrade in shadow: who wrote the alias has approved it."""
    state = on_step(plan, replace(fresh(plan), approved_by=("aliases.yaml",)), SHADOW)
    return state, move(plan, state, "started")
