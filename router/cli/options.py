"""The options that many commands share, and the place that they name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from router.ledger.location import Place

ConfigFolder = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="FUNGIBLE_CONFIG",
        help="A folder with catalog.yaml, prices.yaml, policies.yaml, ramps.yaml, providers.yaml, deployments.yaml, "
        "contracts.yaml; files that it lacks are the shipped ones.",
        show_default="the shipped seeds",
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="FUNGIBLE_DATA", help="Where receipts are kept.", show_default="your user-data folder"
    ),
]
LedgerUrl = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        envvar="FUNGIBLE_LEDGER",
        help="A PostgreSQL database that keeps receipts and budgets, for one server or many: "
        "postgresql://user@host/database.",
        show_default="SQLite files in --data",
    ),
]
LedgerKey = Annotated[
    Path | None,
    typer.Option(
        "--ledger-key",
        envvar="FUNGIBLE_LEDGER_KEY",
        help="The file of the key that signs the log, the same for all servers of one ledger.",
        show_default="ledger.key in --data",
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
AdminKeyFile = Annotated[
    Path | None,
    typer.Option(
        help="A file with the key of the admin routes, else $FUNGIBLE_ADMIN_KEY; without one they answer on "
        "loopback only."
    ),
]
AuthMode = Annotated[
    Literal["off", "keys"] | None,
    typer.Option(
        "--auth",
        help="keys: whoever asks needs one, from `fungible key create`; off: nobody does.",
        show_default="off on loopback, keys elsewhere",
    ),
]
NoKeys = Annotated[
    bool,
    typer.Option(
        "--insecure-no-keys",
        help="Let anybody ask who reaches the address: for containers behind a proxy that checks who asks.",
    ),
]
LogForm = Annotated[
    Literal["json", "text"] | None,
    typer.Option(
        "--log",
        envvar="FUNGIBLE_LOG",
        help="A line for each request on standard error, without a word of prompts or answers: JSON, or name=value.",
        show_default="warnings and errors alone",
    ),
]
WithTelemetry = Annotated[
    bool | None,
    typer.Option(
        "--telemetry/--no-telemetry",
        help="OpenTelemetry traces and metrics over OTLP/HTTP, to where $OTEL_EXPORTER_OTLP_ENDPOINT says, else to "
        "http://localhost:4318. Needs the extra `telemetry`.",
        show_default="on where $OTEL_EXPORTER_OTLP_ENDPOINT is set",
    ),
]
AsPicture = Annotated[Path | None, typer.Option("--svg", help="Save what is shown as a picture, too.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def place_of(data: Path | None, ledger: str | None, key: Path | None = None) -> "Place":
    """Where the ledger is that these options name; raises ConfigError for a URL that is none."""
    # Not before: `--help` needs none of it.
    from router.cli.config_folder import data_folder
    from router.ledger.location import Place

    return Place(data_folder(data), ledger or None, key)
