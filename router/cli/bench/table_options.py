"""The options that say what the columns of a table of outcomes are, shared by `fit` and `bench routing`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from router.bench.routing.tables.declared import Declared

Tables = Annotated[
    list[Path] | None,
    typer.Argument(help="Tables of outcomes: CSV, TSV, JSON, JSONL, Parquet, .gz of these, folders, -."),
]
FittedFolder = Annotated[
    Path | None, typer.Option(help="A folder that `fungible fit` wrote: measured on a table that it has not seen.")
]
Shape = Annotated[
    str | None,
    typer.Option(
        help="routerbench, routerarena, llmrouterbench, llmrouter, routellm, mmlu-pro, lm-eval, long or wide; "
        "by default recognised by the columns.",
    ),
]
PromptColumn = Annotated[str | None, typer.Option(help="The column of prompts.")]
ModelColumn = Annotated[list[str] | None, typer.Option("--model", help="A column that is a model; again for more.")]
ScoreColumn = Annotated[str | None, typer.Option(help="The column of scores of a long table.")]
Metric = Annotated[str | None, typer.Option(help="Which metric of a long table counts.")]
Group = Annotated[
    str | None,
    typer.Option("--group", help="A column whose equal values stay in one fold: a template, a source, a customer."),
]
Ignore = Annotated[list[str] | None, typer.Option(help="A column that is no model; again for more.")]
ScaleText = Annotated[str | None, typer.Option("--scale", help="The range of scores, LOW:HIGH; by default 0:1.")]


def declared(
    shape: str | None,
    prompt: str | None,
    models: list[str] | None,
    score: str | None,
    metric: str | None,
    group: str | None,
    ignored: list[str] | None,
    scale: str | None,
) -> "Declared":
    """What was said of the columns; raises BadRequest."""
    from router.bench.routing.tables.declared import Declared, parse_scale

    return Declared(
        shape=shape,
        prompt=prompt,
        models=tuple(models or ()),
        score=score,
        metric=metric,
        group=group,
        ignored=tuple(ignored or ()),
        scale=parse_scale(scale),
    )
