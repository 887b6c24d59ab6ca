"""Collects scores cell by cell: several samples of a prompt and model are averaged, and what is odd is counted.

Invariant: every score that came in is in a mean, or was named; memory is a few numbers a cell, of the sampled prompts
alone where a table has more than are wanted.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.tables.prompt_sample import PromptSample
from router.bench.routing.tables.score_words import UNIT, Scale, amount_of, score_of

SHOWN = 3
Fault = tuple[int, str]
"""The number of a row, and what is wrong with it."""
if TYPE_CHECKING:
    Parts = tuple[array[int], array[int], array[float]]


@dataclass(slots=True)
class Column:
    """What one model's column has held so far."""

    number: int
    scores: int = 0
    whole: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Grid:
    """Scores and costs as they are read, by the numbers of prompts and models."""

    scale: Scale = UNIT
    sample: PromptSample = field(default_factory=PromptSample)
    prompts: dict[str, int] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    groups: list[Hashable] = field(default_factory=list)
    labels: dict[str, list[str]] = field(default_factory=dict)
    """What the kept columns say of each prompt; nothing where they say nothing."""
    cells: Parts = field(default_factory=lambda: (array("q"), array("i"), array("d")))
    costs: Parts = field(default_factory=lambda: (array("q"), array("i"), array("d")))
    lengths: Parts = field(default_factory=lambda: (array("q"), array("i"), array("d")))
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    metrics: dict[tuple[int, str], str] = field(default_factory=dict)
    """What was measured of each prompt and model, where the rows say it."""

    def row(self, where: str, prompt: str, group: Hashable = None, labels: dict[str, str] | None = None) -> int | None:
        """The number of a prompt, None where it is not in the sample; what was said of it first stays."""
        if (at := self.prompts.get(prompt)) is not None:
            return at
        if len(self.prompts) == self.sample.room:
            self.thin()
        if not self.sample.takes(prompt):
            return None
        at = self.prompts[prompt] = len(self.prompts)
        self.places.append(where)
        self.groups.append(group)
        for name, label in (labels or {}).items():
            said = self.labels.setdefault(name, [])
            said += [""] * (at - len(said)) + [label]
        return at

    def thin(self) -> None:
        """Let go of the prompts that are not in the sample any more, with all that was said of them."""
        if (kept := self.sample.thin()) is None:
            return
        labels, prompts = self.labelled(), list(self.prompts)
        self.prompts = {prompts[row]: at for at, row in enumerate(kept)}
        self.places = [self.places[row] for row in kept]
        self.groups = [self.groups[row] for row in kept]
        self.labels = {name: [said[row] for row in kept] for name, said in labels.items()}
        place = np.full(len(prompts), -1)
        place[kept] = np.arange(len(kept))
        self.cells, self.costs = _renumbered(self.cells, place), _renumbered(self.costs, place)
        self.metrics = {(int(place[at]), model): said for (at, model), said in self.metrics.items() if place[at] >= 0}

    def labelled(self) -> dict[str, tuple[str, ...]]:
        """The kept columns, each as long as there are prompts."""
        return {name: (*said, *[""] * (len(self.prompts) - len(said))) for name, said in self.labels.items()}

    def fault(self, sentence: str) -> None:
        """Name what is wrong with the row that is being read."""
        self.faults.append((self.counts["rows"], sentence))

    def column(self, model: str) -> Column:
        """A model's column."""
        if model not in self.columns:
            self.columns[model] = Column(len(self.columns))
        return self.columns[model]

    def put(self, where: str, row: int, model: str, cell: Any) -> int:
        """Take a score, or a list of samples; returns how many were taken, and keeps what is wrong with the column."""
        if isinstance(cell, (list, tuple)):
            return sum(self.put(where, row, model, sample) for sample in cell)
        column = self.column(model)
        value = score_of(cell, self.scale)
        if value is None:
            return 0
        if isinstance(value, str):
            column.faults.append((self.counts["rows"], f"{where}: the score of {model!r} {value}"))
            return 0
        column.scores += 1
        column.whole += value in (0.0, 1.0)
        _append(self.cells, row, column.number, value)
        return 1

    def put_cost(self, where: str, row: int, model: str, cell: Any) -> None:
        """Take what a cell cost, or name what is wrong."""
        value = amount_of(cell)
        if isinstance(value, str):
            self.fault(f"{where}: the cost of {model!r} {value}")
        elif value is not None:
            _append(self.costs, row, self.column(model).number, value)

    def put_length(self, row: int, model: str, tokens: float | None) -> None:
        """Take how many tokens an answer had."""
        if tokens is not None:
            _append(self.lengths, row, self.column(model).number, tokens)

    def tokens(self, models: list[str]) -> NDArray[np.float64] | None:
        """Mean tokens of answers (prompts x these models), where all of the models have some."""
        if not len(self.lengths[0]):
            return None
        means = self._means(self.lengths, self._places(models), len(models))[0]
        return None if np.isnan(means).all(axis=0).any() else means

    def _places(self, models: list[str]) -> NDArray[np.intp]:
        place = np.full(len(self.columns), -1)
        for number, model in enumerate(models):
            place[self.columns[model].number] = number
        return place

    def matrices(self, models: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, list[str]]:
        """Mean scores and mean costs (prompts x these models, NaN where there is none), and notes on the samples."""
        place = self._places(models)
        scores, notes = self._means(self.cells, place, len(models), several=True)
        costs = self._means(self.costs, place, len(models))[0] if len(self.costs[0]) else None
        return scores, costs, notes

    def _means(
        self,
        parts: Parts,
        place: NDArray[np.intp],
        many: int,
        several: bool = False,
    ) -> tuple[NDArray[np.float64], list[str]]:
        row, column, value = np.array(parts[0]), place[np.array(parts[1], np.intp)], np.array(parts[2])
        kept = column >= 0
        key, value = row[kept] * many + column[kept], value[kept]
        size = len(self.prompts) * many
        count, total = np.bincount(key, minlength=size), np.bincount(key, value, size)
        with np.errstate(invalid="ignore"):
            means = np.where(count > 0, total / count, np.nan)
        if not several or count.max(initial=0) < 2:
            return means.reshape(-1, many), []
        odd = np.bincount(key, np.abs(value - means[key]), size) > 1e-9
        return means.reshape(-1, many), self._several(count > 1, odd, many)

    def _several(self, several: NDArray[np.bool_], odd: NDArray[np.bool_], many: int) -> list[str]:
        rows = np.unique(np.flatnonzero(odd) // many)[:SHOWN]
        where = ", ".join(self.places[row] for row in rows)
        said = f"; {int(odd.sum()):,} of them disagree (first seen at {where})" if odd.any() else ""
        cells = int(several.sum())
        held = "1 cell holds" if cells == 1 else f"{cells:,} cells hold"
        return [f"{held} several samples of a prompt and model: their mean is used{said}"]


def _renumbered(parts: Parts, place: NDArray[np.intp]) -> Parts:
    """The parts of the prompts that stay, by their new numbers."""
    row, column, value = (np.array(part) for part in parts)
    kept = place[row] >= 0 if len(row) else np.zeros(0, np.bool_)
    return (
        array("q", place[row[kept]].astype(np.int64).tobytes()),
        array("i", column[kept].astype(np.intc).tobytes()),
        array("d", value[kept].astype(np.float64).tobytes()),
    )


def _append(parts: Parts, row: int, column: int, value: float) -> None:
    parts[0].append(row)
    parts[1].append(column)
    parts[2].append(value)
