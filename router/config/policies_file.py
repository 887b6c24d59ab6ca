"""policies.yaml as it is written: every key that a person may use, and no other.

Invariant: an unknown key is an error; a word may stand where a list of words may; what a policy leaves out comes from
the policy that it extends, or is the default that docs/policies-reference.md states.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import Field

from router.config.scalars import (
    Comparison,
    Day,
    Duration,
    Limit,
    Moment,
    Money,
    Name,
    Part,
    Phrase,
    Ranked,
    Rate,
    Rolled,
    Stretches,
    TimeOfDay,
    Words,
)
from router.types import (
    FACTS,
    STATED,
    Apart,
    Charge,
    Consent,
    Disclosure,
    Each,
    Effort,
    Fact,
    FloorKey,
    Optimize,
    Otherwise,
    Per,
    Task,
    with_facts,
)
from router.types.catalog import Text
from router.types.chat import Tokens

Share = Annotated[float, Ge(0), Le(1)]
Count = Annotated[int, Ge(0), Le(10**9)]
FORBID = {"extra": "forbid"}


def _compared(fact: Fact) -> tuple[Any, None]:
    """How a condition on a fact is written."""
    any_of: Any = Words
    if fact.kind in ("word", "words", "level"):
        words = any_of[fact.word(Name)]
        return words | _chosen(fact, words) | None, None
    return (Stretches if fact.kind == "time" else Comparison) | None, None


def _chosen(fact: Fact, words: Any) -> type:
    """The words of a condition with what they mean together: `any` of them, `not` these, of several `all`."""
    keys = ("any", "all", "not_") if fact.kind == "words" else ("any", "not_")
    made: type = make_dataclass(
        f"{fact.name.title()}Names",
        [(key, Annotated[words | None, Field(alias=key.rstrip("_"))], None) for key in keys],
        frozen=True,
        slots=True,
        namespace={"__pydantic_config__": FORBID, "__module__": __name__, "__post_init__": _refuse_empty},
    )
    return made


def _stated(fact: Fact) -> tuple[Any, None]:
    """How a test states a fact."""
    number: Any = Annotated[float, Ge(fact.least), Le(fact.most)]
    kinds: dict[str, Any] = {"number": number, "count": Count, "time": TimeOfDay, "date": Day, "words": _words(fact)}
    return kinds.get(fact.kind, fact.word(Text)) | None, None


def _words(fact: Fact) -> Any:
    any_of: Any = Words
    return any_of[fact.word(Text)]


def _refuse_empty(chosen: Any) -> None:
    if all(getattr(chosen, key) is None for key in chosen.__slots__):
        raise ValueError(f"write one of {', '.join(key.rstrip('_') for key in chosen.__slots__)}, with words")


@dataclass(frozen=True, slots=True, kw_only=True)
@with_facts([fact for fact in FACTS if fact.kind != "date"], _compared)
class When:
    """What must be true of a request; every key that is given must hold."""

    # Its other keys are those of the table of facts.
    __pydantic_config__ = FORBID

    from_: Annotated[Moment | None, Field(alias="from")] = None
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class AllBut:
    """Names by those that are left out; with `any`, of these."""

    __pydantic_config__ = FORBID

    not_: Annotated[Words[Name], Field(alias="not")]
    any: Words[Name] | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """The models that a guard bars: those that match every key that is given."""

    __pydantic_config__ = FORBID

    model: Words[Name] | AllBut | None = None
    family: Words[Name] | AllBut | None = None
    owner: Words[Name] | AllBut | None = None
    region: Words[Name] | AllBut | None = None
    provider: Words[Name] | AllBut | None = None
    labels: Words[Name] | AllBut | None = None


@dataclass(frozen=True, slots=True)
class GuardWritten:
    """A guard."""

    __pydantic_config__ = FORBID

    name: Text
    because: Text
    never: Never
    when: When = field(default_factory=When)


@dataclass(frozen=True, slots=True)
class PriceCapWritten:
    """The highest list price of a model that may answer, in USD per million tokens."""

    __pydantic_config__ = FORBID

    input: Rate | None = None
    output: Rate | None = None

    def __post_init__(self) -> None:
        _refuse_empty(self)


@dataclass(frozen=True, slots=True)
class LatencyCapWritten:
    """How late the first token of a model may be, by percentile of the last minutes."""

    __pydantic_config__ = FORBID

    p50: Duration | None = None
    p90: Duration | None = None
    p95: Duration | None = None
    p99: Duration | None = None

    def __post_init__(self) -> None:
        _refuse_empty(self)


@dataclass(frozen=True, slots=True)
class LeastEffort:
    """An effort below which none is sent."""

    __pydantic_config__ = FORBID

    at_least: Effort


@dataclass(frozen=True, slots=True)
class Set:
    """What a rule changes."""

    __pydantic_config__ = FORBID

    band: Share | None = None
    optimize: Optimize | None = None
    models: Words[Text] | None = None
    prefer: Ranked | None = None
    floors: Mapping[FloorKey, Share] = field(default_factory=dict)
    max_price: PriceCapWritten | None = None
    max_cost: Money | None = None
    effort: Effort | LeastEffort | None = None
    max_output: Tokens | None = None
    max_latency: LatencyCapWritten | None = None
    healthy_for: Duration | None = None


@dataclass(frozen=True, slots=True)
class RuleWritten:
    """A rule: `set`, `prefer`, or both."""

    __pydantic_config__ = FORBID

    name: Text
    because: Text
    when: When
    set: Set | None = None
    prefer: Ranked | None = None


@dataclass(frozen=True, slots=True)
class Of:
    """Whose requests a budget counts."""

    __pydantic_config__ = FORBID

    key: Words[Text] | None = None
    team: Words[Text] | None = None
    policy: Words[Text] | None = None
    model: Words[Text] | None = None
    tags: Words[Text] | None = None
    provider: Words[Name] | None = None
    owner: Words[Name] | None = None
    family: Words[Name] | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """What a budget does at its limit, beside denying."""

    __pydantic_config__ = FORBID

    band: Share | None = None
    models: Words[Text] | None = None
    otherwise: Otherwise | None = None


AtLimit = Literal["deny", "warn"] | Then


@dataclass(frozen=True, slots=True)
class StepWritten:
    """What a budget does at a part of its limit."""

    __pydantic_config__ = FORBID

    at: Part
    then: AtLimit


@dataclass(frozen=True, slots=True)
class RaiseWritten:
    """Another limit for a time."""

    __pydantic_config__ = FORBID

    to: Limit
    until: Moment
    from_: Annotated[Moment | None, Field(alias="from")] = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetWritten:
    """A budget; `then: deny` unless said, or `steps` in its place."""

    __pydantic_config__ = FORBID

    name: Text
    limit: Limit
    per: Per
    of: Of = field(default_factory=Of)
    each: Each | None = None
    then: AtLimit | None = None
    steps: Annotated[tuple[StepWritten, ...] | None, Field(min_length=1)] = None
    raise_: Annotated[RaiseWritten | None, Field(alias="raise")] = None
    rollover: Rolled | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
@with_facts(STATED, _stated, after="task")
class GivenWritten:
    """The request of a test."""

    # The table of facts says what else may be stated of it.
    __pydantic_config__ = FORBID

    text: Text | None = None
    task: Task | None = None
    model: Text | None = None
    consent: Consent | None = None
    spent: Words[Text] | None = None
    down: Words[Text] | None = None
    user: Text | None = None


@dataclass(frozen=True, slots=True)
class ExpectWritten:
    """What a test expects."""

    __pydantic_config__ = FORBID

    model: Words[Text] | None = None
    owner: Words[Text] | None = None
    family: Words[Text] | None = None
    excluded: Words[Text] | None = None
    rules: Words[Text] | None = None
    error: Text | None = None
    effort: Effort | None = None
    max_output: Tokens | None = None


@dataclass(frozen=True, slots=True)
class TrialWritten:
    """A test of a policy."""

    __pydantic_config__ = FORBID

    given: GivenWritten
    expect: ExpectWritten
    because: str = ""


@dataclass(frozen=True, slots=True)
class FallbackWritten:
    """Who is tried after a failure, in order; with `apart` nobody of the same owner or provider twice."""

    __pydantic_config__ = FORBID

    order: Ranked | None = None
    apart: Apart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWritten:
    """A policy; `because` and `band` are needed unless it extends another."""

    __pydantic_config__ = FORBID

    because: Text | None = None
    extends: Text | None = None
    band: Share | None = None
    optimize: Optimize | None = None
    models: Words[Text] | None = None
    prefer: Ranked | None = None
    fallback: Ranked | FallbackWritten | None = None
    floors: Mapping[FloorKey, Share] = field(default_factory=dict)
    consent: Consent | None = None
    disclosure: Disclosure | None = None
    charge: Charge | None = None
    guards: tuple[GuardWritten, ...] = ()
    rules: tuple[RuleWritten, ...] = ()
    budgets: tuple[BudgetWritten, ...] = ()
    tests: tuple[TrialWritten, ...] = ()
    aliases: Words[Text] | None = None
    max_price: PriceCapWritten | None = None
    max_cost: Money | None = None
    effort: Effort | LeastEffort | None = None
    max_output: Tokens | None = None
    max_latency: LatencyCapWritten | None = None
    healthy_for: Duration | None = None
    cache_for: Duration | None = None


@dataclass(frozen=True, slots=True)
class PoliciesFile:
    """policies.yaml. The guards and budgets at its head bind every policy."""

    __pydantic_config__ = FORBID

    default: str
    policies: Mapping[str, PolicyWritten]
    timezone: Text = "UTC"
    approvals: Annotated[int, Ge(1), Le(9)] = 1
    metadata_tags: Words[Text] | None = None
    aliases: Mapping[Text, Text] = field(default_factory=dict)
    phrases: Mapping[Name, Words[Phrase]] = field(default_factory=dict)
    guards: tuple[GuardWritten, ...] = ()
    budgets: tuple[BudgetWritten, ...] = ()
