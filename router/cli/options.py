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
        help="A folder of configuration; files that it lacks are the shipped ones.",
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
        help="A PostgreSQL database that keeps receipts and budgets, for one server or many: postgresql://HOST/DB.",
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
LimitsAt = Annotated[
    str | None,
    typer.Option(
        envvar="FUNGIBLE_LIMITS_AT",
        help="A Valkey or Redis server that shares budgets and limits per minute out in blocks, among servers on one "
        "--ledger postgresql://...: valkey://HOST, or valkeys:// for TLS. Needs the extra `valkey`.",
        show_default="the database of --ledger, asked for each request",
        metavar="URL",
    ),
]
ReaderFolder = Annotated[
    Path | None,
    typer.Option(
        "--reader",
        envvar="FUNGIBLE_READER",
        help="A folder that `fungible fit` wrote, or a .yaml file that names a plug-in.",
    ),
]
OnFailure = Annotated[
    Literal["refuse", "degrade"],
    typer.Option(
        "--durability",
        help="refuse: an answer ends once its receipt is on disk, and nothing is served unrecorded; degrade: answers "
        "end before that, unless a receipt has waited longer than --window.",
    ),
]
Window = Annotated[
    float,
    typer.Option(
        help="With --durability degrade: seconds that a receipt may wait to be on disk; past them answers wait, or "
        "are refused. A crash loses at most what was answered in one window.",
        min=0,
    ),
]
StoreHours = Annotated[
    float | None,
    typer.Option(
        "--store",
        help="Hours for which answers of /v1/responses are kept, encrypted in --data, for `previous_response_id` and "
        "to be fetched by the key that asked; requests may still say `store: false`.",
        show_default="none is kept",
        metavar="HOURS",
        min=0.001,
        max=8760,
    ),
]
WordsHours = Annotated[
    float | None,
    typer.Option(
        help="Hours for which what users say is kept, encrypted in --data, for `fungible outcomes`; requests may "
        "still say `store: false`.",
        show_default="none is kept",
        metavar="HOURS",
        min=0.001,
        max=8760,
    ),
]
AdminKeyFile = Annotated[
    Path | None,
    typer.Option(
        help="A file with an owner's key for the admin routes, else $FUNGIBLE_ADMIN_KEY, besides those of "
        "`fungible admin`; the file may be changed while it runs.",
        show_default="the key in --data, made at the first start",
    ),
]
AsAdmin = Annotated[
    Path | None,
    typer.Option(
        "--admin-key-file",
        help="A file with the admin key by which it is done, else $FUNGIBLE_ADMIN_KEY.",
        show_default="the key in --data",
    ),
]
AllowedHost = Annotated[
    list[str] | None,
    typer.Option(
        help="A name by which it may be asked, and whose pages may ask, such as router.example behind a proxy; again "
        "for more.",
        show_default="localhost, 127.0.0.1 and [::1] where it listens on loopback",
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
    bool,
    typer.Option(
        "--telemetry",
        help="OpenTelemetry traces and metrics over OTLP/HTTP, to where its standard variables say, else to port 4318 "
        "of this machine. Needs the extra `telemetry`.",
        show_default="on where these are set",
    ),
]
WithoutTelemetry = Annotated[bool, typer.Option("--no-telemetry", help="None, whatever these variables say.")]
Workers = Annotated[
    int,
    typer.Option(
        min=1,
        max=64,
        help="Processes that serve behind the one port, with one ledger, one set of budgets, keys, policies and ramps.",
    ),
]
ClientConnections = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Connections of one client (address, or IPv6 network) at once; more get 429, 0 is no limit.",
        show_default="256, none for this machine's own",
    ),
]
ClientInFlight = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Requests of one client (key, else address) answered at once; more get 429, 0 is no limit.",
        show_default="half of --max-in-flight, none for this machine's own",
    ),
]
ClientReceiving = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="MiB of unfinished bodies of one client at once; more get 429, 0 is no limit.",
        show_default="64, none for this machine's own",
    ),
]
CorsOrigins = Annotated[
    list[str] | None,
    typer.Option(
        help="An origin whose web pages may ask, such as https://a.example.org; again for each, * for all.",
        show_default="none",
    ),
]
DrainSeconds = Annotated[
    float,
    typer.Option(help="Seconds to finish what is in flight when stopped; what is not done then is cut off.", min=0),
]
LameDuckSeconds = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="Seconds to go on accepting when stopped by SIGTERM, with /readyz at 503, before --drain begins.",
        show_default="5 where /readyz is asked again and again, else 0",
    ),
]
DeadlineSeconds = Annotated[
    float,
    typer.Option(
        min=0.001, help="Seconds to a first token, and in a stream from one to the next; a whole answer in all."
    ),
]
TotalSeconds = Annotated[
    float | None,
    typer.Option(min=0.001, help="Seconds for any request in all; unless given, a stream goes on while tokens come."),
]
PingSeconds = Annotated[
    float,
    typer.Option(min=0, help="Seconds of silence in a stream after which a ping is sent; 0 for none."),
]
KeepAliveSeconds = Annotated[
    float,
    typer.Option(
        min=1, help="Seconds that a connection may rest between requests; longer than load balancers keep theirs."
    ),
]
TlsCertificate = Annotated[
    Path | None,
    typer.Option(
        help="Serve over TLS with this certificate, in PEM, with those up to its authority; read anew when it changes.",
        show_default="no TLS",
    ),
]
TlsKey = Annotated[
    Path | None,
    typer.Option(help="The certificate's key, in PEM and not encrypted.", show_default="in the file of --tls-cert"),
]
MOST_DAYS, MOST_SEED = 36_500, 2**31
"""Dates hold a century either way, and every source of random numbers takes such a seed."""
AsPicture = Annotated[Path | None, typer.Option("--svg", help="Save what is shown as a picture, too.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def place_of(data: Path | None, ledger: str | None, key: Path | None = None) -> "Place":
    """Where the ledger is that these options name; raises ConfigError for a URL that is none."""
    # Not before: `--help` needs none of it.
    from router.cli.config_folder import data_folder
    from router.ledger.location import Place

    return Place(data_folder(data), ledger or None, key)
