"""The whole configuration as one value, at one revision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router.types.catalog import Model, Price, Text, Tokenizer
from router.types.contracts import NO_CONTRACTS, Contracts
from router.types.deployments import AS_SHIPPED, Deployment, Resilience
from router.types.policies import Policy
from router.types.ramps import Ramp, RampPlan


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider in a file: the adapter's entry-point name and its settings, checked by the adapter."""

    __pydantic_config__ = {"extra": "forbid"}

    adapter: Text
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that a decision depends on beside the request, at one revision.

    `documents` holds the files as plain data, `texts` as they were written where that is known. Times of day and
    the periods of budgets are in `timezone`. `ramps` are those that move something now, `plans` the governed ones.
    """

    models: tuple[Model, ...]
    tokenizers: Mapping[str, Tokenizer]
    prices: Mapping[str, tuple[Price, ...]]
    policies: Mapping[str, Policy]
    default_policy: str
    providers: Mapping[str, ProviderRow]
    ramps: tuple[Ramp, ...]
    revision: str
    documents: Mapping[str, object]
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)
    timezone: str = "UTC"
    plans: tuple[RampPlan, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    resilience: Resilience = AS_SHIPPED
    contracts: Contracts = NO_CONTRACTS
