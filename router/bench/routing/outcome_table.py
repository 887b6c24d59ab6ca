"""Tables of outcomes: which model scored what on which prompt, and what it cost.

Invariant: every row is used, or named with its place and the reason; a score lies in [0, 1], and a missing one is
NaN, never 0; no column is taken for a model unless it is declared, or its name and its cells say nothing else. Of a
table with more prompts than are wanted a sample is kept, and the scores of the others are not looked at.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.tables.answer_tokens import add_characters, token_columns, tokens_of
from router.bench.routing.tables.column_names import GROUPS, SOURCES, first_of
from router.bench.routing.tables.declared import Declared
from router.bench.routing.tables.file_rows import ENDINGS, STANDARD_INPUT, Record, Row, file_rows
from router.bench.routing.tables.grid import Grid
from router.bench.routing.tables.prompt_sample import PromptSample
from router.bench.routing.tables.shapes import Cell, prompt_of, require_prompt, shape_of
from router.bench.routing.tables.wide_columns import candidates, settle_models
from router.errors import ConfigError

AS_NAMED = Declared()
BLOCK = 1 << 20
ROWS_AT_ONCE = 1_000
Advance = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Prompts, models, and a score for each pair; `faults` names the rows that were left out, and why.

    `costs` are USD a prompt where the table has them, `groups` names what belongs together, `notes` say how the table
    was read, `digest` is the hash of its files, `labels` are the kept columns, and `source` the one of these that says
    where a prompt is from.
    """

    name: str
    prompts: tuple[str, ...]
    models: tuple[str, ...]
    scores: NDArray[np.float64]
    faults: tuple[str, ...] = ()
    costs: NDArray[np.float64] | None = None
    groups: tuple[Hashable, ...] | None = None
    notes: tuple[str, ...] = ()
    digest: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str | None = None
    lengths: NDArray[np.float64] | None = None
    """Tokens of each answer, NaN where unknown; None unless every model has some."""

    def column(self, model: str) -> NDArray[np.float64]:
        """One model's scores; raises ConfigError with the names there are."""
        if model not in self.models:
            raise ConfigError([f"{self.name}: no model is called {model!r}; there are: {', '.join(self.models)}"])
        return self.scores[:, self.models.index(model)]

    def only(self, rows: NDArray[np.intp]) -> "Outcomes":
        """The same table with these rows."""
        return replace(
            self,
            prompts=tuple(self.prompts[row] for row in rows),
            scores=self.scores[rows],
            costs=None if self.costs is None else self.costs[rows],
            lengths=None if self.lengths is None else self.lengths[rows],
            groups=None if self.groups is None else tuple(self.groups[row] for row in rows),
            labels={name: tuple(said[row] for row in rows) for name, said in self.labels.items()},
        )


def read_outcomes(
    path: Path, declared: Declared = AS_NAMED, most: int | None = None, seed: int = 0, advance: Advance = int
) -> Outcomes:
    """A table from CSV, TSV, JSON, JSONL or Parquet, packed or not, or from standard input (`-`).

    It is long (prompt, model, score), wide (prompt and a column for each model), or one of the published shapes. A
    folder is prompts.jsonl and outcomes.csv joined by `id`, or any number of files of one table. Of more than `most`
    prompts so many are drawn at random; `advance` is called with the rows read since its last call. Raises ConfigError.
    """
    reading = _Reading(declared, PromptSample(most, seed))
    for file in files_of(path):
        try:
            reading.take(file, _counted(_joined(path) if _is_joined(path) else file_rows(file), advance))
        except ConfigError as error:
            raise ConfigError([_placed(file, problem) for problem in error.problems]) from None
    if _is_joined(path):
        add_characters(path, _prompts(path), reading.grid)
    return reading.done(path)


def files_of(path: Path) -> list[Path]:
    """The files of a table: itself, or what is in the folder; a folder that is joined is read by its outcomes."""
    if not path.is_dir():
        return [path]
    if _is_joined(path):
        return [path / "outcomes.csv"]
    files = sorted(file for file in path.rglob("*") if Path(file.name.removesuffix(".gz")).suffix.lower() in ENDINGS)
    samples = [file for file in files if file.name.startswith("samples_")]
    if not files:
        raise ConfigError([f"{path}: holds no table ({', '.join(ENDINGS)})"])
    return samples or files


def digest_of(path: Path) -> str:
    """The hash of a table's files; of standard input none."""
    if str(path) == STANDARD_INPUT:
        return ""
    digest = sha256()
    for file in sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]:
        with file.open("rb") as source:
            while part := source.read(BLOCK):
                digest.update(part)
    return digest.hexdigest()


def _is_joined(path: Path) -> bool:
    return path.is_dir() and (path / "prompts.jsonl").is_file() and (path / "outcomes.csv").is_file()


