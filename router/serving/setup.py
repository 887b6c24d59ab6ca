"""What a server stands on: its configuration with what belongs to it, its limits, and what comes with a request.

Invariant: a setup is swapped as one; a request that began under one ends under it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from router.serving.request_trace import Trail
from router.types import Access, Budget, Caller, Config, Consent, Model, Provider

Durability = Literal["refuse", "degrade"]
"""What an answer owes to the ledger: it waits until its receipt is on disk, or it does not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of a server. Sizes are in bytes, times in seconds."""

    in_flight: int = 512
    bodies: int = 512
    """Bodies that are awaited at once; what has come whole with its head is none."""
    body_bytes: int = 8 * 1024 * 1024
    body_s: float = 30.0
    head_bytes: int = 64 * 1024
    head_s: float = 10.0
    deadline_s: float = 120.0
    drain_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What came with a request beside its body; `access` is what its key grants, where keys are asked for.

    `notes` tell what of the body can't be honoured: they stand in the receipt. `trail` is there where somebody watches.
    """

    request_id: str
    consent: Consent | None = None
    policy: str | None = None
    unit: str | None = None
    caller: Caller = field(default_factory=Caller)
    access: Access | None = None
    notes: tuple[str, ...] = ()
    trail: Trail | None = None

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """The budgets of the key alone."""
        return self.access.budgets if self.access else ()


@dataclass(frozen=True, slots=True)
class Setup:
    """A configuration in force, with its providers and what is looked up for each request."""

    config: Config
    providers: Mapping[str, Provider]
    models: Mapping[str, Model]
    contexts: tuple[int, ...]
    zone: ZoneInfo
    deployed: Mapping[str, str]

    def provider_of(self, model: str, deployment: str) -> str:
        """The provider of a deployment, or of the model itself where it is at one place."""
        return self.deployed.get(deployment) or self.models[model].provider


def set_up(config: Config, providers: Mapping[str, Provider]) -> Setup:
    """Make a configuration ready to serve."""
    models = {model.id: model for model in config.models}
    contexts = tuple(model.context for model in config.models)
    deployed = {one.name: one.provider for one in config.deployments}
    return Setup(config, providers, models, contexts, ZoneInfo(config.timezone), deployed)


DEFAULT_LIMITS = Limits()
