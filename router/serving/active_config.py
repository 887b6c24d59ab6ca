"""The configuration in force, with its providers and what is looked up for each request.

Invariant: an active configuration is swapped as one; a request that began under one ends under it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from router.types import Config, Model, Provider


@dataclass(frozen=True, slots=True)
class ActiveConfig:
    """A configuration in force. `deployed` gives the provider of each deployment by name."""

    config: Config
    providers: Mapping[str, Provider]
    models: Mapping[str, Model]
    contexts: tuple[int, ...]
    zone: ZoneInfo
    deployed: Mapping[str, str]

    def provider_of(self, model: str, deployment: str) -> str:
        """The provider of a deployment, or of the model itself where it is at one place."""
        return self.deployed.get(deployment) or self.models[model].provider


def activate(config: Config, providers: Mapping[str, Provider]) -> ActiveConfig:
    """Make a configuration ready to serve."""
    models = {model.id: model for model in config.models}
    contexts = tuple(model.context for model in config.models)
    deployed = {deployment.name: deployment.provider for deployment in config.deployments}
    return ActiveConfig(config, providers, models, contexts, ZoneInfo(config.timezone), deployed)
