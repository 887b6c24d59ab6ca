"""What a policy becomes for each request once its rules, guards and spent budgets have spoken.

Invariant: rules apply in the order of the file and a later one wins; a guard applies where it cannot be known; a
budget acts where an account of it is at its limit. Each term is a column, so a thousand rules need no thousand cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.decision.budgets import label
from router.policy.replay.facts import Facts
from router.policy.replay.request_columns import Floats, Mask, Requests
from router.types import Budget, Model, Policy, Task

Names = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in force, a row each; `allowed` and `preferred` are codes of sets of models.

    `guarded` and `budgeted` are models x requests, or None where nothing is barred.
    """

    band: Floats
    floor: Floats
    latency: Mask
    allowed: NDArray[np.intp]
    preferred: NDArray[np.intp]
    guarded: Mask | None
    budgeted: Mask | None

    def part(self, rows: NDArray[np.intp]) -> "Terms":
        """The terms of some of the requests, but for who is barred."""
        some = (self.band[rows], self.floor[rows], self.latency[rows], self.allowed[rows], self.preferred[rows])
        return Terms(*some, None, None)


class ModelSets:
    """The sets of models that policies name, each with a code; `models` are in the order of the columns."""

    def __init__(self, models: Sequence[Model]) -> None:
        self.models = tuple(model.id for model in models)
        self.regions = tuple(model.regions for model in models)
        self._codes: dict[Names, int] = {None: 0}

    def code(self, names: Names) -> int:
        """The code of a set; that of None, which stands for all or for none, is 0."""
        return self._codes.setdefault(names, len(self._codes))

    def table(self, *, of_none: bool) -> Mask:
        """Models x codes: which models each set holds."""
        rows = [[of_none if names is None else model in names for names in self._codes] for model in self.models]
        return np.array(rows, np.bool_).reshape(len(self.models), len(self._codes))

    def mask(self, names: Names) -> Mask:
        """Which models a set holds; all for None."""
        return np.array([names is None or model in names for model in self.models], np.bool_)


