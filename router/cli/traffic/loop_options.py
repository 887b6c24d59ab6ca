"""The options of `fungible outcomes`."""

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[
    Path | None,
    typer.Option(help="Write a table for `fit`: .csv, .jsonl or .parquet; with --label-next, the requests to label."),
]
Words = Annotated[
    Path | None,
    typer.Option(
        help="Your own log: `receipt` and `prompt`, and perhaps `score`, a check of your own.",
        show_default="what `serve --keep-words` has kept",
    ),
]
Policies = Annotated[
    list[str] | None, typer.Option(help="Estimate what this policy would have scored; again for more.")
]
LabelNext = Annotated[
    int | None,
    typer.Option(help="Name so many requests whose label would say most of the answers to your traffic.", min=1),
]
Judges = Annotated[
    bool,
    typer.Option(
        "--judges",
        help="Say how far those who graded pairs can be believed: order, agreement with labels, own family, cost.",
    ),
]
