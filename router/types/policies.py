"""Policies as people edit them: with their guards, rules and budgets.

These are the values once loaded: globs have become the ids of models, and what a policy extends is merged in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from router.types.catalog import Capability, Task
from router.types.conditions import Condition
from router.types.words import Charge, Consent, Disclosure, Each, Models, Optimize, Per, Unit


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule that fails closed: where `when` holds, or can't be known, the models of `never` can't be chosen.

    With `regions` they can't be served from these, and are out of the question only where no region is left.
    """

    name: str
    because: str
    when: Condition
    never: Models
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule changes in its policy where it applies."""

    band: float | None = None
    optimize: Optimize | None = None
    models: Models | None = None
    prefer: Models | None = None
    floors: Mapping[Task, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A named exception to a policy. Rules apply in order, and a later one wins."""

    name: str
    because: str
    when: Condition
    set: Change


@dataclass(frozen=True, slots=True)
class Target:
    """Whose requests a budget counts; every part that is given must match. `model` holds the ids of models."""

    key: tuple[str, ...] | None = None
    team: tuple[str, ...] | None = None
    policy: tuple[str, ...] | None = None
    model: Models | None = None


@dataclass(frozen=True, slots=True)
class Relief:
    """What happens once a budget is used up: the band widens, only some models remain, or, with neither, nothing."""

    band: float | None = None
    models: Models | None = None

    @property
    def denies(self) -> bool:
        """Whether nothing more is served from this budget."""
        return self.band is None and self.models is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit on what is spent in a stretch of time. `home` is the policy it stands in, or `*` for the house.

    The limit is in micro-dollars, tokens or requests, as `unit` says; `each` gives every key, team or model an
    account of its own.
    """

    name: str
    home: str
    of: Target
    limit: Decimal
    unit: Unit
    per: Per
    then: Relief = Relief()
    each: Each | None = None
    because: str = ""

    @property
    def id(self) -> str:
        """Its name in the whole configuration."""
        return f"{self.home}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The request of a policy's test: a text to read, or features; what is not given is ordinary."""

    text: str | None = None
    task: Task | None = None
    difficulty: float | None = None
    language: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    needs: tuple[Capability, ...] = ()
    residency: str | None = None
    key: str | None = None
    team: str | None = None
    tags: tuple[str, ...] = ()
    time: int = 720
    model: str | None = None
    consent: Consent | None = None
    spent: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expect:
    """What a policy's test expects; every part that is given must come true. `error` is the code of an error."""

    model: Models | None = None
    owner: tuple[str, ...] | None = None
    family: tuple[str, ...] | None = None
    excluded: Models | None = None
    rules: tuple[str, ...] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A test that stands in a policy."""

    given: Given
    expect: Expect
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A named way of choosing: within `band` of the best predicted quality, the cheapest (or fastest) wins."""

    because: str
    band: float
    optimize: Optimize = "cost"
    models: Models | None = None
    prefer: Models | None = None
    floors: Mapping[Task, float] = field(default_factory=dict)
    consent: Consent | None = None
    disclosure: Disclosure = "receipt"
    charge: Charge = "served"
    guards: tuple[Guard, ...] = ()
    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    aliases: tuple[str, ...] = ()
    tests: tuple[Trial, ...] = ()
    extends: str | None = None
