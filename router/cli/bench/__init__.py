"""`fungible bench`: measure the router, its decisions, its ramps and what it promises.

Invariant: a command imports what it measures when it is called, and not before.
"""

from pathlib import Path
from typing import Annotated

import typer

from router.cli.bench.routing_options import (
    BaselineFile,
    By,
    Compare,
    DecisionsFile,
    FailBelow,
    KeyEnv,
    ManifestFile,
    MostPrompts,
    MostTraining,
    Plot,
    Policies,
    PriceFile,
    Readers,
    Rounds,
    Seed,
    Strong,
    TableFormat,
    Weak,
)
from router.cli.bench.table_options import (
    FittedFolder,
    Group,
    Ignore,
    Metric,
    ModelColumn,
    PromptColumn,
    ScaleText,
    ScoreColumn,
    Shape,
    Tables,
    declared,
)
from router.cli.command_help import Commands
from router.cli.options import MOST_SEED, AsJson, ConfigFolder, DataFolder, Window

bench = Commands(no_args_is_help=True, help="Measure the router.")


@bench.command("routing")
def bench_routing(
    data: Tables = None,
    reader: Readers = None,
    strong: Strong = None,
    weak: Weak = None,
    prices: PriceFile = None,
    config: ConfigFolder = None,
    policy: Policies = None,
    fitted: FittedFolder = None,
    rounds: Rounds = 300,
    most_training: MostTraining = None,
    most_prompts: MostPrompts = 80_000,
    compare: Compare = None,
    by: By = None,
    key_env: KeyEnv = None,
    seed: Seed = 0,
    manifest: ManifestFile = None,
    decisions: DecisionsFile = None,
    table: TableFormat = None,
    plot: Plot = None,
    fail_below: FailBelow = None,
    baseline: BaselineFile = None,
    shape: Shape = None,
    prompt_column: PromptColumn = None,
    model: ModelColumn = None,
    score_column: ScoreColumn = None,
    metric: Metric = None,
    group: Group = None,
    ignore: Ignore = None,
    scale: ScaleText = None,
    json: AsJson = False,
) -> None:
    """Measure whatever decides on tables of outcomes: APGR, CPT, AIQ, savings, regret, and differences."""
    said = locals()
    from router.cli.bench.bench_routing import asked_of, run, wishes_of

    columns = declared(shape, prompt_column, model, score_column, metric, group, ignore, scale)
    run(asked_of(said, columns), wishes_of(said), as_json=json)


@bench.command("coverage")
def bench_coverage(
    tables: Annotated[int, typer.Option(help="Simulated tables.", min=20)] = 400,
    prompts: Annotated[int, typer.Option(help="Prompts of each.", min=100)] = 400,
    rounds: Annotated[int, typer.Option(help="Resamples for each interval.", min=50)] = 200,
    fits: Annotated[int, typer.Option(help="Tables from which something is learned, too; each takes seconds.")] = 0,
    json: AsJson = False,
) -> None:
    """Simulate tables whose truth is known, and count how often 95 % intervals hold it.

    Exit code 1 where a share is shown to lie below 93 %.
    """
    from router.cli.bench.bench_coverage import run

    run(tables, prompts, rounds, fits, as_json=json)


@bench.command("load")
def bench_load(
    seconds: Annotated[float, typer.Option(help="Seconds for each measurement.", min=0.5)] = 5.0,
    repeats: Annotated[int, typer.Option(help="Measurements of each kind; the median counts.", min=1)] = 3,
    connections: Annotated[int, typer.Option(help="Connections at once.", min=1)] = 64,
    upstream: Annotated[
        bool, typer.Option("--upstream", help="Also before a backend of its own that answers at once.")
    ] = False,
    workers: Annotated[int, typer.Option(help="Also with so many workers, beside one.", min=1, max=64)] = 1,
    json: AsJson = False,
) -> None:
    """Time decide(), the start of the server, its memory, and its requests a second beside the smallest app."""
    from router.bench.http.load.load_test import run
    from router.bench.http.load.proxy_speed import Load

    run(Load(seconds, repeats, connections), upstream=upstream, workers=workers, as_json=json)


