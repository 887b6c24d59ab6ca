"""Policies as people edit them: with their guards, rules and budgets.

These are the values once loaded: globs have become the ids of models, and what a policy extends is merged in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from router.types.catalog import FloorKey, Task
from router.types.conditions import Condition
from router.types.facts import STATED, Fact, with_facts
from router.types.words import (
    Apart,
    Charge,
    Consent,
    Disclosure,
    Each,
    Effort,
    Models,
    Optimize,
    Otherwise,
    Per,
    Ranks,
    Unit,
)


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
class PriceCap:
    """The highest list price of a model that may answer, in USD per million tokens; None for any."""

    input: Decimal | None = None
    output: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CostCap:
    """The most that a request is expected to cost with a model that may answer it, in micro-dollars."""

    most: Decimal


@dataclass(frozen=True, slots=True)
class LatencyCap:
    """How late the first token of a model may be, in milliseconds by percentile of the last minutes: `p95`, say."""

    limits: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class EffortRule:
    """The effort of reasoning that is sent where the client asks for none, and the most of what it may ask for.

    With `raises` it is the least, so that more than the client asks for may be sent.
    """

    effort: Effort
    raises: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule changes in its policy where it applies."""

    band: float | None = None
    optimize: Optimize | None = None
    models: Models | None = None
    prefer: Ranks | None = None
    floors: Mapping[FloorKey, float] = field(default_factory=dict)
    max_price: PriceCap | None = None
    max_cost: CostCap | None = None
    effort: EffortRule | None = None
    max_output: int | None = None
    max_latency: LatencyCap | None = None
    healthy_for: int | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """Who is tried after a failure: the models of each rank before those of the next, or all in the order of choice.

    With `apart` none of an owner or a provider that was tried already.
    """

    order: Ranks | None = None
    apart: Apart | None = None


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
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Relief:
    """What happens once a budget is used up: the band widens, only some models remain, or, with neither, nothing.

    With `warns` nothing happens, but that it is counted, logged and noted.

    Where none of the models that remain may answer, since the client named another and consents to none of them, the
    request is refused, or with `otherwise` of `serve` answered as if the budget were not used up.
    """

    band: float | None = None
    models: Models | None = None
    otherwise: Otherwise | None = None
    warns: bool = False

    @property
    def denies(self) -> bool:
        """Whether nothing more is served from this budget."""
        return self.band is None and self.models is None and not self.warns


@dataclass(frozen=True, slots=True)
class Raise:
    """Another limit for a time: from one minute of the calendar to another, both included; see `Situation.moment`."""

    limit: Decimal
    start: float
    end: float
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit on what is spent in a stretch of time. `home` is the policy it stands in, or `*` for the house.

    The limit is in micro-dollars, tokens or requests, as `unit` says; `each` gives every key, team, user, tag, model,
    owner, family or provider an account of its own. A step of a budget with several is a budget at a part, `at`, of
    the limit of the whole, whose account, called `shared`, all of them share. Of what is left of a period at most
    `rollover` goes into the next one, and no further; of a step a part of it.
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
    shared: str = ""
    at: Decimal = Decimal(1)
    raised: Raise | None = None
    rollover: Decimal = Decimal(0)

    @property
    def id(self) -> str:
        """Its name in the whole configuration."""
        return f"{self.home}/{self.name}"

    @property
    def book(self) -> str:
        """The name of its accounts, which are those of all steps of one budget."""
        return f"{self.home}/{self.shared or self.name}"

    @property
    def whole(self) -> Decimal:
        """The limit of which this is a step."""
        return self.limit / self.at

    def limit_at(self, moment: float) -> Decimal:
        """The limit at a minute of the calendar: another while it is raised."""
        raised = self.raised
        return raised.limit if raised is not None and raised.start <= moment <= raised.end else self.limit


def _given(fact: Fact) -> tuple[Any, Any]:
    """How a test holds what it states of a request, and what it holds where it states nothing."""
    kinds = {
        "words": (tuple[str, ...], ()),
        "time": (int, 720),
        "count": (int | None, None),
        "date": (int | None, None),
    }
    return kinds.get(fact.kind, (float | None if fact.kind == "number" else str | None, None))


@dataclass(frozen=True, slots=True, kw_only=True)
@with_facts(STATED, _given, after="task")
class Given:
    """The request of a policy's test: a text to read, or features; what is not given is ordinary.

    The table of facts says what else may be given.
    """

    text: str | None = None
    task: Task | None = None
    model: str | None = None
    consent: Consent | None = None
    spent: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """What a policy's test expects; every part that is given must come true. `error` is the code of an error.

    `effort` and `max_output` are what is sent.
    """

    model: Models | None = None
    owner: tuple[str, ...] | None = None
    family: tuple[str, ...] | None = None
    excluded: Models | None = None
    rules: tuple[str, ...] | None = None
    error: str | None = None
    effort: str | None = None
    max_output: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A test that stands in a policy."""

    given: Given
    expect: Expect
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A named way of choosing: within `band` of the best predicted quality, the cheapest (or fastest) wins.

    Of those within the band the models of the first rank of `prefer` go first, then those of the next, and so on.
    `fallback` is the order in which others are tried once the chosen one has failed. `effort` and `max_output` are sent
    in the place of what the client asks for. Who is measured to be slower than `max_latency`, or was ill in the last
    minutes, `healthy_for`, is passed over while others are left. An answer is given again to the same request for
    `cache_for` seconds; None for never.
    """

    because: str
    band: float
    optimize: Optimize = "cost"
    models: Models | None = None
    prefer: Ranks | None = None
    fallback: Fallback | None = None
    floors: Mapping[FloorKey, float] = field(default_factory=dict)
    consent: Consent | None = None
    disclosure: Disclosure = "receipt"
    charge: Charge = "served"
    guards: tuple[Guard, ...] = ()
    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    aliases: tuple[str, ...] = ()
    tests: tuple[Trial, ...] = ()
    extends: str | None = None
    max_price: PriceCap | None = None
    max_cost: CostCap | None = None
    effort: EffortRule | None = None
    max_output: int | None = None
    max_latency: LatencyCap | None = None
    healthy_for: int | None = None
    cache_for: int | None = None
