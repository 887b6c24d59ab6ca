"""Budgets, from the words of the file to values that count.

Invariant: each step of a budget becomes a budget at its part of the limit, and all of them draw on one account; of
several that deny only the first could ever act, so that two are a fault.
"""

import math
from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from fnmatch import fnmatchcase
from itertools import pairwise

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.model_words import known_words, matches, spelt
from router.config.policies_file import AtLimit, BudgetWritten, Of, RaiseWritten, Then
from router.config.scalars import limit, moment, part, rolled
from router.decision.budgets import ROLLING
from router.suggest import nearest
from router.types import Budget, Model, Raise, Relief, Subject, Target, Unit


class BudgetCompiler:
    """Compiles the budgets of one home: a policy, or `*` for the head of the file."""

    def __init__(self, fit: Fit, file: str, policies: tuple[str, ...], home: str) -> None:
        self.fit = fit
        self.file = file
        self.policies = policies
        self.home = home

    def compiled(self, written: BudgetWritten, path: Path_) -> Iterator[Budget]:
        """A budget, or its steps in the order of the file."""
        whole = self._whole(written, path)
        if written.steps is None:
            yield whole
            return
        if written.then is not None:
            self._fault((*path, "then"), "a budget has `then` or `steps`, not both", "taken-name")
        self._steps(written, path)
        for place, step in enumerate(written.steps):
            share = part(step.at)
            raised = whole.raised and Raise(
                whole.raised.limit * share, whole.raised.start, whole.raised.end, whole.raised.because
            )
            yield Budget(
                name=step_name(written.name, share),
                home=self.home,
                of=whole.of,
                limit=whole.limit * share,
                unit=whole.unit,
                per=whole.per,
                then=self._relief(step.then, (*path, "steps", place, "then")),
                each=whole.each,
                because=whole.because,
                shared=written.name,
                at=share,
                raised=raised,
                rollover=whole.rollover * share,
            )

    def _steps(self, written: BudgetWritten, path: Path_) -> None:
        """Steps that could never act: they stand in the order of what is spent, and nothing comes after `deny`."""
        steps = written.steps or ()
        for place, (step, later) in enumerate(pairwise(steps), 1):
            if part(later.at) <= part(step.at):
                self._fault((*path, "steps", place, "at"), "steps stand in the order of their parts", "order")
            elif step.then == "deny":
                sentence = f"nothing comes after `deny` at {step.at}: nothing more is spent then"
                self._fault((*path, "steps", place, "at"), sentence, "order")

    def _whole(self, written: BudgetWritten, path: Path_) -> Budget:
        number, unit = limit(written.limit)
        return Budget(
            name=written.name,
            home=self.home,
            of=self._target(written.of, (*path, "of")),
            limit=number,
            unit=unit,
            per=written.per,
            then=self._relief(written.then or "deny", (*path, "then")),
            each=written.each,
            because=written.because,
            raised=self._raised(written.raise_, unit, (*path, "raise")),
            rollover=self._rollover(written, number, unit, (*path, "rollover")),
        )

    def _rollover(self, written: BudgetWritten, whole: Decimal, unit: Unit, path: Path_) -> Decimal:
        """The most that goes over into the next period, in the budget's unit: whole tokens and requests."""
        if written.rollover is None:
            return Decimal(0)
        if written.per in ROLLING:
            self._fault(path, f"{written.per} roll, so that nothing is left at an end: take `rollover` out", "order")
        said = rolled(written.rollover)
        if isinstance(said, Decimal):
            most = said * whole
            return most if unit == "USD" else most.to_integral_value(ROUND_FLOOR)
        most, other = said
        if other != unit:
            self._fault(path, f"the budget counts {unit}, not {other}", "unit")
        elif most > whole:
            self._fault(path, "more than the limit can't be left of a period", "order")
        return most

    def _raised(self, written: RaiseWritten | None, unit: Unit, path: Path_) -> Raise | None:
        if written is None:
            return None
        number, other = limit(written.to)
        if other != unit:
            self._fault((*path, "to"), f"the budget counts {unit}, not {other}", "unit")
        start = -math.inf if written.from_ is None else moment(written.from_)
        # Up to the minute before: minutes are whole.
        end = moment(written.until, last=True) - 1
        if end < start:
            self._fault((*path, "until"), "a raise ends after it begins", "order")
        return Raise(number, start, end, written.because)

    def _relief(self, said: AtLimit, path: Path_) -> Relief:
        if not isinstance(said, Then):
            return Relief(warns=said == "warn")
        if said.band is None and said.models is None:
            self._fault(path, "`then` says nothing: write `deny`, `warn`, a `band` or `models`", "missing-key")
        return Relief(said.band, self.fit.expand(said.models, self.file, (*path, "models")), said.otherwise)

    def _target(self, of: Of, path: Path_) -> Target:
        for position, name in enumerate(of.policy or ()):
            if not any(fnmatchcase(policy, name) for policy in self.policies):
                sentence = f"no policy is called {name!r}."
                hint = nearest(name, self.policies)
                self.fit.fault(self.file, (*path, "policy", position), sentence, hint)
        policies = of.policy and tuple(name for name in self.policies if matches(name, of.policy))
        key, team, tags = (said and spelt(name, said) for name, said in _who(of))
        return Target(key, team, policies, self._models(of, path), tags)

    def _models(self, of: Of, path: Path_) -> tuple[str, ...] | None:
        """The models that a budget counts: of those that are named, the ones of the owners and providers that are."""
        models = self.fit.expand(of.model, self.file, (*path, "model"))
        for key in ("provider", "owner", "family"):
            if (said := getattr(of, key)) is not None:
                known_words(self.fit, self.file, said, key, (*path, key))
                rows: list[Model] = [row for row in self.fit.models.values() if matches(getattr(row, key), said)]
                models = tuple(row.id for row in rows if models is None or row.id in models)
        return models

    def _fault(self, path: Path_, sentence: str, code: str) -> None:
        self.fit.fault(self.file, path, sentence, code=code)


def step_name(name: str, share: Decimal) -> str:
    """What a step of a budget is called in decisions and reports: `month at 80 %`."""
    return f"{name} at {(share * 100).normalize():f} %"


def _who(of: Of) -> tuple[tuple[Subject, tuple[str, ...] | None], ...]:
    return ("key", of.key), ("team", of.team), ("tags", of.tags)
