"""Whether the files fit together: every name that one file uses must exist in another.

Invariant: all faults are collected, each with its place and the nearest right name.
"""

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from router.asking import nearest
from router.config.shapes import CatalogFile, PoliciesFile, ProvidersFile
from router.config.source import Source
from router.types import Model, Policy, Price, Ramp


class Fit:
    """Whether the files name things that exist in one another; faults are collected."""

    def __init__(self, sources: Mapping[str, Source], models: Mapping[str, Model], faults: list[str]) -> None:
        self.sources = sources
        self.models = models
        self.faults = faults

    def fault(self, file: str, path: tuple[str | int, ...], sentence: str) -> None:
        """Note a fault at a place in a file."""
        self.faults.append(f"{self.sources[file].at(path)}: {sentence}")

    def catalog(self, catalog: CatalogFile, providers: ProvidersFile) -> None:
        """Names in the catalog: unique ids, tokenizers and providers that exist."""
        for position, model in enumerate(catalog.models):
            path = ("models", position)
            if self.models[model.id] is not model:
                self.fault("catalog.yaml", (*path, "id"), f"the model {model.id!r} stands twice")
            if model.tokenizer not in catalog.tokenizers:
                hint = nearest(model.tokenizer, catalog.tokenizers)
                self.fault("catalog.yaml", (*path, "tokenizer"), f"no tokenizer is called {model.tokenizer!r}.{hint}")
            if model.provider not in providers.providers:
                hint = nearest(model.provider, providers.providers)
                self.fault("catalog.yaml", (*path, "provider"), f"no provider is called {model.provider!r}.{hint}")

    def prices(self, prices: Mapping[str, tuple[Price, ...]]) -> dict[str, tuple[Price, ...]]:
        """Every model has prices, oldest first."""
        for model, dated in prices.items():
            if model not in self.models:
                self.fault(
                    "prices.yaml", ("prices", model), f"no model is called {model!r}.{nearest(model, self.models)}"
                )
            if list(dated) != sorted(dated, key=lambda price: price.since):
                self.fault("prices.yaml", ("prices", model), f"the prices of {model!r} must stand oldest first")
        for model in self.models:
            if not prices.get(model):
                self.fault("prices.yaml", ("prices",), f"the model {model!r} has no price")
        return dict(prices)

    def policies(self, file: PoliciesFile) -> dict[str, Policy]:
        """Names that nobody else has, and globs that select something; globs come out as model ids."""
        if file.default not in file.policies:
            hint = nearest(file.default, file.policies)
            self.fault("policies.yaml", ("default",), f"no policy is called {file.default!r}.{hint}")
        taken: dict[str, str] = {"auto": "the default policy", **dict.fromkeys(self.models, "a model")}
        for name, policy in file.policies.items():
            for word in (name, *policy.aliases):
                if word in taken:
                    self.fault("policies.yaml", ("policies", name), f"the name {word!r} is taken by {taken[word]}")
                taken[word] = f"policy {name!r}"
        return {name: self.policy(policy, ("policies", name)) for name, policy in file.policies.items()}

    def policy(self, policy: Policy, path: tuple[str | int, ...]) -> Policy:
        """One policy with its globs expanded."""
        rules = []
        for position, rule in enumerate(policy.rules):
            place = (*path, "rules", position, "set")
            change = replace(
                rule.set,
                models=self.expand(rule.set.models, (*place, "models")),
                prefer=self.expand(rule.set.prefer, (*place, "prefer")),
            )
            rules.append(replace(rule, set=change))
        return replace(
            policy,
            models=self.expand(policy.models, (*path, "models")),
            prefer=self.expand(policy.prefer, (*path, "prefer")),
            rules=tuple(rules),
        )

    def expand(self, globs: tuple[str, ...] | None, path: tuple[str | int, ...]) -> tuple[str, ...] | None:
        """The ids of the models that the globs select by id, family or owner, in the catalog's order."""
        if globs is None:
            return None
        for position, glob in enumerate(globs):
            if not any(_selects(glob, model) for model in self.models.values()):
                words = {word for model in self.models.values() for word in (model.id, model.family, model.owner)}
                sentence = f"{glob!r} matches no model's id, family or owner.{nearest(glob, sorted(words))}"
                self.fault("policies.yaml", (*path, position), sentence)
        return tuple(model.id for model in self.models.values() if any(_selects(glob, model) for glob in globs))

    def ramps(self, ramps: tuple[Ramp, ...]) -> tuple[Ramp, ...]:
        """Ramps between models that exist."""
        taken: set[str] = set()
        for position, ramp in enumerate(ramps):
            if ramp.name in taken:
                self.fault("ramps.yaml", ("ramps", position, "name"), f"two ramps are called {ramp.name!r}")
            taken.add(ramp.name)
            if ramp.substitute == ramp.original:
                self.fault("ramps.yaml", ("ramps", position, "substitute"), "a ramp must lead to another model")
            for key, model in (("original", ramp.original), ("substitute", ramp.substitute)):
                if model not in self.models:
                    sentence = f"no model is called {model!r}.{nearest(model, self.models)}"
                    self.fault("ramps.yaml", ("ramps", position, key), sentence)
        return ramps


def _selects(glob: str, model: Model) -> bool:
    return any(fnmatchcase(word, glob) for word in (model.id, model.family, model.owner))
