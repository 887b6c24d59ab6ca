"""The command line: `fungible`.

Invariant: a command imports what it needs and no more, so that `--help` is quick; a fault of the user's is told in a
sentence, with exit code 2, and never as a trace.
"""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Literal

import typer

from router import __version__
from router.cli.key import key
from router.cli.ledger import ledger
from router.cli.options import (
    AdminKeyFile,
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
    WithTelemetry,
    place_of,
)
from router.cli.policy import policy
from router.cli.ramp import ramp
from router.cli.receipt import receipt
from router.errors import FungibleError

app = typer.Typer(
    name="fungible",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A model router in which every substitution is decided by policy, priced, proved and detectable.",
)
bench = typer.Typer(no_args_is_help=True, help="Measure the router.")
app.add_typer(bench, name="bench")
app.add_typer(policy, name="policy")
app.add_typer(ramp, name="ramp")
app.add_typer(key, name="key")
app.add_typer(ledger, name="ledger")
app.add_typer(receipt, name="receipt")


def main() -> None:
    """Run the command line."""
    # One thread for numpy: the reader's products are too small to be shared out, and each thread costs memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal or a pipe that is not UTF-8 shows `?` for a letter that it lacks.
            stream.reconfigure(errors="replace")
    try:
        app(standalone_mode=True)
    except FungibleError as error:
        _complain(error.message)
        sys.exit(2)
    except OSError as error:
        if error.filename is None:
            raise
        _complain(f"{error.filename}: {error.strerror}.")
        sys.exit(2)


def _complain(message: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in message.splitlines():
        console.print(f"[bold red]error[/] {escape(line)}")


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
) -> None:
    """Run the shipped workload under every policy, then twelve days on which work moves to a cheaper model."""
    from router.cli.demo import run

    run(config, tasks=tasks, as_json=json, svg=svg)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)] = 8000,
    config: ConfigFolder = None,
    data: DataFolder = None,
    max_in_flight: Annotated[int, typer.Option(help="Requests answered at once; more get 503.", min=1)] = 512,
    deadline: Annotated[float, typer.Option(help="Seconds for a whole request.", min=0.001)] = 120.0,
    drain: Annotated[float, typer.Option(help="Seconds to finish what is in flight when stopped.", min=1)] = 10.0,
    reader: ReaderFolder = None,
    admin_key_file: AdminKeyFile = None,
    durability: OnFailure = "degrade",
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    auth: AuthMode = None,
    insecure_no_keys: NoKeys = False,
    log: LogForm = None,
    telemetry: WithTelemetry = None,
) -> None:
    """Serve OpenAI's API; ask with any OpenAI client."""
    # First of all, so that it loads while the rest is imported.
    from router.tokens import preload

    vocabulary = preload()
    from router.cli.observability import Watching
    from router.cli.serve import admin_key, run
    from router.serving.limits import Limits

    admin, place = admin_key(admin_key_file), place_of(data, ledger, ledger_key)
    limits = Limits(in_flight=max_in_flight, deadline_s=deadline, drain_s=drain)
    seen = Watching(log, telemetry)
    run(host, port, config, place, limits, reader, vocabulary, admin, durability, auth, seen, insecure=insecure_no_keys)


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="The prompt; - reads it from standard input.")],
    policy: Annotated[str | None, typer.Option("--policy", "-p", help="The policy to decide under.")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="The model to ask for by name.")] = None,
    consent: Annotated[
        str | None, typer.Option(help="How far that model may be replaced: exact, family, owner, any.")
    ] = None,
    config: ConfigFolder = None,
    reader: ReaderFolder = None,
    json: AsJson = False,
    svg: AsPicture = None,
) -> None:
    """Decide without calling: what was read, every model's chances and price, and what would flip the choice."""
    from router.cli.explain import run

    run(text, policy, model, consent, config, reader, as_json=json, svg=svg)


@app.command(
    epilog="Intervals are 95 %, normal and clustered by conversation: they cover which conversations happened, and "
    "that the lengths of answers that nobody gave are means. Contracts are those of --config, on the request's day."
)
def money(
    by: Annotated[
        Literal["model", "owner", "task", "ramp", "key", "day"], typer.Option(help="What the rows are.")
    ] = "model",
    baseline: Annotated[
        Literal["asked", "best", "dearest", "cheapest"],
        typer.Option(help="Beside what: the model that was asked for, or one single model for everything."),
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
) -> None:
    """Price every move: each request's waterfall, the counterfactual, who kept the saving, and shares by owner."""
    from router.cli.money import Form, run, run_self_preference
    from router.reports import Asked, moment

    asked, form = Asked(by, baseline, moment(since), moment(until, end=True)), Form(json, csv, plot)
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
    outcomes: Annotated[Path, typer.Argument(help="CSV, JSONL or Parquet of prompts and scores, or a folder.")],
    out: Annotated[Path, typer.Option(help="The folder for what is learned.")],
    strong: Annotated[str | None, typer.Option(help="The strong model; the best one unless said.")] = None,
    weak: Annotated[str | None, typer.Option(help="The weak model; the worst one unless said.")] = None,
    json: AsJson = False,
) -> None:
    """Learn difficulty and abilities from your own outcomes, and say how much that is worth."""
    from router.cli.fit import run

    run(outcomes, out, strong, weak, as_json=json)


