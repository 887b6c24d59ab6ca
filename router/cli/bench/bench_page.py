"""`fungible bench page` in the terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import Progress

from router.bench.page.busy_page import beside
from router.bench.page.first_paint import VIEWS, paints
from router.bench.page.read_speed import READS, filled, read_times, served
from router.cli.output import print_json
from router.cli.responsive_table import ResponsiveTable, columns, output_console

REPEATS = 3


@dataclass(frozen=True, slots=True)
class Sizes:
    """Receipts and rounds, the database if any, and what else is measured."""

    receipts: int
    rounds: int
    ledger: str | None
    beside: bool
    rate: float
    seconds: float
    pause: float
    browser: bool


def run(sizes: Sizes, *, as_json: bool) -> None:
    """Measure, and show."""
    with Progress(console=Console(stderr=True, highlight=False), transient=True, disable=as_json) as progress:
        figures = _measured(sizes, progress)
    if as_json:
        print_json(figures)
        return
    console = output_console()
    console.print(f"{sizes.receipts:,} receipts; to write {figures['write_us']:,.0f}, to index "
                  f"{figures['index_us']:,.0f} µs of processor each\n")  # fmt: skip
    for table in _tables(figures):
        console.print(table)
        console.print()


def _measured(sizes: Sizes, progress: Progress) -> dict[str, Any]:
    tasks = {"writing": progress.add_task("writing", total=sizes.receipts)}

    def advance(name: str, count: int) -> None:
        if name not in tasks:
            tasks[name] = progress.add_task(name, total=sizes.receipts)
        progress.advance(tasks[name], count)

    with filled(sizes.receipts, sizes.ledger, advance) as (place, config, each), served(place, config) as asked:
        more = 2 * REPEATS * sizes.beside + len(VIEWS) * sizes.browser
        task = progress.add_task("reading", total=len(READS) + more)

        def step() -> None:
            progress.advance(task)

        figures = {"receipts": sizes.receipts, **each, "routes": read_times(asked, sizes.rounds, step)}
        if sizes.browser:
            figures["views"] = paints(asked, sizes.rounds, step)
        if sizes.beside:
            figures["beside"] = beside(asked, sizes.rate, sizes.seconds, REPEATS, sizes.pause, step)
    return figures


def _tables(figures: Mapping[str, Any]) -> list[ResponsiveTable]:
    routes = ResponsiveTable(*columns("route", "ms", "fastest", "slowest", "processor", "KB"))
    for row in figures["routes"]:
        times = (f"{row[name]:,.1f}" for name in ("ms", "least_ms", "most_ms", "processor_ms"))
        routes.add_row(row["route"], *times, f"{row['bytes'] / 1000:,.1f}")
    tables = [routes]
    if "views" in figures:
        views = ResponsiveTable(*columns("view", "KB on the wire", "first paint, ms", "fastest"))
        for row in figures["views"]:
            times = (f"{row[name]:,.0f}" for name in ("paint_ms", "least_paint_ms"))
            views.add_row(row["view"], f"{row['bytes'] / 1000:,.0f}", *times)
        tables.append(views)
    if "beside" in figures:
        seen = figures["beside"]
        traffic = ResponsiveTable(*columns(f"{seen['requests_per_s']:g} requests a second", "p50, ms", "p90", "p99"))
        for name, label in (("alone", "alone"), ("busy", f"beside {seen['reads_per_s']:.1f} reads a second")):
            traffic.add_row(label, *(f"{seen[name][at]:,.2f}" for at in ("p50_ms", "p90_ms", "p99_ms")))
        traffic.add_row("p99, busy / alone, median of turns", "", "", f"{seen['p99_ratio']:.2f}")
        tables.append(traffic)
    return tables
