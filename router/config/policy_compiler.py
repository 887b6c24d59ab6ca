"""The parts of a policy, from the words of the file to values that decide.

Invariant: a compiled condition holds for exactly the requests for which the written one does.
"""

import math
from collections.abc import Sequence
from typing import Any

from router.config.budget_compiler import BudgetCompiler
from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.model_words import Said, chosen, known_words, parts_of, selected, spelt
from router.config.policies_file import (
    BudgetWritten,
    ExpectWritten,
    FallbackWritten,
    GivenWritten,
    GuardWritten,
    LatencyCapWritten,
    LeastEffort,
    Never,
    PriceCapWritten,
    RuleWritten,
    Set,
    TrialWritten,
    When,
)
from router.config.scalars import day, duration, hours, interval, minute, moment, money, rate
from router.decision.counts.measured import PERCENTILES, measured
from router.decision.names.patterns import fits, is_pattern
from router.suggest import nearest
from router.types import (
    FACT,
    FACTS,
    Between,
    Budget,
    Change,
    Condition,
    CostCap,
    During,
    Effort,
    EffortRule,
    Expect,
    Fact,
    Fallback,
    Fits,
    Given,
    Guard,
    LatencyCap,
    OneOf,
    PriceCap,
    Rule,
    Subject,
    Test,
    Trial,
)

_BARRED = ("model", "family", "owner", "region", "provider", "labels")
_NO_PHRASES = " Name some at the head of the file: `phrases: {secret: [confidential, nda-*]}`."
_TOGETHER = ("any", "all", "not_")
_WORDS, _NUMBERS, _TIMES, _DATES = (
    tuple(fact.name for fact in FACTS if fact.kind in kinds and not fact.is_model)
    for kinds in (("word", "words", "level"), ("number", "count"), ("time",), ("date",))
)


_MODELS = tuple(fact.name for fact in FACTS if fact.is_model)


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
                self._when(guard.when, (*path, place, "when")),
                self._barred(guard.never, (*path, place, "never")),
                self._regions(guard.never.region),
            )
            for place, guard in enumerate(written)
        )

    def _when(self, when: When, path: Path_) -> Condition:
        return checked_condition(when, self.fit, self.file, path)

    def _regions(self, said: Said) -> tuple[str, ...]:
        """The regions of the catalog that are written, by name or by what they are not."""
        known = sorted({region for model in self.fit.models.values() for region in model.regions})
        return tuple(region for region in known if said is not None and selected((region,), said))

    def _barred(self, never: Never, path: Path_) -> tuple[str, ...]:
        keys = [key for key in _BARRED if getattr(never, key) is not None]
        if not keys:
            sentence = "a guard must say what it bars: model, family, owner, region, provider or labels"
            self.fit.fault(self.file, path, sentence, code="missing-key")
        for key in keys:
            said = getattr(never, key)
            for part, words in parts_of(said):
                known_words(self.fit, self.file, words, key, (*path, key, *part))
        models = self.fit.models.values()
        return tuple(m.id for m in models if all(chosen(m, key, getattr(never, key)) for key in keys))

    def rules(self, written: Sequence[RuleWritten], path: Path_) -> tuple[Rule, ...]:
        """Rules, with their globs expanded."""
        self.fit.unique([rule.name for rule in written], self.file, path, "rules")
        return tuple(
            Rule(
                rule.name,
                rule.because,
                self._when(rule.when, (*path, place, "when")),
                self._change(rule, (*path, place)),
            )
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
            self.fit.ranks(prefer, self.file, (*place, "prefer")),
            said.floors,
            price_cap(said.max_price),
            cost_cap(said.max_cost),
            effort_rule(said.effort),
            said.max_output,
            latency_cap(said.max_latency),
            minutes(said.healthy_for),
        )

    def fallback(self, written: FallbackWritten | tuple[tuple[str, ...], ...], path: Path_) -> Fallback:
        """The chain after a failure."""
        if isinstance(written, tuple):
            return Fallback(self.fit.ranks(written, self.file, path))
        if written == FallbackWritten():
            sentence = "`fallback` says nothing: write models in an order, or `apart`"
            self.fit.fault(self.file, path, sentence, code="missing-key")
        return Fallback(self.fit.ranks(written.order, self.file, (*path, "order")), written.apart)

    def budgets(self, written: Sequence[BudgetWritten], path: Path_, home: str) -> tuple[Budget, ...]:
        """Budgets, with their limits as numbers; each step of one is a budget of its own."""
        self.fit.unique([budget.name for budget in written], self.file, path, "budgets")
        compiler = BudgetCompiler(self.fit, self.file, self.policies, home)
        return tuple(step for place, budget in enumerate(written) for step in compiler.compiled(budget, (*path, place)))

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
        for position, word in enumerate(values.get("measured", ())):
            if (known := measured(word)) is None or known.model not in self.fit.models:
                sentence = f"{word!r} is nothing measured of a model: write `gpt-5 p95=3s` or `gpt-5 ill=10min`"
                self.fit.fault(self.file, (*path, "measured", position), sentence)
        values |= {key: minute(values[key]) for key in _TIMES if key in values}
        values |= {key: day(values[key]) for key in _DATES if key in values}
        return Given(**values)

    def _expect(self, expect: ExpectWritten, path: Path_) -> Expect:
        if expect == ExpectWritten():
            self.fit.fault(self.file, (*path, "expect"), "a test must expect something", code="missing-key")
        place = (*path, "expect")
        model = self.fit.expand(expect.model, self.file, (*place, "model"))
        excluded = self.fit.expand(expect.excluded, self.file, (*place, "excluded"))
        return Expect(
            model,
            expect.owner,
            expect.family,
            excluded,
            expect.rules,
            expect.error,
            expect.effort,
            expect.max_output,
        )


