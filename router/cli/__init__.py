"""The command line: `fungible`.

Invariant: a command imports what it needs and no more, so that `--help` is quick; a fault of the user's is told in a
sentence, with exit code 2, and never as a trace.
"""

import gc
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from router import __version__
from router.cli import options
from router.cli.admin import admin
from router.cli.alias import alias
from router.cli.audit import audit
from router.cli.bench import bench
from router.cli.bench.table_options import (
    Group,
    Ignore,
    Metric,
    ModelColumn,
    PromptColumn,
    ScaleText,
    ScoreColumn,
    Shape,
    declared,
)
from router.cli.command_help import Commands, narrowed
from router.cli.importing import importing
from router.cli.key import key
from router.cli.ledger import ledger
from router.cli.options import (
    AdminKeyFile,
    AllowedHost,
    AsJson,
    AsPicture,
    AuthMode,
    ConfigFolder,
    DataFolder,
    LedgerKey,
    LedgerUrl,
    LogForm,
    NoKeys,
    OnFailure,
    ReaderFolder,
    Window,
    WithTelemetry,
    place_of,
)
from router.cli.policy import policy
from router.cli.prices import prices
from router.cli.ramp import ramp
from router.cli.receipt import receipt
from router.cli.scenario import scenario
from router.cli.traffic.traffic_commands import drift, outcomes

if TYPE_CHECKING:
    from threading import Thread

    from router.api.workers.worker_link import WorkerLink

app = Commands(
    name="fungible",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A model router in which every substitution is decided by policy, priced, proved and detectable.",
)
app.add_typer(bench, name="bench")
app.add_typer(audit, name="audit")
app.add_typer(policy, name="policy")
app.add_typer(ramp, name="ramp")
app.add_typer(alias, name="alias")
app.add_typer(key, name="key")
app.add_typer(admin, name="admin")
app.add_typer(ledger, name="ledger")
app.add_typer(receipt, name="receipt")
app.add_typer(importing, name="import")
app.add_typer(prices, name="prices")
app.add_typer(scenario, name="scenario")


def main() -> None:
    """Run the command line."""
    # One thread for numpy: the reader's products are too small to be shared out, and each thread costs memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Plug-ins of pydantic would be looked for in every package that is installed; none has a say in what is valid here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # What a command imports are 100,000 objects that stay: looking through them for garbage took an eighth of the time.
    gc.set_threshold(50_000, 10, 10)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal or a pipe that is not UTF-8 shows `?` for a letter that it lacks.
            stream.reconfigure(errors="replace")
    try:
        narrowed(app, sys.argv[1] if sys.argv[1:] else "")(standalone_mode=True)
    except Exception as error:
        complaints = _complaints(error)
        if not complaints:
            raise
        for message, line in complaints:
            _complain(message, line)
        sys.exit(2)


def _complaints(error: Exception) -> list[tuple[str, str]]:
    """What to say of a fault of the user's, with the line of a file if it is of one; nothing of a fault of ours."""
    # The errors, and all that they are made of, are imported once there is one.
    from router.errors import BudgetExceeded, ConfigError, FungibleError, NoCandidate

    if isinstance(error, ConfigError):
        return [(str(problem), problem.line) for problem in error.problems]
    if isinstance(error, FungibleError):
        return [(error.full if isinstance(error, NoCandidate | BudgetExceeded) else error.message, "")]
    if isinstance(error, OSError) and error.filename is not None:
        return [(f"{error.filename}: {error.strerror}.", "")]
    return []


