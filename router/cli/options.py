"""The options that many commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

ConfigFolder = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="FUNGIBLE_CONFIG",
        help="A folder with catalog.yaml, prices.yaml, policies.yaml, ramps.yaml, providers.yaml, contracts.yaml; "
        "files that it lacks are the shipped ones.",
        show_default="the shipped seeds",
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="FUNGIBLE_DATA", help="Where receipts are kept.", show_default="your user-data folder"
    ),
]
ReaderFolder = Annotated[
    Path | None, typer.Option("--reader", envvar="FUNGIBLE_READER", help="A folder that `fungible fit` wrote.")
]
OnFailure = Annotated[
    Literal["refuse", "degrade"],
    typer.Option(
        "--durability",
        help="refuse: an answer ends once its receipt is on disk, and nothing is served unrecorded; degrade: answers "
        "go on, and a crash may lose the last 20 ms of receipts.",
    ),
]
AsPicture = Annotated[Path | None, typer.Option("--svg", help="Save what is shown as a picture, too.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
