"""What a policy becomes for each request once its rules, guards and spent budgets have spoken.

Invariant: rules apply in the order of the file and a later one wins; a guard applies where it cannot be known; a
budget acts where an account of it is at its limit. Each term is a column, so a thousand rules need no thousand cases.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.decision.budgets import label
from router.decision.names.patterns import fits
from router.decision.scoring import places
from router.policy.replay.facts import Facts
from router.policy.replay.request_columns import Floats, Ints, Mask, Requests
from router.types import (
    HIGH_STAKES,
    Budget,
    Change,
    CostCap,
    FloorKey,
    LatencyCap,
    Model,
    Policy,
    PriceCap,
    Ranks,
    Subject,
    Task,
)

Names = tuple[str, ...] | None
# The rank of what nobody prefers.
LAST = 2**31


_COLUMNS = (
    "band",
    "floor",
    "latency",
    "allowed",
    "preferred",
    "sober",
    "max_price",
    "max_cost",
    "max_output",
    "max_latency",
    "healthy_for",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in force, a row each; `allowed` has codes of sets of models, `preferred` of orders, others of caps.

    `sober` is the floor for high stakes, where they are; `max_output` what a policy limits answers to, 0 for nothing.

    `guarded`, `budgeted` and `lasting` are models x requests, or None where nothing is barred; `lasting` are the bars
    of budgets that stay where the others leave nobody.
    """

    band: Floats
    floor: Floats
    latency: Mask
    allowed: NDArray[np.intp]
    preferred: NDArray[np.intp]
    sober: Floats
    max_price: NDArray[np.intp]
    max_cost: NDArray[np.intp]
    max_output: Ints
    max_latency: NDArray[np.intp]
    healthy_for: NDArray[np.intp]
    guarded: Mask | None
    budgeted: Mask | None
    lasting: Mask | None

    def part(self, rows: NDArray[np.intp]) -> "Terms":
        """The terms of some of the requests, but for who is barred."""
        some: dict[str, Any] = {column: getattr(self, column)[rows] for column in _COLUMNS}
        return Terms(**some, guarded=None, budgeted=None, lasting=None)