@bench.command("stages")
def bench_stages(
    size: Annotated[int, typer.Option(help="Bytes of the prompt.", min=1, max=1_000_000)] = 200,
    rounds: Annotated[int, typer.Option(help="Measurements of each stage, of ten calls.", min=2)] = 100,
    json: AsJson = False,
) -> None:
    """Time each stage of a request, in processor time: parse, count, read, decide, settle, commit, write."""
    from router.bench.stages import run

    run(size, rounds, as_json=json)


@bench.command("policy")
def bench_policy(
    requests: Annotated[int, typer.Option(help="Logged requests to replay.", min=1000)] = 1_000_000,
    repeats: Annotated[int, typer.Option(help="Replays; the median counts.", min=1)] = 3,
    parquet: Annotated[
        Path | None, typer.Option(help="Only write such a log as Parquet, for `fungible policy replay --log DIR`.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Time the replay of a large log under two policies, decide() under 200 rules, and a reload of 1,000 rules."""
    if parquet is not None:
        from router.cli.bench.bench_log import run as write

        write(parquet, requests, quiet=json)
        return
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
    seed: Annotated[int, typer.Option(help="Where the random numbers begin.", min=0, max=MOST_SEED)] = 5,
    plot: Annotated[
        Path | None, typer.Option(help="Draw two runs as SVG: an equal substitute, and a worse one.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Simulate the evidence of ramps: wrong calls at the margin, pairs until it decides, and other ways to decide."""
    from router.cli.bench.bench_ramps import run

    run(margin, alpha, base, correlation, runs, pairs, seed, plot, as_json=json)


@bench.command("aliases")
def bench_aliases(
    margin: Annotated[float, typer.Option(help="By how much the name may get worse.", min=0.001, max=0.5)] = 0.02,
    alpha: Annotated[float, typer.Option(help="How often it may.", min=1e-6, max=0.5)] = 0.05,
    runs: Annotated[int, typer.Option(help="Chains of versions.", min=10)] = 200,
    tasks: Annotated[int, typer.Option(help="Kinds of work.", min=1, max=100)] = 6,
    versions: Annotated[int, typer.Option(help="Versions of each chain.", min=2, max=50)] = 6,
    give_up: Annotated[int, typer.Option(help="Pairs after which a version stays out.", min=100)] = 30_000,
    drift: Annotated[float, typer.Option(help="What a version gains on average.")] = 0.01,
    spread: Annotated[float, typer.Option(help="By how much that differs from task to task.", min=0)] = 0.03,
    base: Annotated[float, typer.Option(help="The first version's chance to be right.", min=0.4, max=0.9)] = 0.75,
    correlation: Annotated[float, typer.Option(help="Of two versions on one prompt.", min=0, max=0.9)] = 0.5,
    seed: Annotated[int, typer.Option(help="Where the random numbers begin.", min=0, max=MOST_SEED)] = 5,
    json: AsJson = False,
) -> None:
    """Simulate names over versions: how often they get worse, how near the best they end, and the pairs it takes."""
    from router.bench.ramps.alias_chains import Chains
    from router.cli.bench.bench_aliases import run

    chains = Chains(
        margin=margin,
        alpha=alpha,
        runs=runs,
        tasks=tasks,
        versions=versions,
        give_up=give_up,
        drift=drift,
        spread=spread,
        base=base,
        correlation=correlation,
        seed=seed,
    )
    run(chains, as_json=json)


@bench.command("rivals")
def bench_rivals(
    targets: Annotated[
        list[str], typer.Argument(help="URL#MODEL, two or more: routers or single models; the first is compared with.")
    ],
    prompts: Annotated[Path | None, typer.Option(help="Your prompts: a line each, or JSON lines.")] = None,
    judge: Annotated[str | None, typer.Option(help="URL#MODEL of a model that grades all answers.")] = None,
    check: Annotated[
        Path | None, typer.Option(help="JSON lines of `prompt` and `expect`: a text or a /pattern/.")
    ] = None,
    feedback: Annotated[bool, typer.Option("--feedback", help="Grade the answers yourself, blind.")] = False,
    budget: Annotated[str | None, typer.Option(help="What it may cost in all, the judge too, such as 2USD.")] = None,
    calls: Annotated[int, typer.Option(help="Rounds, at most.", min=1)] = 300,
    margin: Annotated[float, typer.Option(help="By how much the others may be worse.", min=0.001, max=0.9)] = 0.05,
    alpha: Annotated[float, typer.Option(help="How often any verdict may be wrong.", min=1e-9, max=0.5)] = 0.05,
    key_env: Annotated[
        list[str] | None, typer.Option(help="The variable with its key, in the order of the targets; - for none.")
    ] = None,
    price: Annotated[
        list[str] | None, typer.Option(help="in/out, USD per million tokens, in their order; - for the price list's.")
    ] = None,
    judge_key_env: Annotated[str | None, typer.Option(help="The variable with the judge's key.")] = None,
    judge_price: Annotated[str | None, typer.Option(help="The judge's price, in/out.")] = None,
    max_tokens: Annotated[int, typer.Option(help="The limit of output tokens of each call.", min=1)] = 512,
    temperature: Annotated[float | None, typer.Option(help="Of each call.", min=0)] = None,
    transcript: Annotated[Path | None, typer.Option(help="Write the signed transcript here.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw cost and quality as SVG.")] = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    json: AsJson = False,
) -> None:
    """Compare routers and models on your own prompts, in pairs: quality, cost, latency; stops once it is answered."""
    from router.cli.bench.bench_rivals import Given, run

    given = Given(
        targets=targets, key_env=key_env or [], price=price or [], prompts=prompts, judge=judge,
        judge_key_env=judge_key_env, judge_price=judge_price, check=check, feedback=feedback, budget=budget,
        calls=calls, margin=margin, alpha=alpha, max_tokens=max_tokens, temperature=temperature,
        transcript=transcript, plot=plot, config=config, data=data,
    )  # fmt: skip
    run(given, as_json=json)


@bench.command("audit")
def bench_audit(
    data: Annotated[
        Path | None,
        typer.Option(help="A folder of .jsonl or .jsonl.gz: prompt, model and text, of two models; the stubs as well."),
    ] = None,
    runs: Annotated[int, typer.Option(help="Runs of each adversary and method.", min=2)] = 60,
    null_runs: Annotated[int, typer.Option(help="Runs in which the same model answers.", min=2)] = 100,
    calls: Annotated[int, typer.Option(help="Calls of each run, at most.", min=10)] = 1500,
    null_calls: Annotated[int, typer.Option(help="The same where one model answers on both sides.", min=10)] = 500,
    seed: Annotated[int, typer.Option(help="Where the random numbers begin.", min=0, max=MOST_SEED)] = 11,
    json: AsJson = False,
) -> None:
    """Simulate audits: adversaries by methods, false alarms under a look after every call, intervals, other tests."""
    from router.cli.bench.bench_audit import Sizes, run

    run(data, Sizes(runs, null_runs, calls, null_calls, seed), as_json=json)


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


@bench.command("limits")
def bench_limits(
    requests: Annotated[int, typer.Option(help="Requests in each turn, one after another.", min=10)] = 300,
    rounds: Annotated[int, typer.Option(help="Turns of each way; the median counts.", min=1)] = 9,
    ledger: Annotated[
        str | None,
        typer.Option(help="Measure on this PostgreSQL database, too, in a schema that is dropped at the end."),
    ] = None,
    limits_at: Annotated[
        str | None, typer.Option(help="And shared out by this Valkey or Redis server: valkey://HOST.", metavar="URL")
    ] = None,
    json: AsJson = False,
) -> None:
    """Time what a budget adds to a request, by where its account is kept, all ways in turns."""
    from router.bench.http.limits_speed import run

    run(requests, rounds, ledger, limits_at, as_json=json)


@bench.command("page")
def bench_page(
    receipts: Annotated[int, typer.Option(help="Receipts in the ledger, over the last 30 days.", min=1000)] = 1_000_000,
    rounds: Annotated[int, typer.Option(help="Times that each route is read; the median counts.", min=1)] = 11,
    ledger: Annotated[
        str | None, typer.Option(help="Measure on this PostgreSQL database, in a schema that is dropped at the end.")
    ] = None,
    beside: Annotated[bool, typer.Option("--beside", help="Traffic beside a busy page, too, and without it.")] = False,
    rate: Annotated[float, typer.Option(help="Requests a second of that traffic.", min=1)] = 50,
    seconds: Annotated[float, typer.Option(help="Of each turn of it.", min=1)] = 10,
    pause: Annotated[float, typer.Option(help="Seconds between two reads of the busy page.", min=0)] = 0.2,
    browser: Annotated[
        bool, typer.Option("--browser", help="Bytes and first paint of each view, in Chromium.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Fill a ledger and time what the page reads of it; traffic beside a busy page; what a browser loads and paints."""
    from router.cli.bench.bench_page import Sizes, run

    run(Sizes(receipts, rounds, ledger, beside, rate, seconds, pause, browser), as_json=json)


@bench.command("upstream")
def bench_upstream(
    requests: Annotated[int, typer.Option(help="Requests, half of them streams.", min=1)] = 10_000,
    faults: Annotated[float, typer.Option(help="The share of calls that a backend fails.", min=0, max=1)] = 0.05,
    connections: Annotated[int, typer.Option(help="Clients at once.", min=1)] = 32,
    seed: Annotated[int, typer.Option(help="Of the faults.", min=0, max=MOST_SEED)] = 1,
    json: AsJson = False,
) -> None:
    """Ask through backends that fail in every way; count answers, receipts, and what is left open."""
    from router.bench.http.soak import run

    run(requests, faults, connections, seed, as_json=json)


@bench.command("kills")
def bench_kills(
    kills: Annotated[int, typer.Option(help="Kills in each mode of durability.", min=1)] = 200,
    seed: Annotated[int, typer.Option(help="Of the moments at which it is killed.", min=0, max=MOST_SEED)] = 1,
    slow_sync: Annotated[
        float, typer.Option(help="Seconds that each sync takes longer, as on a slow disk.", min=0)
    ] = 0,
    window: Window = 0.25,
    json: AsJson = False,
) -> None:
    """Kill a server under load again and again, and count the receipts that were acknowledged and lost.

    Exit code 1 where more was lost than --durability promises.
    """
    from router.bench.http.crash import Disk, run

    run(kills, seed, Disk(window, slow_sync), as_json=json)


@bench.command("stalls")
def bench_stalls(
    size: Annotated[int, typer.Option(help="Bytes of each body.", min=1000)] = 8_000_000,
    rounds: Annotated[int, typer.Option(help="Requests with each body; the best counts.", min=1)] = 3,
    body: Annotated[list[str] | None, typer.Option(help="Only this body; again for more.")] = None,
    json: AsJson = False,
) -> None:
    """Send large bodies of every kind, one at a time, and measure how late the event loop is meanwhile."""
    from router.bench.http.stalls import run

    run(size, rounds, body or [], as_json=json)


@bench.command("soak")
def bench_soak(
    seconds: Annotated[float, typer.Option(help="How long.", min=5)] = 600.0,
    faults: Annotated[float, typer.Option(help="The share of calls that a backend fails.", min=0, max=1)] = 0.05,
    slow_sync: Annotated[
        float, typer.Option(help="Seconds that each sync takes longer, as on a slow disk.", min=0)
    ] = 0.005,
    seed: Annotated[int, typer.Option(help="Of the faults and of the clients.", min=0, max=MOST_SEED)] = 1,
    json: AsJson = False,
) -> None:
    """Load a server for minutes: mixed requests, clients that leave or read slowly, failing backends, a slow disk.

    Exit code 1 past a bound: 50 ms of stall, 1.25 times the memory, 50 ms for the p99.9 of a steady client, a receipt
    that is lost, a budget that is passed.
    """
    from router.bench.http.endurance.mixed_soak import run

    run(seconds, faults, slow_sync, seed, as_json=json)