def _known_phrases(fit: Fit, file: str, when: When, path: Path_) -> None:
    """Note each of the phrases that a condition names and no file has."""
    subject: Subject = "says"
    said: Any = getattr(when, subject)
    places: dict[Path_, Any] = {(key.rstrip("_"),): getattr(said, key, None) for key in _TOGETHER}
    for place, words in ({(): said} if isinstance(said, tuple) else places).items():
        for position, word in enumerate(words or ()):
            if not any(fits(name, (word,)) for name in fit.phrases):
                sentence = f"no phrases are called {word!r}."
                hint = nearest(word, sorted(fit.phrases)) if fit.phrases else _NO_PHRASES
                fit.fault(file, (*path, "says", *place, position), sentence, hint)


def checked_condition(when: When, fit: Fit, file: str, path: Path_) -> Condition:
    """A condition; models and phrases that it names and nothing has are faults of the fit."""
    _known_phrases(fit, file, when, path)
    written = ((key, getattr(when, key)) for key in _MODELS)
    return condition(when, [_models(key, said, fit, file, (*path, key)) for key, said in written if said is not None])


def condition(when: When, models: Sequence[Test] = ()) -> Condition:
    """The tests of a condition, cheap ones first; those of `models` are looked up in the catalog before."""
    tests: list[Test] = [_names(FACT[key], said) for key in _WORDS if (said := getattr(when, key)) is not None]
    tests.extend(models)
    tests.extend(Between(key, *interval(text)) for key in _NUMBERS if (text := getattr(when, key)) is not None)
    tests.extend(_during(key, texts) for key in _TIMES if (texts := getattr(when, key)) is not None)
    if when.from_ is not None or when.until is not None:
        since = -math.inf if when.from_ is None else moment(when.from_)
        # Up to the minute before: minutes are whole.
        tests.append(Between("date", since, math.inf if when.until is None else moment(when.until, last=True) - 1))
    return Condition(tuple(tests))


def _models(subject: Subject, said: Any, fit: Fit, file: str, path: Path_) -> Test:
    """Which models are named, by their ids: by id, family, owner or label, or by not being among some."""
    if isinstance(said, tuple):
        return OneOf(subject, frozenset(fit.expand(said, file, path) or ()))
    some = fit.expand(said.any, file, (*path, "any"))
    no = fit.expand(said.not_, file, (*path, "not")) or ()
    return Fits(subject, (), (), tuple(sorted(no))) if some is None else OneOf(subject, frozenset(some).difference(no))


def _during(subject: Subject, texts: tuple[str, ...]) -> During:
    """One stretch of the day, or several."""
    (start, end), *more = map(hours, texts)
    return During(subject, start, end, tuple(more))


def price_cap(said: PriceCapWritten | None) -> PriceCap | None:
    """The highest price that is allowed; None for any."""
    if said is None:
        return None
    return PriceCap(*(None if each is None else rate(str(each)) for each in (said.input, said.output)))


def cost_cap(said: str | None) -> CostCap | None:
    """The most that a request may cost; None for anything."""
    return None if said is None else CostCap(money(said))


def latency_cap(said: LatencyCapWritten | None) -> LatencyCap | None:
    """How late first tokens may be; None for any time."""
    if said is None:
        return None
    limits = ((name, getattr(said, name)) for name in PERCENTILES)
    return LatencyCap(tuple((name, 1000 * duration(text)) for name, text in limits if text is not None))


def minutes(said: str | None) -> int | None:
    """A stretch in whole minutes; None for none."""
    return None if said is None else math.ceil(duration(said) / 60)


def seconds(said: str) -> int:
    """A stretch in whole seconds, never more than is written."""
    return math.floor(duration(said))


def effort_rule(said: Effort | LeastEffort | None) -> EffortRule | None:
    """The effort that is sent; None for the client's."""
    if isinstance(said, LeastEffort):
        return EffortRule(said.at_least, raises=True)
    return None if said is None else EffortRule(said)


def _names(fact: Fact, said: Any) -> Test:
    """What is written of names: words, or what they mean together."""
    parts = ({"any": said} if isinstance(said, tuple) else {key: getattr(said, key, None) for key in _TOGETHER}).items()
    some, every, no = (spelt(fact.name, dict(parts).get(key) or ()) for key in _TOGETHER)
    if fact.every and fact.kind != "words":
        # Of words that are known, those that are left: whatever is asked of a condition has them before it.
        return OneOf(fact.name, frozenset(some or fact.every).difference(no))
    if some and not (every or no or any(is_pattern(word) for word in some)):
        return OneOf(fact.name, frozenset(some))
    return Fits(fact.name, *(tuple(sorted(set(words))) for words in (some, every, no)))
