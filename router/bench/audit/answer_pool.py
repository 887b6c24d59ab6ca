"""Answers of an original and a substitute to the same prompts, from which audits are simulated.

Invariant: within a run no answer is drawn twice; what enrolls a model is never drawn in a run.
"""

import gzip
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from router.errors import ConfigError
from router.evidence.matched import vector

Rows = NDArray[np.float32]
FEWEST = 20


@dataclass(frozen=True, slots=True)
class Pool:
    """Texts and vectors by model (0 the original), prompt, and number of the answer."""

    name: str
    models: tuple[str, str]
    texts: tuple[tuple[tuple[str, ...], ...], ...]
    vectors: Rows

    @property
    def prompts(self) -> int:
        """How many prompts there are."""
        return int(self.vectors.shape[1])

    @property
    def answers(self) -> int:
        """How many answers each model gave to each prompt."""
        return int(self.vectors.shape[2])


def pool_of(name: str, rows: Iterable[tuple[str, str, str]]) -> Pool:
    """A pool from (prompt, model, text); raises ConfigError unless two models answered the same prompts often."""
    texts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for prompt, model, text in rows:
        texts[model][prompt].append(text)
    if len(texts) != 2:
        raise ConfigError([f"{name}: answers of two models are needed, and there are {len(texts)}."])
    first, other = sorted(texts)
    prompts = sorted(texts[first].keys() & texts[other].keys())
    fewest = min((len(texts[model][prompt]) for model in texts for prompt in prompts), default=0)
    if fewest < FEWEST:
        raise ConfigError([f"{name}: {FEWEST} answers of each model to each prompt are needed, and one has {fewest}."])
    kept = tuple(tuple(tuple(texts[model][prompt][:fewest]) for prompt in prompts) for model in (first, other))
    vectors = np.array([[[vector(text) for text in answers] for answers in side] for side in kept])
    return Pool(name, (first, other), kept, vectors)


def read_pools(folder: Path) -> list[Pool]:
    """A pool for each `.jsonl` or `.jsonl.gz` of `{"prompt", "model", "text"}`; raises ConfigError."""
    files = sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")])
    if not files:
        raise ConfigError([f"{folder}: there is no .jsonl or .jsonl.gz of answers."])
    return [pool_of(file.name.partition(".")[0], _rows(file)) for file in files]


def _rows(file: Path) -> Iterable[tuple[str, str, str]]:
    data = file.read_bytes()
    for number, line in enumerate((gzip.decompress(data) if file.suffix == ".gz" else data).splitlines(), 1):
        try:
            row = orjson.loads(line)
            yield str(row["prompt"]), str(row["model"]), str(row["text"])
        except (ValueError, KeyError, TypeError):
            raise ConfigError([f"{file}:{number}: prompt, model and text are needed."]) from None
