"""Floors that no model reaches: requests that would be refused.

Invariant: a floor is judged against the models that its policy allows and no guard bars always, by the same formula
that decides: sigmoid(ability - difficulty).
"""

import math
from collections.abc import Collection, Iterator
from typing import NamedTuple

from router.config.files.yaml_source import Path_
from router.decision.candidates import in_words
from router.decision.scoring import sigmoid
from router.policy.describe import describe
from router.policy.lint.condition_ranges import EASIEST, HARDEST, Interval, always, extent
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Sheet
from router.types import HIGH_STAKES, SOBER_TASKS, FloorKey, Model

ORDINARY = 0.0


class _Floor(NamedTuple):
    """A floor with its place, the models that may reach it, and the difficulties at which it holds."""

    path: Path_
    task: FloorKey
    least: float
    models: list[Model]
    difficulties: Interval


def floors(sheet: Sheet) -> Iterator[Finding]:
    """Everything about floors."""
    for name in sheet.config.policies:
        for floor in (*_of_policy(sheet, name), *_of_rules(sheet, name)):
            yield from _judged(sheet, floor)


def _of_policy(sheet: Sheet, name: str) -> Iterator[_Floor]:
    """A policy's own floors, and those that it takes from another while it narrows the models."""
    policy = sheet.config.policies[name]
    own = sheet.at(("policies", name)).get("floors") or {}
    for task in policy.floors:
        floor = _floor(sheet, name, task, ("policies", name, "floors", task))
        if task in own:
            yield from floor
        elif (path := sheet.written(name, "models")) and not _faulty(sheet, str(policy.extends), task):
            yield from (each._replace(path=path) for each in floor)


def _floor(sheet: Sheet, name: str, task: FloorKey, path: Path_) -> list[_Floor]:
    policy, least = sheet.config.policies[name], sheet.config.policies[name].floors[task]
    # A rule that lowers the floor may be just what keeps the requests from being refused.
    if any(rule.set.floors.get(task, 1) < least for rule in policy.rules):
        return []
    return [_Floor(path, task, least, _open(sheet, name, sheet.reachable(name)), (EASIEST, HARDEST))]


def _faulty(sheet: Sheet, name: str, task: FloorKey) -> bool:
    """Whether a policy's floor is reported where it is written."""
    return any(finding for floor in _floor(sheet, name, task, ()) for finding in _judged(sheet, floor))


def _of_rules(sheet: Sheet, name: str) -> Iterator[_Floor]:
    for path, rule in sheet.own(name, sheet.rules(name)):
        if not rule.set.floors or (here := extent(rule.when)).empty:
            continue
        least, most = here.difficulties
        difficulties = max(least, EASIEST), min(most, HARDEST)
        models = _open(sheet, name, rule.set.models or sheet.reachable(name))
        for task, floor in rule.set.floors.items():
            yield _Floor((*path, "set", "floors", task), task, floor, models, difficulties)


def _open(sheet: Sheet, name: str, allowed: Collection[str]) -> list[Model]:
    """The models that are allowed and that no guard bars whatever the request."""
    barred = sheet.barred(guard for guard in sheet.config.policies[name].guards if always(extent(guard.when)))
    rows = [row for row in sheet.config.models if row.id in allowed and row.id not in barred]
    return [row for row in rows if in_words(row)] or rows


def _judged(sheet: Sheet, floor: _Floor) -> Iterator[Finding]:
    able = {model.id: ability for model in floor.models if (ability := _ability(model, floor.task)) is not None}
    best = max(able, key=lambda model: (able[model], model), default=None)
    reach = able[best] - _logit(floor.least) if best is not None else -math.inf
    least, most = (ORDINARY, ORDINARY) if floor.task == HIGH_STAKES else floor.difficulties
    what = f"the floor of {describe(floor.least)} for {floor.task}"
    if reach < least:
        top = f": the best, {best}, comes to {sigmoid(able[best] - least):.3f}" if best else ""
        sentence = f"No model that may answer reaches {what}, even at the easiest work{top}. Every such request fails."
        yield sheet.warn(floor.path, "floor-unreachable", sentence, "Lower the floor, or allow a better model.")
    elif reach < min(ORDINARY, most):
        sentence = f"No model that may answer reaches {what} at ordinary difficulty: from {reach:.2f} logits on, "
        advice = f"At difficulty 0 the best, {best}, comes to {sigmoid(able[str(best)]):.3f}: lower the floor."
        yield sheet.warn(floor.path, "floor-steep", sentence + "requests are refused.", advice)


def _ability(model: Model, key: FloorKey) -> float | None:
    """What a floor judges a model by: for high stakes the least of its abilities in the sober kinds of work."""
    tasks = SOBER_TASKS if key == HIGH_STAKES else (key,)
    known = [model.abilities.values[task] for task in tasks if task in model.abilities.values]
    return min(known) if len(known) == len(tasks) else None


def _logit(share: float) -> float:
    if share <= 0:
        return -math.inf
    return math.inf if share >= 1 else math.log(share / (1 - share))