def _prompts(folder: Path) -> dict[str, Record]:
    return {str(row.get("id")): row for _, row in file_rows(folder / "prompts.jsonl") if isinstance(row, dict)}


def _joined(folder: Path) -> Iterator[Row]:
    prompts = _prompts(folder)
    for where, row in file_rows(folder / "outcomes.csv"):
        if isinstance(row, str):
            yield where, row
        elif (known := prompts.get(str(row.get("id")))) is None:
            yield where, f"no prompt has the id {row.get('id')!r}"
        else:
            yield where, {**row, "prompt": prompt_of(known)}


def _placed(file: Path, problem: Any) -> Any:
    """A problem with the name of its file in front, where it has none."""
    text = str(problem)
    return problem if file.name in text or "standard input" in text else f"{file.name}: {text}"


def _counted(rows: Iterator[Row], advance: Advance) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        yield row
        if not number % ROWS_AT_ONCE:
            advance(ROWS_AT_ONCE)


Take = Callable[[str, Record], str]


class _Reading:
    """One table in the making."""

    def __init__(self, declared: Declared, sample: PromptSample) -> None:
        self.declared = declared
        self.grid = Grid(declared.scale, sample)
        self.others: dict[str, str] = {}
        self.shapes: dict[str, None] = {}
        self.grouped = False
        self.source: str | None = None
        self.kept: tuple[str, ...] = ()

    def take(self, path: Path, rows: Iterator[Row]) -> None:
        """Read a file; its first sound row says what shape it has."""
        early: list[Row] = []
        for where, row in rows:
            early.append((where, row))
            if isinstance(row, dict):
                break
        sound = early[-1][1] if early else ""
        take = self._reader(sound, path) if isinstance(sound, dict) else _nothing
        for where, row in chain(early, rows):
            self.grid.counts["rows"] += 1
            fault = row if isinstance(row, str) else _left_out(row) or take(where, row)
            if fault:
                self.grid.fault(f"{where}: {fault}")

    def _reader(self, sound: Record, path: Path) -> Take:
        columns = list(sound)
        shape = shape_of(columns, self.declared)
        self.shapes.setdefault(shape.name)
        self._keep(columns)
        if shape.cell is not None:
            return self._long(shape.cell, path, self._group(columns))
        if isinstance(sound.get("scores"), dict):
            return self._nested(columns)
        return self._wide(columns)

    def _long(self, cell_of: Callable[[Record, Path], Cell], path: Path, group: str | None) -> Take:
        def take(where: str, row: Record) -> str:
            cell = cell_of(row, path)
            if not cell.prompt.strip():
                return f"has no prompt; its columns are {', '.join(row)}"
            if cell.model in ("", "None"):
                return "names no model"
            if self.declared.metric not in (None, cell.metric):
                self.grid.counts[f"measure {cell.metric!r}, and not {self.declared.metric!r}"] += 1
                return ""
            if (at := self._row(where, cell.prompt.strip(), row, group)) is None:
                return ""
            self._require_metric(where, at, cell)
            self.grid.put_cost(where, at, cell.model, cell.cost)
            self.grid.put_length(at, cell.model, tokens_of(cell.answer))
            return self._put(where, at, cell.model, cell.score)

        return take

    def _put(self, where: str, at: int, model: str, score: Any) -> str:
        before = len(self.grid.column(model).faults)
        taken = self.grid.put(where, at, model, score)
        return "" if taken or len(self.grid.column(model).faults) > before else f"has no score of {model!r}"

    def _require_metric(self, where: str, at: int, cell: Cell) -> None:
        measured = self.grid.metrics
        if cell.metric and measured.setdefault((at, cell.model), cell.metric) != cell.metric:
            both = f"{measured[at, cell.model]!r} and {cell.metric!r}"
            raise ConfigError([f"{where}: {cell.model!r} is measured by {both}: say which counts with --metric"])

    def _nested(self, columns: list[str]) -> Take:
        """Rows with an object of scores by model, and perhaps one of costs."""
        prompt, group = self.declared.prompt or require_prompt(columns), self._group(columns)

        def take(where: str, row: Record) -> str:
            words, scores, costs = prompt_of(row, prompt).strip(), row.get("scores"), row.get("costs")
            if not words or not isinstance(scores, dict):
                return "has no prompt" if not words else "has no object of scores"
            if (at := self._row(where, words, row, group)) is None:
                return ""
            for model, score in scores.items():
                self.grid.put(where, at, str(model), score)
            for model, cost in costs.items() if isinstance(costs, dict) else ():
                self.grid.put_cost(where, at, str(model), cost)
            return ""

        return take

    def _wide(self, columns: list[str]) -> Take:
        prompt, group = self.declared.prompt or require_prompt(columns), self._group(columns)
        known = candidates(columns, self.declared, prompt)
        self.others |= known.others
        costs = [(model, column) for model, column in known.costs.items() if model in known.models]
        answers = list(token_columns(columns, known.models).items())

        def take(where: str, row: Record) -> str:
            words = prompt_of(row, prompt).strip()
            if not words:
                return f"has no prompt (the column {prompt!r} is empty)"
            if (at := self._row(where, words, row, group)) is None:
                return ""
            for model in known.models:
                self.grid.put(where, at, model, row.get(model))
            for model, column in costs:
                self.grid.put_cost(where, at, model, row.get(column))
            for model, column in answers:
                self.grid.put_length(at, model, tokens_of(row.get(column)))
            return ""

        return take

    def _row(self, where: str, words: str, row: Record, group: str | None) -> int | None:
        labels = {name: str(row[name]).strip() for name in self.kept if row.get(name) is not None}
        return self.grid.row(where, words, row.get(group) if group else None, labels)

    def _keep(self, columns: list[str]) -> None:
        """Which columns stay beside the prompts: those that were named, and where a prompt is from."""
        if absent := [name for name in self.declared.kept if name not in columns]:
            raise ConfigError([f"no column is called {absent[0]!r}; there are: {', '.join(columns)}"])
        self.source = self.source or first_of(SOURCES, columns)
        self.kept = tuple(dict.fromkeys([*self.declared.kept, *filter(None, [self.source])]))

    def _group(self, columns: list[str]) -> str | None:
        group = self.declared.group or first_of(GROUPS, columns)
        if group is not None and group not in columns:
            raise ConfigError([f"no column is called {group!r}; there are: {', '.join(columns)}"])
        self.grouped = self.grouped or group is not None
        return group

    def done(self, path: Path) -> Outcomes:
        """The table; raises ConfigError where nothing could be read."""
        grid = self.grid
        grid.thin()
        models = self._sampled(settle_models(grid, self.declared, self.others))
        if not models:
            holds = f"{path.name}: holds no scores (numbers in [0, 1], percentages, right or wrong)"
            unused = [f"the column {name!r} {why}" for name, why in self.others.items()]
            raise ConfigError([holds, *(fault for _, fault in grid.faults[:5]), *unused])
        scores, costs, notes = grid.matrices(models)
        kept = np.flatnonzero(~np.isnan(scores).all(axis=1))
        blank = len(scores) - len(kept)
        table = Outcomes(
            name="standard input" if str(path) == STANDARD_INPUT else path.name,
            prompts=tuple(grid.prompts),
            models=tuple(models),
            scores=scores,
            faults=tuple(fault for _, fault in sorted(grid.faults, key=itemgetter(0))),
            costs=costs,
            groups=tuple(grid.groups) if self.grouped else None,
            notes=(*self._summary(models, blank), *notes),
            digest=digest_of(path),
            labels=grid.labelled(),
            source=self.source,
            lengths=grid.tokens(models),
        )
        return table.only(kept) if blank else table

    def _sampled(self, models: list[str]) -> list[str]:
        """The models that have a score in the sample."""
        scored = set(self.grid.cells[1])
        drawn = self.grid.sample.seen > len(self.grid.prompts)
        why = "has no score on the prompts that were drawn" if drawn else "holds no score"
        self.others |= {model: why for model in models if self.grid.columns[model].number not in scored}
        return [model for model in models if self.grid.columns[model].number in scored]

    def _summary(self, models: list[str], blank: int) -> list[str]:
        counts = self.grid.counts
        rows, holds = counts.pop("rows"), f"{len(self.grid.prompts):,} prompts, {len(models)} models"
        notes = [f"read as {' and '.join(self.shapes)}: {rows:,} rows, {holds}"]
        if (seen := self.grid.sample.seen) > len(self.grid.prompts) and self.grid.sample.most:
            notes.append(f"measured on {len(self.grid.prompts):,} of {seen:,} prompts, drawn at random")
        if self.grid.faults:
            notes.append(f"{len(self.grid.faults):,} rows or cells are left out, each named")
        if blank:
            notes.append(f"{blank:,} prompts have no score of any model and are left out")
        notes += [f"the column {name!r} {why}: it is not used" for name, why in self.others.items()]
        notes += [f"{count:,} rows are not used, which {why}" for why, count in counts.items()]
        alike = Counter(model.lower() for model in models)
        notes += [f"models differ by case alone: {name!r}" for name, count in alike.items() if count > 1]
        return notes


def _nothing(_where: str, _row: Record) -> str:
    return ""


def _left_out(row: Record) -> str:
    return "is marked as contaminated" if str(row.get("contaminated", "")).lower() == "true" else ""
