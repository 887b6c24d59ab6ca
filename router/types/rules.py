"""What people edit: policies with their rules, ramps, and the whole configuration as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Le, Lt, MinLen

from router.types.catalog import Model, Price, Task, Text, Tokenizer

if TYPE_CHECKING:
    from router.types.provider import ProviderRow

Consent = Literal["exact", "family", "owner", "any"]
Optimize = Literal["cost", "latency"]
Share = Annotated[float, Ge(0), Le(1)]
Logit = Annotated[float, Ge(-20), Le(20)]
Globs = Annotated[tuple[Text, ...], MinLen(1)]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule or a ramp applies to; every field that is given must hold. Difficulty bounds are in logits."""

    __pydantic_config__ = {"extra": "forbid"}

    task: tuple[Task, ...] | None = None
    difficulty_at_least: Logit | None = None
    difficulty_below: Logit | None = None
    language: tuple[Text, ...] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule changes in its policy where it applies."""

    __pydantic_config__ = {"extra": "forbid"}

    band: Share | None = None
    optimize: Optimize | None = None
    models: Globs | None = None
    prefer: Globs | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A named exception to a policy. Rules apply in order, and a later one wins."""

    __pydantic_config__ = {"extra": "forbid"}

    name: Text
    because: Text
    when: Condition
    set: Change


@dataclass(frozen=True, slots=True)
class Policy:
    """A named way of choosing: within `band` of the best predicted quality, the cheapest (or fastest) wins.

    `models` and `prefer` hold globs on a model's id, family or owner in a file, and model ids once loaded.
    """

    __pydantic_config__ = {"extra": "forbid"}

    because: Text
    band: Share
    optimize: Optimize = "cost"
    models: Globs | None = None
    prefer: Globs | None = None
    floors: Mapping[Task, Share] = field(default_factory=dict)
    consent: Consent | None = None
    rules: tuple[Rule, ...] = ()
    aliases: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Ramp:
    """A share of the traffic of `original` that moves to `substitute`; `holdback` never moves."""

    __pydantic_config__ = {"extra": "forbid"}

    name: Text
    because: Text
    original: Text
    substitute: Text
    share: Share
    holdback: Annotated[float, Ge(0), Lt(1)] = 0.0
    when: Condition = Condition()


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a decision depends on beside the request, at one revision."""

    models: tuple[Model, ...]
    tokenizers: Mapping[str, Tokenizer]
    prices: Mapping[str, tuple[Price, ...]]
    policies: Mapping[str, Policy]
    default_policy: str
    providers: Mapping[str, "ProviderRow"]
    ramps: tuple[Ramp, ...]
    revision: str
    documents: Mapping[str, object]
