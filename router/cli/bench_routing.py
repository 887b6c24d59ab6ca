"""`fungible bench routing` in the terminal."""

import sys
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import Progress

from router.api.assembly import shipped_reader
from router.bench.routing.compare_readers import READERS, Bench, Report, read_prices
from router.bench.routing.outcome_table import read_outcomes
from router.bench.routing.regimes import FOLDS
from router.cli.fit import percent, share, tell_faults
from router.cli.responsive_table import ResponsiveTable, columns, output_console
from router.config import load
from router.errors import BadRequest
from router.reading.fit_reader import FOLDS as INNER_FOLDS
from router.suggest import nearest


def run(
    data: list[Path],
    readers: list[str],
    strong: str | None,
    weak: str | None,
    prices: Path | None,
    policies: list[str],
    rounds: int,
    most_training: int | None,
    plot: Path | None,
    *,
    as_json: bool,
) -> None:
    """Measure and show."""
    if wrong := [name for name in readers if name not in READERS]:
        raise BadRequest(f"--reader {wrong[0]!r} is none of {', '.join(READERS)}.")
    errors = Console(stderr=True, highlight=False)
    tables = [read_outcomes(path) for path in data]
    config = load()
    if wrong := [name for name in policies if name not in config.policies]:
        raise BadRequest(f"No policy is called {wrong[0]!r}.{nearest(wrong[0], config.policies)}")
    known = read_prices(prices) if prices else None
    bench = Bench(
        reader=shipped_reader(),
        readers=readers or READERS,
        strong=strong,
        weak=weak,
        prices=known,
        rounds=rounds,
        config=config,
        policies=policies,
        most_training=most_training,
    )
    with Progress(console=errors, transient=True, disable=as_json) as progress:
        task = progress.add_task("learning", total=len(tables) * FOLDS * (INNER_FOLDS + 1))
        reports = bench.run(tables, lambda: progress.advance(task))
    for table in tables:
        tell_faults(errors, table.faults)
    if plot:
        from router.bench.routing.frontier_plot import draw

        draw(reports, plot)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(reports, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY) + b"\n")
        return
    console = output_console()
    for report in reports:
        _show(console, report)


def _show(console: Console, report: Report) -> None:
    console.print(
        f"\n[bold]{report.table}[/]  {report.prompts:,} prompts, 95 % intervals\n"
        f"strong {report.strong} ({report.strong_score:.1%}), weak {report.weak} ({report.weak_score:.1%})\n"
    )
    table = ResponsiveTable(*columns("reader", "regime", "APGR", "CPT(50 %)", "CPT(80 %)", left=(0, 1)))
    for score in report.pairs:
        table.add_row(score.reader, score.regime, share(score.apgr), percent(score.cpt50), percent(score.cpt80))
    console.print(table)
    if report.flips:
        told = ", ".join(f"{name} {flipped:.1%}" for name, flipped in report.flips.items())
        console.print(f"\n decisions of the shipped reader that flip: {told}")
    if report.routers:
        table = ResponsiveTable(
            *columns("router", "regime", "AIQ", "saved at 95 %", "at 99 %", "regret", "arena score", left=(0, 1))
        )
        for one in report.routers:
            saved = (
                f"{value:.0%}" if value > float("-inf") else "never" for value in (one.saved_at_95, one.saved_at_99)
            )
            table.add_row(one.name, one.regime, share(one.aiq), *saved, f"{one.regret:.3f}", f"{one.arena:.3f}")
        console.print()
        console.print(table)
