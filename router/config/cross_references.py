"""Whether the files fit together: every name that one file uses must exist in another.

Invariant: all faults are collected, each with its place and the nearest right name.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from router.config.files.yaml_source import Path_, Source
from router.config.schema import CatalogFile, ProvidersFile
from router.errors import Problem
from router.suggest import nearest
from router.types import Model, Price, Ranks

LABEL = "label:"
"""What stands before a label where a list names models."""


class Fit:
    """Whether the files name things that exist in one another; faults are collected."""

    def __init__(
        self, sources: Mapping[str, Source], models: Mapping[str, Model], faults: list[Problem], *, ordered: bool = True
    ) -> None:
        self.ordered = ordered
        self.sources = sources
        self.models = models
        self.faults = faults
        self.phrases: frozenset[str] = frozenset()
        self.words = sorted({word for model in models.values() for word in names_of(model)})
        self.aliases: tuple[str, ...] = ()
        """Names over versions."""
        self._expanded: dict[tuple[str, ...], tuple[str, ...]] = {}

    def fault(self, file: str, path: Path_, sentence: str, hint: str = "", code: str = "unknown-name") -> None:
        """Note a fault at a place in a file."""
        self.faults.append(Problem(self.sources[file].at(path), sentence, hint, code, path))

    def catalog(self, catalog: CatalogFile, providers: ProvidersFile) -> None:
        """Names in the catalog: unique ids, tokenizers and providers that exist."""
        for position, model in enumerate(catalog.models):
            path = ("models", position)
            if self.models[model.id] is not model:
                self.fault("catalog.yaml", (*path, "id"), f"the model {model.id!r} stands twice", code="taken-name")
            if model.tokenizer not in catalog.tokenizers:
                sentence = f"no tokenizer is called {model.tokenizer!r}."
                self.fault("catalog.yaml", (*path, "tokenizer"), sentence, nearest(model.tokenizer, catalog.tokenizers))
            if model.provider not in providers.providers:
                sentence = f"no provider is called {model.provider!r}."
                self.fault("catalog.yaml", (*path, "provider"), sentence, nearest(model.provider, providers.providers))

            if model.successor is not None:
                self._successor(model, position)

    def _successor(self, model: Model, position: int) -> None:
        """A successor that exists, of a model that ends, and that is no model before it."""
        path, seen = ("models", position, "successor"), [model.id]
        if model.retires is None:
            self.fault("catalog.yaml", path, f"{model.id!r} has a `successor` but no day on which it `retires`")
        while (named := self.models[seen[-1]].successor) is not None:
            if named not in self.models:
                sentence = f"no model is called {named!r}."
                self.fault("catalog.yaml", path, sentence, nearest(named, self.models))
                return
            if named in seen:
                self.fault("catalog.yaml", path, f"the successors of {model.id!r} lead back to {named!r}", code="order")
                return
            seen.append(named)

    def prices(self, prices: Mapping[str, tuple[Price, ...]]) -> dict[str, tuple[Price, ...]]:
        """Every model has prices, oldest first."""
        for model, dated in prices.items():
            path = ("prices", model)
            if model not in self.models:
                self.fault("prices.yaml", path, f"no model is called {model!r}.", nearest(model, self.models))
            if list(dated) != sorted(dated, key=lambda price: price.since):
                sentence = f"the prices of {model!r} must stand oldest first"
                self.fault("prices.yaml", path, sentence, "; sort them by `since`", "order")
        for model in self.models:
            if not prices.get(model):
                self.fault("prices.yaml", ("prices",), f"the model {model!r} has no price", code="missing-key")
        return dict(prices)

    def expand(self, globs: tuple[str, ...] | None, file: str, path: Path_) -> tuple[str, ...] | None:
        """The ids of the models that the globs select by id, family, owner or label, in the catalog's order."""
        if globs is None:
            return None
        if (known := self._expanded.get(globs)) is not None:
            return known
        before = len(self.faults)
        for position, glob in enumerate(globs):
            if not any(selects(glob, model) for model in self.models.values()):
                labelled = glob.startswith(LABEL)
                sentence = f"{glob!r} matches no model's {'labels' if labelled else 'id, family or owner'}."
                self.fault(file, (*path, position), sentence, nearest(glob, self.words), "matches-nothing")
        ids = tuple(model.id for model in self.models.values() if any(selects(glob, model) for glob in globs))
        if len(self.faults) == before:
            self._expanded[globs] = ids
        return ids

    def ranks(self, written: tuple[tuple[str, ...], ...] | None, file: str, path: Path_) -> Ranks | None:
        """The models of each rank; one that stands in several counts in the first."""
        if written is None:
            return None
        ranks: list[tuple[str, ...]] = []
        for place, globs in enumerate(written):
            models = self.expand(globs, file, (*path, place)) or ()
            ranks.append(tuple(model for model in models if all(model not in rank for rank in ranks)))
        if not self.ordered:
            # As earlier versions read a list of several.
            ranks = [tuple(model for model in self.models if any(model in rank for rank in ranks))]
        return tuple(rank for rank in ranks if rank)

    def unique(self, names: Iterable[str], file: str, path: Path_, what: str) -> None:
        """No two things of a list have the same name."""
        taken: set[str] = set()
        for position, name in enumerate(names):
            if name in taken:
                self.fault(file, (*path, position, "name"), f"two {what} are called {name!r}", code="taken-name")
            taken.add(name)


def selects(glob: str, model: Model) -> bool:
    """Whether a glob matches a model's id, family or owner, or after `label:` one of its labels."""
    if glob.startswith(LABEL):
        return any(fnmatchcase(label, glob.removeprefix(LABEL).strip()) for label in model.labels)
    return any(fnmatchcase(word, glob) for word in (model.id, model.family, model.owner))


def names_of(model: Model) -> tuple[str, ...]:
    """The words by which a list of models may name one."""
    return (model.id, model.family, model.owner, *(f"{LABEL}{label}" for label in model.labels))