def _complain(message: str, written: str = "") -> None:
    """Print an error, and the line of a file as it is written, if it is of one."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in message.splitlines():
        console.print(f"[bold red]error[/] {escape(line)}")
    if written:
        console.print(f"    [dim]|[/] {escape(written)}")


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"fungible {__version__}")
        raise typer.Exit


@app.command()
def demo(
    config: ConfigFolder = None,
    tasks: Annotated[bool, typer.Option("--tasks", help="Show, too, where each kind of work goes.")] = False,
    json: AsJson = False,
    svg: AsPicture = None,
    keep: Annotated[
        Path | None, typer.Option(help="A folder for the ledger of the twelve days, and for the words that were sent.")
    ] = None,
) -> None:
    """Run the shipped workload under every policy, then twelve days on which work moves to a cheaper model."""
    from router.cli.demo import run

    run(config, tasks=tasks, as_json=json, svg=svg, keep=keep)


def _begun(host: str, port: int, workers: int) -> "tuple[WorkerLink | None, Thread]":
    """The link of a worker, and a thread that loads the vocabulary while the rest of a server is imported."""
    from router.tokens import preload

    worker, vocabulary = _worker(host, port, workers) if workers > 1 else None, preload()
    from router.api.bodies.interpreter_settings import spare_the_start

    spare_the_start()
    return worker, vocabulary


def _worker(host: str, port: int, count: int) -> "WorkerLink":
    """The link of this process, if it is a worker; else it starts some, and ends as they do."""
    from router.api.workers.worker_link import WorkerLink

    link = WorkerLink.from_environment()
    if link is None:
        from router.cli.supervisor import end_as, supervise

        end_as(supervise(host, port, count))
    return link


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)] = 8000,
    config: ConfigFolder = None,
    data: DataFolder = None,
    workers: options.Workers = 1,
    max_in_flight: Annotated[int, typer.Option(help="Requests answered at once; more get 503.", min=1)] = 512,
    deadline: options.DeadlineSeconds = 120.0,
    total: options.TotalSeconds = None,
    ping: options.PingSeconds = 15.0,
    drain: options.DrainSeconds = 10.0,
    lame_duck: options.LameDuckSeconds = None,
    keep_alive: options.KeepAliveSeconds = 75.0,
    client_connections: options.ClientConnections = None,
    client_in_flight: options.ClientInFlight = None,
    client_receiving: options.ClientReceiving = None,
    cors_origin: options.CorsOrigins = None,
    tls_cert: options.TlsCertificate = None,
    tls_key: options.TlsKey = None,
    reader: ReaderFolder = None,
    admin_key_file: AdminKeyFile = None,
    allowed_host: AllowedHost = None,
    durability: OnFailure = "refuse",
    window: Window = 0.25,
    store: options.StoreHours = None,
    keep_words: options.WordsHours = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    limits_at: options.LimitsAt = None,
    auth: AuthMode = None,
    insecure_no_keys: NoKeys = False,
    log: LogForm = None,
    telemetry: WithTelemetry = False,
    no_telemetry: options.WithoutTelemetry = False,
) -> None:
    """Serve OpenAI's API; ask with any OpenAI client."""
    worker, vocabulary = _begun(host, port, workers)
    import router.cli.serve as command  # `from router.cli import serve` would give this function

    times = command.Times(deadline, total, ping or None, drain, lame_duck, keep_alive, window)
    shares = command.Shares(max_in_flight, client_connections, client_in_flight, client_receiving, workers)
    listening = command.Listening(host, port, tls_cert, tls_key, worker)
    asking = command.asking(auth, admin_key_file, cors_origin, allowed_host, insecure=insecure_no_keys)
    keeping = command.keeping(place_of(data, ledger, ledger_key), durability, store, keep_words, limits_at)
    limits = command.limits_of(times, shares)
    watch = command.Watching(log, False if no_telemetry else telemetry or None)
    said = command.ServeOptions(
        folder=config, reader=reader, listening=listening, asking=asking, keeping=keeping, limits=limits, watching=watch
    )
    command.run(said, vocabulary)


