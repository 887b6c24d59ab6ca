"""The parts of a policy, from the words of the file to values that decide.

Invariant: a compiled condition holds for exactly the requests for which the written one does.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.policies_file import (
    BudgetWritten,
    ExpectWritten,
    GivenWritten,
    GuardWritten,
    Never,
    RuleWritten,
    Set,
    Then,
    TrialWritten,
    When,
)
from router.config.scalars import hours, interval, limit, minute
from router.suggest import nearest
from router.types import (
    FACTS,
    Between,
    Budget,
    Change,
    Condition,
    During,
    Expect,
    Given,
    Guard,
    Model,
    OneOf,
    Relief,
    Rule,
    Target,
    Test,
    Trial,
)

_WORDS, _NUMBERS, _TIMES = (
    tuple(fact.name for fact in FACTS if fact.kind in kinds)
    for kinds in (("word", "words", "level"), ("number", "count"), ("time",))
)


class Compiler:
    """Compiles what stands in one file; faults are collected in the fit."""

    def __init__(self, fit: Fit, file: str, policies: tuple[str, ...] = ()) -> None:
        self.fit = fit
        self.file = file
        self.policies = policies

    def guards(self, written: Sequence[GuardWritten], path: Path_) -> tuple[Guard, ...]:
        """Guards, each with the models that it bars."""
        self.fit.unique([guard.name for guard in written], self.file, path, "guards")
        return tuple(
            Guard(
                guard.name,
                guard.because,
                condition(guard.when),
                self._barred(guard.never, (*path, place, "never")),
                self._regions(guard.never.region or ()),
            )
            for place, guard in enumerate(written)
        )

    def _regions(self, globs: tuple[str, ...]) -> tuple[str, ...]:
        """The regions of the catalog that the globs match."""
        known = sorted({region for model in self.fit.models.values() for region in model.regions})
        return tuple(region for region in known if any(fnmatchcase(region, glob) for glob in globs))

    def _barred(self, never: Never, path: Path_) -> tuple[str, ...]:
        keys = [key for key in ("model", "family", "owner", "region", "provider") if getattr(never, key) is not None]
        if not keys:
            sentence = "a guard must say what it bars: model, family, owner, region or provider"
            self.fit.fault(self.file, path, sentence, code="missing-key")
        for key in keys:
            self._known(getattr(never, key), key, (*path, key))
        models = self.fit.models.values()
        return tuple(m.id for m in models if all(_matches(m, key, getattr(never, key)) for key in keys))

    def _known(self, words: tuple[str, ...], key: str, path: Path_) -> None:
        for position, word in enumerate(words):
            if not any(_matches(model, key, (word,)) for model in self.fit.models.values()):
                known = sorted({value for model in self.fit.models.values() for value in _values(model, key)})
                sentence = f"{word!r} matches no model's {key}."
                self.fit.fault(self.file, (*path, position), sentence, nearest(word, known), "matches-nothing")

    def rules(self, written: Sequence[RuleWritten], path: Path_) -> tuple[Rule, ...]:
        """Rules, with their globs expanded."""
        self.fit.unique([rule.name for rule in written], self.file, path, "rules")
        return tuple(
            Rule(rule.name, rule.because, condition(rule.when), self._change(rule, (*path, place)))
            for place, rule in enumerate(written)
        )

    def _change(self, rule: RuleWritten, path: Path_) -> Change:
        said = rule.set or Set()
        if said == Set() and rule.prefer is None:
            sentence = f"the rule {rule.name!r} changes nothing: give it `set` or `prefer`"
            self.fit.fault(self.file, path, sentence, code="missing-key")
        if said.prefer is not None and rule.prefer is not None:
            sentence = f"the rule {rule.name!r} says `prefer` twice: once is enough"
            self.fit.fault(self.file, (*path, "prefer"), sentence, code="taken-name")
        prefer, place = (said.prefer, (*path, "set")) if said.prefer is not None else (rule.prefer, path)
        return Change(
            said.band,
            said.optimize,
            self.fit.expand(said.models, self.file, (*path, "set", "models")),
            self.fit.expand(prefer, self.file, (*place, "prefer")),
            said.floors,
        )

    def budgets(self, written: Sequence[BudgetWritten], path: Path_, home: str) -> tuple[Budget, ...]:
        """Budgets, with their limits as numbers."""
        self.fit.unique([budget.name for budget in written], self.file, path, "budgets")
        return tuple(self._budget(budget, (*path, place), home) for place, budget in enumerate(written))

    def _budget(self, budget: BudgetWritten, path: Path_, home: str) -> Budget:
        for position, name in enumerate(budget.of.policy or ()):
            if name not in self.policies:
                sentence = f"no policy is called {name!r}."
                self.fit.fault(self.file, (*path, "of", "policy", position), sentence, nearest(name, self.policies))
        of = budget.of
        models = self.fit.expand(of.model, self.file, (*path, "of", "model"))
        then = budget.then if isinstance(budget.then, Then) else Then()
        if isinstance(budget.then, Then) and then == Then():
            sentence = "`then` says nothing: write `deny`, a `band` or `models`"
            self.fit.fault(self.file, (*path, "then"), sentence, code="missing-key")
        relief = Relief(then.band, self.fit.expand(then.models, self.file, (*path, "then", "models")))
        number, unit = limit(budget.limit)
        target = Target(of.key, of.team, of.policy, models)
        return Budget(
            name=budget.name,
            home=home,
            of=target,
            limit=number,
            unit=unit,
            per=budget.per,
            then=relief,
            each=budget.each,
            because=budget.because,
        )

    def trials(self, written: Sequence[TrialWritten], path: Path_) -> tuple[Trial, ...]:
        """The tests of a policy."""
        return tuple(
            Trial(
                self._given(trial.given, (*path, place, "given")),
                self._expect(trial.expect, (*path, place)),
                trial.because,
            )
            for place, trial in enumerate(written)
        )

    def _given(self, given: GivenWritten, path: Path_) -> Given:
        if (given.text is None) == (given.task is None):
            sentence = "a test is given a `text` to read, or features with a `task`"
            self.fit.fault(self.file, path, sentence, code="missing-key")
        values = {key: getattr(given, key) for key in given.__slots__ if getattr(given, key) is not None}
        values |= {key: minute(values[key]) for key in _TIMES if key in values}
        return Given(**values)

    def _expect(self, expect: ExpectWritten, path: Path_) -> Expect:
        if expect == ExpectWritten():
            self.fit.fault(self.file, (*path, "expect"), "a test must expect something", code="missing-key")
        place = (*path, "expect")
        model = self.fit.expand(expect.model, self.file, (*place, "model"))
        excluded = self.fit.expand(expect.excluded, self.file, (*place, "excluded"))
        return Expect(model, expect.owner, expect.family, excluded, expect.rules, expect.error)


def condition(when: When) -> Condition:
    """The tests of a condition, cheap ones first."""
    tests: list[Test] = [OneOf(key, frozenset(words)) for key in _WORDS if (words := getattr(when, key)) is not None]
    tests.extend(Between(key, *interval(text)) for key in _NUMBERS if (text := getattr(when, key)) is not None)
    tests.extend(During(key, *hours(text)) for key in _TIMES if (text := getattr(when, key)) is not None)
    return Condition(tuple(tests))


def _values(model: Model, key: str) -> tuple[str, ...]:
    if key == "region":
        return model.regions
    return (model.id,) if key == "model" else (str(getattr(model, key)),)


def _matches(model: Model, key: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(value, glob) for value in _values(model, key) for glob in globs)