class ModelSets:
    """The sets of models that policies name, each with a code; `models` are in the order of the columns."""

    def __init__(self, models: Sequence[Model]) -> None:
        self.rows = tuple(models)
        self.models = tuple(model.id for model in models)
        self.regions = tuple(model.regions for model in models)
        self._codes: dict[Names, int] = {None: 0}
        self._orders: dict[Ranks, int] = {(): 0}
        self.max_price: dict[PriceCap | None, int] = {None: 0}
        self.max_cost: dict[CostCap | None, int] = {None: 0}
        self.max_latency: dict[LatencyCap | None, int] = {None: 0}
        self.healthy_for: dict[int | None, int] = {None: 0}

    def order(self, ranks: Ranks | None) -> int:
        """The code of an order of preference; that of none is 0."""
        return self._orders.setdefault(ranks or (), len(self._orders))

    def price(self, cap: PriceCap | None) -> int:
        """The code of the highest price; that of none is 0."""
        return self.max_price.setdefault(cap, len(self.max_price))

    def cost(self, cap: CostCap | None) -> int:
        """The code of the highest cost; that of none is 0."""
        return self.max_cost.setdefault(cap, len(self.max_cost))

    def latency(self, cap: LatencyCap | None) -> int:
        """The code of a limit of latency; that of none is 0."""
        return self.max_latency.setdefault(cap, len(self.max_latency))

    def health(self, minutes: int | None) -> int:
        """The code of how long models must have been healthy; that of no time is 0."""
        return self.healthy_for.setdefault(minutes, len(self.healthy_for))

    def ranks(self) -> NDArray[np.intp]:
        """Models x codes of orders: the rank of each model, `LAST` for those that are not preferred."""
        rows = [[places(ranks).get(model, LAST) for ranks in self._orders] for model in self.models]
        return np.array(rows, np.intp).reshape(len(self.models), len(self._orders))

    def code(self, names: Names) -> int:
        """The code of a set; that of None, which stands for all, is 0."""
        return self._codes.setdefault(names, len(self._codes))

    def table(self) -> Mask:
        """Models x codes: which models each set holds; None all."""
        rows = [[names is None or model in names for names in self._codes] for model in self.models]
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
        self.allowed, self.preferred = sets.code(policy.models), sets.order(policy.prefer)
        sets.latency(policy.max_latency)
        sets.health(policy.healthy_for)
        self.max_price, self.max_cost = sets.price(policy.max_price), sets.cost(policy.max_cost)
        for rule in policy.rules:
            sets.code(rule.set.models)
            sets.order(rule.set.prefer)
            sets.price(rule.set.max_price)
            sets.cost(rule.set.max_cost)
            sets.latency(rule.set.max_latency)
            sets.health(rule.set.healthy_for)

    def over(self, facts: Facts) -> Terms:
        """The terms of some requests that are under this policy."""
        count, policy = facts.count, self.policy
        terms = Terms(
            np.full(count, policy.band, np.float64),
            self.floors[facts.codes("task")],
            np.full(count, policy.optimize == "latency"),
            np.full(count, self.allowed, np.intp),
            np.full(count, self.preferred, np.intp),
            np.where(_is_grave(facts), policy.floors.get(HIGH_STAKES, 0.0), 0.0),
            np.full(count, self.max_price, np.intp),
            np.full(count, self.max_cost, np.intp),
            np.full(count, policy.max_output or 0, np.int64),
            np.full(count, self.sets.latency(policy.max_latency), np.intp),
            np.full(count, self.sets.health(policy.healthy_for), np.intp),
            self._guarded(facts),
            self._no_bars(count),
            self._no_bars(count),
        )
        self._apply_rules(terms, facts)
        if (narrowed := self._no_bars(count)) is not None:
            for budget in policy.budgets:
                self._draw(budget, terms, narrowed, facts)
            self._substitute(terms, narrowed)
        return terms

    def _no_bars(self, count: int) -> Mask | None:
        return np.zeros((len(self.sets.models), count), np.bool_) if self._may_act() else None

    def _substitute(self, terms: Terms, narrowed: Mask) -> None:
        """Take back what a rule says of the models where the budgets leave none of them: others may answer."""
        allowed = self.sets.table()[:, terms.allowed]
        empty = (terms.allowed != 0) & narrowed.any(axis=0) & ~(allowed & ~narrowed).any(axis=0)
        terms.allowed[empty] = self.allowed

    def _apply_rules(self, terms: Terms, facts: Facts) -> None:
        for when, change, floors in self.rules:
            applies = facts.holds(when)
            if not applies.any():
                continue
            sets = self.sets
            said: tuple[tuple[NDArray[Any], Any, Callable[[Any], Any]], ...] = (
                (terms.band, change.band, float),
                (terms.latency, change.optimize, lambda word: word == "latency"),
                (terms.allowed, change.models, sets.code),
                (terms.preferred, change.prefer, sets.order),
                (terms.max_price, change.max_price, sets.price),
                (terms.max_cost, change.max_cost, sets.cost),
                (terms.max_output, change.max_output, int),
                (terms.max_latency, change.max_latency, sets.latency),
                (terms.healthy_for, change.healthy_for, sets.health),
            )
            for column, word, value in said:
                if word is not None:
                    column[applies] = value(word)
            self._raise_floors(terms, facts, applies, change, floors)

    def _raise_floors(self, terms: Terms, facts: Facts, applies: Mask, change: Change, floors: Floats | None) -> None:
        if floors is not None:
            floor = floors[facts.codes("task")]
            np.copyto(terms.floor, floor, where=applies & ~np.isnan(floor))
        if HIGH_STAKES in change.floors:
            terms.sober[applies & _is_grave(facts)] = change.floors[HIGH_STAKES]

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

    def _draw(self, budget: Budget, terms: Terms, narrowed: Mask, facts: Facts) -> None:
        """Let one budget act on the requests that it counts, where it is at its limit."""
        counted = self._counts(budget, facts)
        among, kept = self.sets.mask(budget.of.model), self.sets.mask(budget.then.models or ())
        relief = budget.then
        into = [terms.budgeted, terms.lasting if relief.otherwise != "serve" else None]
        into += [] if relief.denies else [narrowed]
        acts = np.zeros(facts.count, np.bool_)
        for place, model in enumerate(self.sets.rows):
            if not among[place]:
                continue
            at_limit = np.array([label(budget, model) in spent for spent in self.spent], np.bool_)
            hit = counted & at_limit[facts.codes("spent")]
            acts |= hit
            if (relief.denies or relief.models is not None) and not kept[place]:
                for barred in into:
                    if barred is not None:
                        barred[place] |= hit
        if relief.band is not None:
            np.maximum(terms.band, relief.band, out=terms.band, where=acts)

    def _counts(self, budget: Budget, facts: Facts) -> Mask:
        """Where a budget counts the caller's requests, whatever the model."""
        of = budget.of
        if of.policy is not None and self.name not in of.policy:
            return np.zeros(facts.count, np.bool_)
        counted = np.ones(facts.count, np.bool_)
        columns: tuple[tuple[Subject, tuple[str, ...] | None], ...] = (("key", of.key), ("team", of.team))
        for column, names in columns:
            values: tuple[str | None, ...] = facts.lookups.values(column)
            known = budget.each == column
            right = [(names is None or fits(v, names)) and not (known and v is None) for v in values]
            counted &= np.array(right, np.bool_)[facts.codes(column)]
        if of.tags is not None or budget.each == "tag":
            some = of.tags or ("*",)
            tagged = [any(fits(tag, some) for tag in tags) for tags in facts.lookups.values("tags")]
            counted &= np.array(tagged, np.bool_)[facts.codes("tags")]
        return counted & facts.has_user() if budget.each == "user" else counted


