"""The options of `fungible bench routing`: what is compared, what becomes of the figures, and what makes it fail."""

from pathlib import Path
from typing import Annotated

import typer

from router.cli.options import MOST_SEED

Readers = Annotated[
    list[str] | None, typer.Option(help="random, length, shipped or fit; again for more; by default all.")
]
Strong = Annotated[str | None, typer.Option(help="The strong model; by default the best one.")]
Weak = Annotated[str | None, typer.Option(help="The weak model; by default the worst one.")]
PriceFile = Annotated[
    Path | None, typer.Option(help="JSON of input_price and output_price by model, USD per million tokens.")
]
Policies = Annotated[
    list[str] | None, typer.Option(help="A policy that decides on every prompt, with its rules; again for more.")
]
Rounds = Annotated[int, typer.Option(help="Resamples for each interval.", min=10)]
MostTraining = Annotated[
    int | None, typer.Option(help="Learn from no more than so many prompts of the other folds.", min=50)
]
MostPrompts = Annotated[
    int, typer.Option(help="Of a larger table, measure on so many prompts, drawn at random and said so.", min=50)
]
Compare = Annotated[
    list[str] | None,
    typer.Option(
        help="What decides: random, length, shipped, fit, oracle, hull, policy:NAME, column:NAME, "
        "url:ADDRESS#MODEL, model:NAME, reader:FOLDER; again for more: the first is what others are compared with."
    ),
]
By = Annotated[list[str] | None, typer.Option(help="A column to report by, beside task, language, length and source.")]
KeyEnv = Annotated[str | None, typer.Option(help="The variable with the key of url:ADDRESS.")]
Seed = Annotated[int, typer.Option(help="Of the resamples.", min=0, max=MOST_SEED)]
ManifestFile = Annotated[
    Path | None,
    typer.Option(help="Write what it takes to repeat the run; without tables: repeat it, exit code 1 if it differs."),
]
DecisionsFile = Annotated[
    Path | None, typer.Option(help="A row for each decision that was compared: .jsonl or .parquet.")
]
TableFormat = Annotated[str | None, typer.Option(help="Print the tables as md, latex or csv.")]
Plot = Annotated[Path | None, typer.Option(help="Draw the frontier: .svg and .png, or .pdf.")]
FailBelow = Annotated[
    list[str] | None,
    typer.Option(help="apgr=0.60, aiq=, score= or saved=: exit code 4 where the interval lies below; again for more."),
]
BaselineFile = Annotated[
    Path | None,
    typer.Option(help="What --json or --manifest wrote before: exit code 4 where a figure has fallen, by a test."),
]