@app.command("open")
def open_(
    url: Annotated[str, typer.Option(help="Where the server is.")] = "http://127.0.0.1:8000",
    data: DataFolder = None,
    show: Annotated[bool, typer.Option("--print", help="Print the address instead of opening it.")] = False,
) -> None:
    """Open the page of a running server in a browser, signed in with this machine's admin key."""
    from router.cli.page.open_page import run

    run(url, place_of(data, None), show_only=show)


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="The prompt; - reads it from standard input.")],
    policy: Annotated[str | None, typer.Option("--policy", "-p", help="The policy to decide under.")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="The model to ask for by name.")] = None,
    consent: Annotated[
        str | None, typer.Option(help="How far that model may be replaced: exact, family, owner, any.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="The caller's team, for rules and guards.")] = None,
    residency: Annotated[str | None, typer.Option(help="Where the caller's data is from, for guards.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag of the caller's, for rules and guards; again for more.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="The id of the caller's API key.")] = None,
    at: Annotated[
        str | None, typer.Option(help="When, in the timezone of the policies, such as '2026-12-04 18:00'.")
    ] = None,
    need: Annotated[list[str] | None, typer.Option(help="What the model must be able to do: tools, vision.")] = None,
    spent: Annotated[list[str] | None, typer.Option(help="A budget that is at its limit; again for more.")] = None,
    temperature: Annotated[float | None, typer.Option(help="The temperature that is asked for.")] = None,
    effort: Annotated[str | None, typer.Option(help="The effort of reasoning that is asked for.")] = None,
    user: Annotated[str | None, typer.Option(help="The user whom the client names, for budgets.")] = None,
    max_output: Annotated[int | None, typer.Option(min=1, help="The most output tokens that are asked for.")] = None,
    measured: Annotated[
        list[str] | None, typer.Option(help="What was measured of a model: 'gpt-5 p95=3s'; again for more.")
    ] = None,
    config: ConfigFolder = None,
    reader: ReaderFolder = None,
    json: AsJson = False,
    svg: AsPicture = None,
) -> None:
    """Decide without calling: what was read, every model's chances and price, and what would flip the choice."""
    from router.cli.explain import Supposed, run
    from router.types import Caller

    caller = Caller(key, team, residency, tuple(tag or ()))
    known = tuple(measured or ())
    supposed = Supposed(at, tuple(spent or ()), tuple(need or ()), temperature, effort, user, max_output, known)
    run(text, policy, model, consent, config, reader, caller, as_json=json, svg=svg, supposed=supposed)


@app.command(
    epilog="Intervals are 95 %, normal and clustered by conversation: they cover which conversations happened, and "
    "that the lengths of answers that nobody gave are means. Contracts are those of --config, on the request's day."
)
def money(
    by: Annotated[
        Literal["model", "owner", "task", "ramp", "key", "day", "team", "tag", "user", "policy"],
        typer.Option(help="What the rows are; who has several tags stands in the row of each."),
    ] = "model",
    baseline: Annotated[
        Literal["asked", "best", "dearest", "cheapest"],
        typer.Option(help="Compared with what: the model that was asked for, or one single model for everything."),
    ] = "asked",
    since: Annotated[str | None, typer.Option(help="From this day or time on (UTC).", show_default="the first")] = None,
    until: Annotated[
        str | None, typer.Option(help="Up to the end of this day, or to this time.", show_default="now")
    ] = None,
    self_preference: Annotated[
        bool,
        typer.Option(
            "--self-preference",
            help="Instead: does routing favour the house's own models beyond what price and predicted quality explain?",
        ),
    ] = False,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    plot: Annotated[Path | None, typer.Option(help="Draw both waterfalls as SVG.")] = None,
    json: AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print the rows as CSV, with exact amounts.")] = False,
    users: Annotated[
        Path | None, typer.Option(help="A file of users, one a line, to be called by name in --by user.")
    ] = None,
) -> None:
    """Price every move: each request's waterfall, the counterfactual, who kept the saving, and shares by owner."""
    from router.cli.money import Form, run, run_self_preference
    from router.reports import Asked, moment

    asked, form = Asked(by, baseline, moment(since), moment(until, end=True)), Form(json, csv, plot, users)
    (run_self_preference if self_preference else run)(asked, config, place_of(data, ledger), form)


@app.command()
def fleet(
    since: Annotated[str | None, typer.Option(help="From this day or time on (UTC).", show_default="the first")] = None,
    until: Annotated[
        str | None, typer.Option(help="Up to the end of this day, or to this time.", show_default="now")
    ] = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Show the fleet: which deployment was offered, took and waived what, and tokens per GPU-hour by generation."""
    from router.cli.fleet import run
    from router.reports import moment

    run(moment(since), moment(until, end=True), config, place_of(data, ledger), as_json=json)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """Copy the shipped configuration into a folder of your own, to edit and to serve with --config."""
    from router.cli.config_folder import init_folder

    init_folder(folder)


@app.command()
def fit(
    outcomes: Annotated[
        Path, typer.Argument(help="CSV, TSV, JSON, JSONL or Parquet of prompts and scores, a folder, or -.")
    ],
    out: Annotated[Path, typer.Option(help="The folder for what is learned.")],
    strong: Annotated[str | None, typer.Option(help="The strong model; by default the best one.")] = None,
    weak: Annotated[str | None, typer.Option(help="The weak model; by default the worst one.")] = None,
    shape: Shape = None,
    prompt_column: PromptColumn = None,
    model: ModelColumn = None,
    score_column: ScoreColumn = None,
    metric: Metric = None,
    group: Group = None,
    ignore: Ignore = None,
    scale: ScaleText = None,
    merge: Annotated[
        Path | None, typer.Option(help="Put the abilities into this folder's catalog.yaml, all on one scale.")
    ] = None,
    curve: Annotated[
        bool, typer.Option("--curve", help="Say, too, how much more prompts would bring; takes three times as long.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Learn difficulty and abilities from your own outcomes, and say how much that is worth."""
    from router.cli.fit import Wanted, run

    columns = declared(shape, prompt_column, model, score_column, metric, group, ignore, scale)
    run(outcomes, out, Wanted(strong, weak, merge, curve), columns, as_json=json)


app.command()(outcomes)
app.command()(drift)
