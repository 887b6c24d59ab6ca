"""deployments.yaml: where models are, and how failures are met.

Invariant: every deployment is of a model and at a provider that exist, in a region of its model's; a model whose
deployments all name their region is in those regions and no other, so that guards on regions hold.
"""

from dataclasses import dataclass, field, replace
from typing import Annotated

from annotated_types import Ge, Gt, Le

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.policies_file import FORBID, Share
from router.config.scalars import Duration, duration
from router.suggest import nearest
from router.types import Breaking, Capacity, Deployment, Model, Resilience, Retrying
from router.types.catalog import Text

FILE = "deployments.yaml"
Count = Annotated[int, Ge(1), Le(10**12)]


@dataclass(frozen=True, slots=True)
class CapacityWritten:
    """What a deployment takes."""

    __pydantic_config__ = FORBID

    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    in_flight: Count | None = None


@dataclass(frozen=True, slots=True)
class DeploymentWritten:
    """A model somewhere."""

    __pydantic_config__ = FORBID

    name: Text
    model: Text
    provider: Text
    region: Text | None = None
    cloud: str = ""
    gpu: str = ""
    capacity: CapacityWritten = field(default_factory=CapacityWritten)
    weight: Annotated[float, Gt(0), Le(1_000_000)] | None = None


@dataclass(frozen=True, slots=True)
class BreakerWritten:
    """When a deployment is ejected, and for how long."""

    __pydantic_config__ = FORBID

    failures: Annotated[int, Ge(1), Le(1000)] = 5
    fewest: Annotated[int, Ge(2), Le(100_000)] = 20
    window: Duration = "10 s"
    cool: Duration = "5 s"
    longest: Duration = "5 minutes"


@dataclass(frozen=True, slots=True)
class RetryWritten:
    """The same deployment again, where nothing else is left."""

    __pydantic_config__ = FORBID

    budget: Share = 0.1
    pause: Duration = "0.2 s"
    longest_pause: Duration = "2 s"


@dataclass(frozen=True, slots=True)
class HedgeWritten:
    """A second call, where the first has no token yet."""

    __pydantic_config__ = FORBID

    after: Duration
    most: Annotated[float, Gt(0), Le(1)] = 0.05


@dataclass(frozen=True, slots=True)
class DeploymentsFile:
    """deployments.yaml."""

    __pydantic_config__ = FORBID

    deployments: tuple[DeploymentWritten, ...] = ()
    breaker: BreakerWritten = field(default_factory=BreakerWritten)
    retry: RetryWritten = field(default_factory=RetryWritten)
    hedge: HedgeWritten | None = None


def deployments(file: DeploymentsFile, fit: Fit, providers: tuple[str, ...]) -> tuple[Deployment, ...]:
    """Every deployment, in order of refusal; faults are collected in the fit."""
    fit.unique([deployment.name for deployment in file.deployments], FILE, ("deployments",), "deployments")
    for place, deployment in enumerate(file.deployments):
        _check(deployment, fit, providers, ("deployments", place))
    return tuple(
        Deployment(
            deployment.name,
            deployment.model,
            deployment.provider,
            deployment.region,
            deployment.cloud,
            deployment.gpu,
            _capacity(deployment.capacity),
            deployment.weight,
        )
        for deployment in file.deployments
    )


def resilience(file: DeploymentsFile) -> Resilience:
    """How failures are met."""
    breaker, retry, hedge = file.breaker, file.retry, file.hedge
    return Resilience(
        Breaking(
            breaker.failures,
            breaker.fewest,
            duration(breaker.window),
            duration(breaker.cool),
            duration(breaker.longest),
        ),
        Retrying(retry.budget, duration(retry.pause), duration(retry.longest_pause)),
        *(() if hedge is None else (duration(hedge.after), hedge.most)),
    )


def where_deployed(models: tuple[Model, ...], deployed: tuple[Deployment, ...]) -> tuple[Model, ...]:
    """The models in the regions of their deployments, where all of these name one."""

    def placed(model: Model) -> Model:
        regions = [deployment.region for deployment in deployed if deployment.model == model.id]
        named = tuple(dict.fromkeys(region for region in regions if region is not None))
        return replace(model, regions=named) if regions and None not in regions else model

    return tuple(placed(model) for model in models) if deployed else models


def _check(deployment: DeploymentWritten, fit: Fit, providers: tuple[str, ...], path: Path_) -> None:
    model = fit.models.get(deployment.model)
    if model is None:
        fit.fault(
            FILE, (*path, "model"), f"no model is called {deployment.model!r}.", nearest(deployment.model, fit.models)
        )
    if deployment.provider not in providers:
        sentence = f"no provider is called {deployment.provider!r}."
        fit.fault(FILE, (*path, "provider"), sentence, nearest(deployment.provider, providers))
    if model and deployment.region is not None and deployment.region not in model.regions:
        sentence = f"the model {deployment.model!r} is not offered in {deployment.region!r}."
        fit.fault(FILE, (*path, "region"), sentence, nearest(deployment.region, model.regions))


def _capacity(written: CapacityWritten) -> Capacity:
    return Capacity(written.requests_per_minute, written.tokens_per_minute, written.in_flight)
