"""The configuration in force, with its providers and what is looked up for each request.

Invariant: an active configuration is swapped as one; a request that began under one ends under it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from router.tokens import REFERENCE
from router.types import Config, Model, Provider, Tokenizer


@dataclass(frozen=True, slots=True)
class ActiveConfig:
    """A configuration in force. `deployed` gives the provider of each deployment by name.

    `model_names` are all that models are called in it: by us, and by their backends. It `measures` where a policy asks
    how models do just now.
    """

    config: Config
    providers: Mapping[str, Provider]
    models: Mapping[str, Model]
    contexts: tuple[int, ...]
    zone: ZoneInfo
    deployed: Mapping[str, str]
    model_names: frozenset[str] = frozenset()
    measures: bool = False

    def provider_of(self, model: str, deployment: str) -> str:
        """The provider of a deployment, or of the model itself where it is at one place."""
        return self.deployed.get(deployment) or self.models[model].provider

    def tokenizer(self, model: str) -> Tokenizer:
        """What counts the tokens of a model."""
        return self.config.tokenizers[self.models[model].tokenizer]

    def own_vocabulary(self, model: str) -> str:
        """The vocabulary in which a model's answers are counted exactly, else the reference."""
        tokenizer = self.tokenizer(model)
        return tokenizer.encoding if tokenizer.exact else REFERENCE

    def keeps_text(self, model: str, deployment: str) -> bool:
        """Whether receipts keep the words of the backend behind a deployment."""
        row = self.config.providers.get(self.provider_of(model, deployment))
        return row is not None and row.keep_error_text


def activate(config: Config, providers: Mapping[str, Provider]) -> ActiveConfig:
    """Make a configuration ready to serve."""
    models = {model.id: model for model in config.models}
    contexts = tuple(model.context for model in config.models)
    deployed = {deployment.name: deployment.provider for deployment in config.deployments}
    zone, names = ZoneInfo(config.timezone), frozenset(_model_names(config))
    policies = config.policies.values()
    changes = [rule.set for policy in policies for rule in policy.rules]
    measures = any(each.max_latency is not None or each.healthy_for is not None for each in changes) or any(
        each.max_latency is not None or each.healthy_for is not None for each in policies
    )
    return ActiveConfig(config, providers, models, contexts, zone, deployed, names, measures)


def _model_names(config: Config) -> Iterator[str]:
    """The ids of models, and what the settings of adapters call them."""
    yield from (model.id for model in config.models)
    for row in config.providers.values():
        if isinstance(names := row.settings.get("models"), Mapping):
            yield from (name for name in names.values() if isinstance(name, str))
