"""A reader that was fitted before, on another table: what its own chances say of this one.

Invariant: whether it has seen the table is said with every figure.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.bench.routing.measures import Array
from router.bench.routing.outcome_table import Outcomes
from router.config.files.reader_files import load_fit
from router.decision.features import excerpt
from router.reading.fit_reader import Fitted, Texts
from router.reading.fitted import FittedReader
from router.tokens import ids
from router.types import Excerpt, Message, Reader, Reading


@dataclass(frozen=True, slots=True)
class Given:
    """A fitted reader with its manifest, over the shipped one."""

    name: str
    fitted: Fitted
    manifest: dict[str, Any]
    reader: Reader

    def regime(self, table: Outcomes) -> str:
        """Whether the table is the one that it was learned from."""
        return "has seen this table" if table.digest == self.manifest.get("data_sha256") else "fitted elsewhere"

    def chances(self, texts: Texts, models: tuple[str, ...]) -> Array | None:
        """Prompts x models: its predicted chances; None where it knows not all of the models."""
        known = list(self.manifest["models"])
        if not set(models) <= set(known):
            return None
        return self.fitted.predict(texts)[:, [known.index(model) for model in models]]

    def difficulty(self, texts: Texts) -> Array:
        """How hard it finds each prompt."""
        return self.fitted.chances.difficulty(self.fitted.traits(texts))


def given(folder: Path, base: Reader) -> Given:
    """The fitted reader in a folder; raises ConfigError."""
    fitted, manifest = load_fit(folder)
    return Given(folder.name, fitted, manifest, FittedReader(base, fitted, ids))


def read_prompt(reader: Reader, prompt: str) -> Reading:
    """What a reader says of a single prompt."""
    return reader.read(excerpt_of(prompt))


def excerpt_of(prompt: str) -> Excerpt:
    """What a reader sees of a single prompt."""
    return excerpt((Message("user", prompt),))
