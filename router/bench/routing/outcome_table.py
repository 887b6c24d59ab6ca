"""Tables of outcomes: which model scored what on which prompt.

Invariant: every row that cannot be used is named with its place and the reason; a score lies in [0, 1], and a missing
one is NaN, never 0.
"""

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.errors import ConfigError

PROMPT_COLUMNS = ("prompt", "question", "text", "query", "input")
# Columns of a wide table that are no models.
OTHER_COLUMNS = frozenset(
    {
        "id",
        "question_id",
        "subject",
        "category",
        "task",
        "task_type",
        "split",
        "source",
        "src",
        "contaminated",
        "lang",
        "language",
        "answer",
        "options",
        "turn",
        "license",
        "domain",
    }
)
LONG_COLUMNS = frozenset({"model", "score"})
_WORDS = {"true": 1.0, "false": 0.0}

Row = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Prompts, models, and a score for each pair; `faults` names the rows that were left out, and why."""

    name: str
    prompts: tuple[str, ...]
    models: tuple[str, ...]
    scores: NDArray[np.float64]
    faults: tuple[str, ...] = ()

    def column(self, model: str) -> NDArray[np.float64]:
        """One model's scores; raises ConfigError with the names there are."""
        if model not in self.models:
            raise ConfigError([f"{self.name}: no model is called {model!r}; there are: {', '.join(self.models)}"])
        return self.scores[:, self.models.index(model)]

    def only(self, rows: NDArray[np.intp]) -> "Outcomes":
        """The same table with these rows."""
        prompts = tuple(self.prompts[row] for row in rows)
        return Outcomes(self.name, prompts, self.models, self.scores[rows], self.faults)


@dataclass(slots=True)
class _Table:
    """Scores as they are read."""

    name: str
    prompts: dict[str, int] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    cells: dict[tuple[int, int], float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def put(self, where: str, prompt: str, model: str, score: Any) -> None:
        """Take one score, or name what is wrong with it."""
        value = _number(score)
        if value is None:
            return
        if not 0 <= value <= 1:
            self.faults.append(f"{where}: the score of {model!r} is {score!r}, which is not in [0, 1]")
            return
        row = self.prompts.setdefault(prompt, len(self.prompts))
        column = self.models.setdefault(model, len(self.models))
        self.cells.setdefault((row, column), value)

    def done(self) -> Outcomes:
        """The table; raises ConfigError where nothing could be read."""
        if not self.cells:
            more = self.faults[:5] or [f"{self.name}: holds no scores"]
            raise ConfigError(more)
        scores = np.full((len(self.prompts), len(self.models)), np.nan)
        for (row, column), value in self.cells.items():
            scores[row, column] = value
        return Outcomes(self.name, tuple(self.prompts), tuple(self.models), scores, tuple(self.faults))


def read_outcomes(path: Path) -> Outcomes:
    """A table from CSV, JSONL or Parquet, long (prompt, model, score) or wide (prompt and a column for each model).

    A folder is read as prompts.jsonl and outcomes.csv, joined by `id`. A prompt that occurs twice counts once, as it
    stood first. Raises ConfigError.
    """
    table = _Table(path.name)
    if path.is_dir():
        _joined(path, table)
    else:
        for where, row in _rows(path):
            _take(table, where, row)
    return table.done()


def _joined(folder: Path, table: _Table) -> None:
    prompts = {str(row.get("id")): row for _, row in _rows(folder / "prompts.jsonl")}
    for where, row in _rows(folder / "outcomes.csv"):
        if (known := prompts.get(str(row.get("id")))) is None:
            table.faults.append(f"{where}: no prompt has the id {row.get('id')!r}")
        else:
            _take(table, where, {**row, "prompt": whole_prompt(known)})


def whole_prompt(row: Mapping[str, Any]) -> str:
    """The prompt of a row, with its options where it is a choice."""
    prompt = next((str(row[name]) for name in PROMPT_COLUMNS if row.get(name)), "")
    options = row.get("options")
    if not isinstance(options, list):
        return prompt
    return "\n".join([prompt, *(f"{chr(65 + number)}. {option}" for number, option in enumerate(options))])


def _take(table: _Table, where: str, row: dict[str, Any]) -> None:
    prompt = whole_prompt(row).strip()
    if not prompt:
        table.faults.append(f"{where}: has no prompt (a column called {', '.join(PROMPT_COLUMNS)})")
    elif str(row.get("contaminated", "")).lower() == "true":
        table.faults.append(f"{where}: is marked as contaminated")
    elif row.keys() >= LONG_COLUMNS:
        table.put(where, prompt, str(row["model"]), row["score"])
    else:
        scores = row["scores"] if isinstance(row.get("scores"), dict) else row
        for model, score in scores.items():
            if model.lower() not in OTHER_COLUMNS and model not in PROMPT_COLUMNS:
                table.put(where, prompt, model, score)


def _number(score: Any) -> float | None:
    """A score as a number; None for an empty cell or for text, which is no score."""
    if isinstance(score, str):
        score = _WORDS.get(score.strip().lower(), score)
    try:
        value = float(score)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(value) else value


def _rows(path: Path) -> Iterator[Row]:
    readers: dict[str, Callable[[Path], Iterable[Row]]] = {
        ".csv": _csv_rows,
        ".jsonl": _jsonl_rows,
        ".parquet": _parquet_rows,
    }
    if path.suffix not in readers:
        raise ConfigError([f"{path}: is none of {', '.join(readers)}, nor a folder with prompts.jsonl"])
    if not path.exists():
        raise ConfigError([f"{path}: does not exist"])
    yield from readers[path.suffix](path)


def _csv_rows(path: Path) -> Iterator[Row]:
    csv.field_size_limit(16_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield f"{path.name}:{reader.line_num}", {key: value for key, value in row.items() if key is not None}


def _jsonl_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            yield f"{path.name}:{number}", row if isinstance(row, dict) else {}


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        from pyarrow import parquet
    except ImportError:
        raise ConfigError([f"{path}: reading Parquet needs pyarrow: pip install 'fungible[parquet]'"]) from None
    for number, row in enumerate(parquet.read_table(path).to_pylist(), 1):
        yield f"{path.name}:{number}", row
