"""The whole configuration as one value, at one revision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Generic, Literal, TypeVar
from weakref import ref

from annotated_types import Ge, Gt, Le

from router.types.catalog import Model, Price, Text, Tokenizer
from router.types.contracts import NO_CONTRACTS, Contracts
from router.types.deployments import AS_SHIPPED, Deployment, Resilience
from router.types.policies import Policy
from router.types.ramps import Ramp, RampPlan, VersionAlias

K = TypeVar("K")
V = TypeVar("V")
OnSwap = Literal["note", "failover", "eject"]


@dataclass(frozen=True, slots=True)
class BackendAudit:
    """A watch of a backend: asks it for `model` what a file of `fungible audit enroll` holds the answers to.

    A call each `every_s` seconds, at most `budget` USD since the server's start; while the backend stays the same it
    rings falsely once in `false_alarms` calls at most.
    """

    __pydantic_config__ = {"extra": "forbid"}

    reference: Text
    model: Text
    every_s: Annotated[float, Ge(0.01), Le(86_400)] = 300.0
    budget: Annotated[float, Gt(0), Le(1_000_000)] = 1.0
    false_alarms: Annotated[float, Ge(10), Le(1e9)] = 10_000.0


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider in a file: the adapter's entry-point name and its settings, checked by the adapter.

    With `keep_error_text` receipts keep what its backend says in words of its own: of errors, reasons and models.
    `on_swap` says what follows where its backend says that another model answered than it was asked for, or where the
    `audit` of it shows that.
    """

    __pydantic_config__ = {"extra": "forbid"}

    adapter: Text
    settings: Mapping[str, Any] = field(default_factory=dict)
    keep_error_text: bool = False
    on_swap: OnSwap = "note"
    audit: BackendAudit | None = None


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Config:
    """Everything that a decision depends on beside the request, at one revision.

    `documents` holds the files as plain data, `texts` as they were written where that is known. Times of day and
    the periods of budgets are in `timezone`. `ramps` are those that move something now, `plans` the governed ones.
    `aliases` lead from patterns of names that clients send to models or policies; `version_aliases` are names over the
    versions of a model, whose upgrades are among the `plans`. `phrases` have names, by which
    conditions ask whether a request says one of them. `approvals` is how many named admins must agree before another
    policies.yaml comes into force. What a request's metadata says under a key of `metadata_tags` becomes a tag.
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
    aliases: Mapping[str, str] = field(default_factory=dict)
    version_aliases: Mapping[str, VersionAlias] = field(default_factory=dict)
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    approvals: int = 1
    metadata_tags: tuple[str, ...] = ()


class WorkedOut(Generic[K, V]):
    """What is worked out of a configuration once, since that never changes: kept by its identity, and gone with it.

    Where one configuration has `most` values, they are forgotten, and worked out anew.
    """

    def __init__(self, most: int = 1024) -> None:
        self._most = most
        self._kept: dict[int, tuple[ref[Config], dict[K, V]]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, config: Config) -> dict[K, V]:
        """The values of a configuration, to look at and to add to."""
        kept = self._kept.get(place := id(config))
        if kept is None or kept[0]() is not config:
            kept = self._kept[place] = ref(config, partial(self._forget, place)), {}
        if len(kept[1]) >= self._most:
            kept[1].clear()
        return kept[1]

    def _forget(self, place: int, gone: "ref[Config]") -> None:
        """Its configuration is used no more; another may have come to its place in memory meanwhile."""
        if (kept := self._kept.get(place)) is not None and kept[0] is gone:
            del self._kept[place]