@bench.command("routing")
def bench_routing(
    data: Annotated[list[Path], typer.Argument(help="Tables of outcomes: CSV, JSONL, Parquet, or folders.")],
    reader: Annotated[
        list[str] | None, typer.Option(help="random, length, shipped or fit; again for more; all unless said.")
    ] = None,
    strong: Annotated[str | None, typer.Option(help="The strong model; the best one unless said.")] = None,
    weak: Annotated[str | None, typer.Option(help="The weak model; the worst one unless said.")] = None,
    prices: Annotated[
        Path | None, typer.Option(help="JSON of input_price and output_price by model, USD per million tokens.")
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="Policies whose bands stand beside the curve; again for more.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Resamples for each interval.", min=10)] = 300,
    most_training: Annotated[
        int | None, typer.Option(help="Learn from no more than so many prompts of the other folds.", min=50)
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the frontier as SVG and PNG.")] = None,
    json: AsJson = False,
) -> None:
    """Measure readers on tables of outcomes: APGR, CPT, AIQ, savings and regret, beside their baselines."""
    from router.cli.bench_routing import run

    run(
        data,
        reader or [],
        strong,
        weak,
        prices,
        policy or ["balanced", "cost"],
        rounds,
        most_training,
        plot,
        as_json=json,
    )


@bench.command("load")
def bench_load(
    seconds: Annotated[float, typer.Option(help="Seconds for each measurement.", min=0.5)] = 5.0,
    repeats: Annotated[int, typer.Option(help="Measurements of each kind; the median counts.", min=1)] = 3,
    connections: Annotated[int, typer.Option(help="Connections at once.", min=1)] = 64,
    json: AsJson = False,
) -> None:
    """Time decide(), the start of the server, its memory, and its requests a second beside the smallest app."""
    from router.bench.http.load_test import run

    run(seconds, repeats, connections, as_json=json)


@bench.command("policy")
def bench_policy(
    requests: Annotated[int, typer.Option(help="Logged requests to replay.", min=1000)] = 1_000_000,
    repeats: Annotated[int, typer.Option(help="Replays; the median counts.", min=1)] = 3,
    json: AsJson = False,
) -> None:
    """Time the replay of a large log under two policies, decide() under 200 rules, and a reload of 1,000 rules."""
    from router.bench.http.replay_speed import run

    run(requests, repeats, as_json=json)


@bench.command("ramps")
def bench_ramps(
    margin: Annotated[float, typer.Option(help="By how much a substitute may be worse.")] = 0.05,
    alpha: Annotated[float, typer.Option(help="How often a call may be wrong.")] = 0.05,
    base: Annotated[float, typer.Option(help="The original's chance to be right.")] = 0.85,
    correlation: Annotated[float, typer.Option(help="Pearson's, of the two outcomes of a pair.")] = 0.7,
    runs: Annotated[int, typer.Option(help="Runs of each scenario.", min=10)] = 12_000,
    pairs: Annotated[int, typer.Option(help="Pairs of each run.", min=50)] = 2_000,
    seed: Annotated[int, typer.Option(help="Where the random numbers begin.", min=0)] = 5,
    plot: Annotated[
        Path | None, typer.Option(help="Draw two runs as SVG: an equal substitute, and a worse one.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Simulate the evidence of ramps: wrong calls at the margin, pairs until it decides, and other ways to decide."""
    from router.cli.bench_ramps import run

    run(margin, alpha, base, correlation, runs, pairs, seed, plot, as_json=json)


@bench.command("ledger")
def bench_ledger(
    entries: Annotated[int, typer.Option(help="Entries of the log out of which is proved.", min=100)] = 1_000_000,
    ledger: Annotated[
        str | None, typer.Option(help="Measure on this PostgreSQL database, in a schema that is dropped at the end.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Time appending receipts, making and verifying proofs out of a large log, and verifying all of it."""
    from router.bench.http.ledger_speed import run

    run(entries, ledger, as_json=json)


@bench.command("upstream")
def bench_upstream(
    requests: Annotated[int, typer.Option(help="Requests, half of them streams.", min=1)] = 10_000,
    faults: Annotated[float, typer.Option(help="The share of calls that a backend fails.", min=0, max=1)] = 0.05,
    connections: Annotated[int, typer.Option(help="Clients at once.", min=1)] = 32,
    seed: Annotated[int, typer.Option(help="Of the faults.")] = 1,
    json: AsJson = False,
) -> None:
    """Ask through backends that fail in every way; count answers, receipts, and what is left open."""
    from router.bench.http.soak import run

    run(requests, faults, connections, seed, as_json=json)


@bench.command("kills")
def bench_kills(
    kills: Annotated[int, typer.Option(help="Kills in each mode of durability.", min=1)] = 200,
    seed: Annotated[int, typer.Option(help="Of the moments at which it is killed.")] = 1,
    json: AsJson = False,
) -> None:
    """Kill a server under load again and again, and count the receipts that were acknowledged and lost."""
    from router.bench.http.crash import run

    run(kills, seed, as_json=json)
