"""Puts the abilities of a fit into the text of catalog.yaml, and every other model upon the same scale.

Invariant: comments, order and all else stay. What the fit does not hold is moved by as much as the models that both
know have moved, task by task, and is marked as assumed; without a model that both know nothing is written.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from router.config.files.yaml_source import Source
from router.errors import ConfigError
from router.reading.answer_lengths import Habits
from router.reading.irt import Chances
from router.types import TASKS

MOST = 10.0


def with_lengths(source: Source, models: Sequence[str], habits: Habits, prompts: int, day: date) -> str:
    """The catalog's text with what a fit learned of how long models answer, in front of their abilities."""
    fitted = dict(zip(models, zip(habits.verbosity, habits.loadings, habits.error, strict=True), strict=True))
    lines = source.text.split("\n")
    for place, row in reversed(list(enumerate(source.data["models"]))):
        if row["id"] not in fitted or "abilities" not in row:
            continue
        verbosity, loadings, error = fitted[row["id"]]
        line, column = source.places["models", place, "lengths" if "lengths" in row else "abilities"]
        indent = " " * (column - 1)
        end = _end_of(lines, line, indent) if "lengths" in row else line - 1
        lines[line - 1 : end] = [
            f"{indent}lengths:",
            f"{indent}  source: fit of {prompts:,} prompts",
            f"{indent}  date: {day.isoformat()}",
            f"{indent}  status: measured",
            f"{indent}  verbosity: {min(1000.0, max(0.0001, float(verbosity))):.4f}",
            f"{indent}  loadings: [{', '.join(f'{loading:.4f}' for loading in loadings)}]",
            f"{indent}  error: {error:.4f}",
        ]
    return "\n".join(lines)


def _end_of(lines: Sequence[str], line: int, indent: str) -> int:
    """Where a block ends whose key stands in a line, counted from 1; blank lines behind it are not part of it."""
    end = line
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(indent + " ")):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def merged(source: Source, models: Sequence[str], chances: Chances, prompts: int, day: date) -> str:
    """The catalog's text with the abilities of a fit of so many prompts; raises ConfigError."""
    rows = {row["id"]: (place, row) for place, row in enumerate(source.data["models"])}
    if not (known := [model for model in models if model in rows]):
        names = ", ".join(models)
        raise ConfigError([f"{source.name}: holds none of the models of the fit ({names}): add their rows first"])
    fitted = dict(zip(models, zip(chances.abilities, chances.loadings, strict=True), strict=True))
    shifts = _shifts([(fitted[model][0], rows[model][1]["abilities"]["values"]) for model in known])
    usual = np.mean([fitted[model][1] for model in known], axis=0)
    lines = source.text.split("\n")
    for model, (place, row) in reversed(rows.items()):
        if "abilities" not in row:
            continue
        if model in known:
            values = dict(zip(TASKS, fitted[model][0].clip(-MOST, MOST).tolist(), strict=True))
            words = (f"fit of {prompts:,} prompts", "measured", values, fitted[model][1])
        else:
            own = row["abilities"]["values"]
            values = {task: max(-MOST, min(MOST, float(value) + shifts[task])) for task, value in own.items()}
            words = (f"brought to the scale of a fit by {', '.join(known)}", "assumed", values, usual)
        _replace(lines, source, place, words, day)
    return "\n".join(lines)


def _shifts(both: Sequence[tuple[Any, Mapping[str, float]]]) -> Mapping[str, float]:
    """By how much the models that both know have moved on average; on a task that none had, as on all."""
    moved = {
        task: [float(new[place]) - float(old[task]) for new, old in both if task in old]
        for place, task in enumerate(TASKS)
    }
    whole = float(np.mean([shift for shifts in moved.values() for shift in shifts] or [0.0]))
    return {task: float(np.mean(shifts)) if shifts else whole for task, shifts in moved.items()}


def _replace(lines: list[str], source: Source, place: int, words: tuple[str, str, Any, Any], day: date) -> None:
    """Put a block of abilities in the place of one; raises ConfigError where it is not in lines of its own."""
    line, column = source.places["models", place, "abilities"]
    indent = " " * (column - 1)
    if lines[line - 1].strip() != "abilities:":
        raise ConfigError([f"{source.at(('models', place, 'abilities'))}: write `abilities:` in a line of its own"])
    end = _end_of(lines, line, indent)
    origin, status, values, loadings = words
    lines[line:end] = [
        f"{indent}  source: {origin}",
        f"{indent}  date: {day.isoformat()}",
        f"{indent}  status: {status}",
        f"{indent}  values: {{{', '.join(f'{task}: {value:.3f}' for task, value in values.items())}}}",
        f"{indent}  loadings: [{', '.join(f'{loading:.4f}' for loading in loadings)}]",
    ]