class PolicyTerms:
    """One policy, made ready for many requests."""

    def __init__(self, name: str, policy: Policy, requests: Requests, sets: ModelSets) -> None:
        self.name = name
        self.policy = policy
        self.sets = sets
        self.spent = requests.spent.values
        tasks = requests.task.values
        self.floors = np.array([policy.floors.get(_task(task), 0.0) for task in tasks], np.float64)
        self.rules = [(rule.when, rule.set, _floors(rule.set.floors, tasks)) for rule in policy.rules]
        self.guards = [(guard.when, sets.mask(guard.never), guard.regions) for guard in policy.guards]
        self.allowed, self.preferred = sets.code(policy.models), sets.code(policy.prefer)
        for rule in policy.rules:
            sets.code(rule.set.models)
            sets.code(rule.set.prefer)

    def over(self, facts: Facts) -> Terms:
        """The terms of some requests that are under this policy."""
        count, policy = facts.count, self.policy
        terms = Terms(
            np.full(count, policy.band, np.float64),
            self.floors[facts.codes("task")],
            np.full(count, policy.optimize == "latency"),
            np.full(count, self.allowed, np.intp),
            np.full(count, self.preferred, np.intp),
            self._guarded(facts),
            np.zeros((len(self.sets.models), count), np.bool_) if self._may_act() else None,
        )
        self._apply_rules(terms, facts)
        if terms.budgeted is not None:
            for budget in policy.budgets:
                self._draw(budget, terms.band, terms.budgeted, facts)
        return terms

    def _apply_rules(self, terms: Terms, facts: Facts) -> None:
        for when, change, floors in self.rules:
            applies = facts.holds(when)
            if not applies.any():
                continue
            if change.band is not None:
                terms.band[applies] = change.band
            if change.optimize is not None:
                terms.latency[applies] = change.optimize == "latency"
            if change.models is not None:
                terms.allowed[applies] = self.sets.code(change.models)
            if change.prefer is not None:
                terms.preferred[applies] = self.sets.code(change.prefer)
            if floors is not None:
                floor = floors[facts.codes("task")]
                np.copyto(terms.floor, floor, where=applies & ~np.isnan(floor))

    def _guarded(self, facts: Facts) -> Mask | None:
        barred: Mask | None = None
        away: dict[tuple[int, str], Mask] = {}
        for when, never, regions in self.guards:
            applies = facts.holds(when, unknown=True)
            if applies.any():
                barred = np.zeros((len(self.sets.models), facts.count), np.bool_) if barred is None else barred
                if not regions:
                    barred[never] |= applies
                for place, region in product(np.flatnonzero(never).tolist(), regions):
                    away[place, region] = away[place, region] | applies if (place, region) in away else applies
        if barred is not None:
            self._leave_no_region(barred, away)
        return barred

    def _leave_no_region(self, barred: Mask, away: Mapping[tuple[int, str], Mask]) -> None:
        """Bar the models of which guards together take every region."""
        for place in {place for place, _ in away}:
            regions = self.sets.regions[place]
            if all((place, region) in away for region in regions):
                barred[place] |= np.logical_and.reduce([away[place, region] for region in regions])

    def _may_act(self) -> bool:
        return bool(self.policy.budgets) and any(self.spent)

    def _draw(self, budget: Budget, band: Floats, barred: Mask, facts: Facts) -> None:
        """Let one budget act on the requests that it counts, where it is at its limit."""
        counted = self._counts(budget, facts)
        among, kept = self.sets.mask(budget.of.model), self.sets.mask(budget.then.models or ())
        relief = budget.then
        acts = np.zeros(facts.count, np.bool_)
        for place, model in enumerate(self.sets.models):
            if not among[place]:
                continue
            at_limit = np.array([label(budget, model) in spent for spent in self.spent], np.bool_)
            hit = counted & at_limit[facts.codes("spent")]
            acts |= hit
            if (relief.denies or relief.models is not None) and not kept[place]:
                barred[place] |= hit
        if relief.band is not None:
            np.maximum(band, relief.band, out=band, where=acts)

    def _counts(self, budget: Budget, facts: Facts) -> Mask:
        """Where a budget counts the caller's requests, whatever the model."""
        of = budget.of
        if of.policy is not None and self.name not in of.policy:
            return np.zeros(facts.count, np.bool_)
        found = np.ones(facts.count, np.bool_)
        for column, names in (("key", of.key), ("team", of.team)):
            values: tuple[str | None, ...] = getattr(facts.requests, column).values
            known = budget.each == column
            right = [(names is None or v in names) and not (known and v is None) for v in values]
            found &= np.array(right, np.bool_)[facts.codes(column)]
        return found


def together(parts: Sequence[tuple[NDArray[np.intp], Terms]], models: int, count: int) -> Terms:
    """The terms of a chunk from those of its policies; where there is no policy, no model is allowed."""
    whole = Terms(
        np.zeros(count),
        np.full(count, np.inf),
        np.zeros(count, np.bool_),
        np.zeros(count, np.intp),
        np.zeros(count, np.intp),
        _bars([part.guarded for _, part in parts], models, count),
        _bars([part.budgeted for _, part in parts], models, count),
    )
    for rows, part in parts:
        for column in ("band", "floor", "latency", "allowed", "preferred"):
            getattr(whole, column)[rows] = getattr(part, column)
        for into, bars in ((whole.guarded, part.guarded), (whole.budgeted, part.budgeted)):
            if into is not None and bars is not None:
                into[:, rows] = bars
    return whole


def _bars(parts: Sequence[Mask | None], models: int, count: int) -> Mask | None:
    return None if all(part is None for part in parts) else np.zeros((models, count), np.bool_)


def _task(task: Any) -> Task:
    name: Task = task
    return name


def _floors(floors: Mapping[Task, float], tasks: Sequence[str]) -> Floats | None:
    """A rule's floors by the code of the task, NaN where it says none; None where it says none at all."""
    if not floors:
        return None
    return np.array([floors.get(_task(task), np.nan) for task in tasks], np.float64)
