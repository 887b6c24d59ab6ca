"""Which columns of a wide table are models: those that are declared, or whose names and cells say nothing else.

Invariant: a column that is left out is named with the reason; where names and cells leave it open, nothing is guessed:
it is refused with what to declare.
"""

from collections.abc import Collection
from dataclasses import dataclass

from router.bench.routing.tables.column_names import cost_columns, is_about, is_measurement
from router.bench.routing.tables.declared import Declared
from router.bench.routing.tables.grid import Grid
from router.errors import ConfigError

LEAST_TO_TELL = 3


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that may be models, those of their costs, and why the others are neither."""

    models: tuple[str, ...]
    costs: dict[str, str]
    others: dict[str, str]


def candidates(columns: Collection[str], declared: Declared, prompt: str | None) -> Columns:
    """The columns of a wide table by their names; raises ConfigError for a declared one that is not there."""
    asked = [*declared.models, *declared.ignored, *declared.kept, *filter(None, [declared.group, declared.prompt])]
    if absent := [name for name in asked if name not in columns]:
        raise ConfigError([f"no column is called {absent[0]!r}; there are: {', '.join(columns)}"])
    costs = cost_columns(columns)
    apart = {prompt, declared.group, *declared.ignored, *declared.kept, *costs.values()}
    models, others = [], {}
    for column in columns:
        if column in apart or (declared.models and column not in declared.models):
            continue
        if column in declared.models:
            models.append(column)
        elif is_about(column) or (is_measurement(column) and _of_a_model(column, columns)):
            continue
        elif is_measurement(column):
            others[column] = "is a measurement by its name"
        else:
            models.append(column)
    return Columns(tuple(models), costs, others)


def _of_a_model(column: str, columns: Collection[str]) -> bool:
    """Whether a column is `model|response`, `model_response` or the like, of a column that stands beside it."""
    return any(column != other and column.startswith(other) and not column[len(other)].isalnum() for other in columns)


def settle_models(grid: Grid, declared: Declared, others: dict[str, str]) -> list[str]:
    """The models of what was read; columns that hold no scores are put to the others. Raises ConfigError."""
    models = []
    for name, column in grid.columns.items():
        if name not in declared.models and not column.scores:
            others[name] = f"is no column of scores ({column.faults[0][1]})" if column.faults else "holds no score"
            continue
        models.append(name)
        grid.faults += column.faults
    _refuse_odd(grid, declared, models)
    _refuse_unclear(grid, declared, models)
    return models


def _refuse_odd(grid: Grid, declared: Declared, models: list[str]) -> None:
    """A column of which most cells are no scores is perhaps none of scores."""
    odd = [name for name in models if len(grid.columns[name].faults) > grid.columns[name].scores]
    if wrong := [name for name in odd if name not in declared.models]:
        raise ConfigError(
            [
                f"{name!r} holds {len(grid.columns[name].faults):,} cells that are no scores, and "
                f"{grid.columns[name].scores:,} that are ({grid.columns[name].faults[0][1]}): "
                f"is it a model? Say --model for each model, or --ignore {name!r}"
                for name in wrong
            ]
        )


def _refuse_unclear(grid: Grid, declared: Declared, models: list[str]) -> None:
    """A column of fractions alone, beside columns of nothing but 0 and 1, is perhaps no column of scores."""
    if declared.models:
        return
    known = [grid.columns[name] for name in models]
    whole = [column for column in known if column.whole == column.scores]
    unclear = [name for name in models if grid.columns[name].whole == 0 and grid.columns[name].scores >= LEAST_TO_TELL]
    if unclear and len(whole) >= len(known) - len(unclear) >= 2:
        right = " ".join(f"--model {name}" for name in models if name not in unclear)
        raise ConfigError(
            [
                f"{name!r} holds fractions alone where the others hold 0 and 1: is it a model? "
                f"Say --ignore {name!r}, or name all models: {right}"
                for name in unclear
            ]
        )