def together(parts: Sequence[tuple[NDArray[np.intp], Terms]], models: int, count: int) -> Terms:
    """The terms of a chunk from those of its policies; where there is no policy, no model is allowed."""
    whole = Terms(
        np.zeros(count),
        np.full(count, np.inf),
        np.zeros(count, np.bool_),
        np.zeros(count, np.intp),
        np.zeros(count, np.intp),
        np.zeros(count),
        np.zeros(count, np.intp),
        np.zeros(count, np.intp),
        np.zeros(count, np.int64),
        np.zeros(count, np.intp),
        np.zeros(count, np.intp),
        _bars([part.guarded for _, part in parts], models, count),
        _bars([part.budgeted for _, part in parts], models, count),
        _bars([part.lasting for _, part in parts], models, count),
    )
    for rows, part in parts:
        for column in _COLUMNS:
            getattr(whole, column)[rows] = getattr(part, column)
        for name in ("guarded", "budgeted", "lasting"):
            into, bars = getattr(whole, name), getattr(part, name)
            if into is not None and bars is not None:
                into[:, rows] = bars
    return whole


def _bars(parts: Sequence[Mask | None], models: int, count: int) -> Mask | None:
    return None if all(part is None for part in parts) else np.zeros((models, count), np.bool_)


def _task(task: Any) -> Task:
    name: Task = task
    return name


def _floors(floors: Mapping[FloorKey, float], tasks: Sequence[str]) -> Floats | None:
    """A rule's floors by the code of the task, NaN where it says none; None where it says none at all."""
    if not floors:
        return None
    return np.array([floors.get(_task(task), np.nan) for task in tasks], np.float64)


def _is_grave(facts: Facts) -> Mask:
    """Where stakes are high."""
    high = [word == "high" for word in facts.lookups.values("stakes")]
    return np.array(high, np.bool_)[facts.codes("stakes")]
