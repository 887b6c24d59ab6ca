"""`fungible fit` in the terminal."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import Progress

from router.api.assembly import shipped_reader
from router.bench.routing.fitting import STEPS, Learned, keep, learn
from router.bench.routing.measures import Interval
from router.bench.routing.outcome_table import read_outcomes
from router.cli.responsive_table import ResponsiveTable, columns, output_console

SHOWN_FAULTS = 10


def run(source: Path, out: Path, strong: str | None, weak: str | None, *, as_json: bool) -> None:
    """Fit, write, and say what it is worth; exit code 3 where it is not recommended."""
    console = Console(stderr=True, highlight=False)
    with Progress(console=console, transient=True, disable=as_json) as progress:
        task = progress.add_task("reading", total=STEPS)
        table = read_outcomes(source)
        progress.update(task, description=f"fitting {len(table.prompts):,} prompts, {len(table.models)} models")
        learned = learn(table, shipped_reader(), strong, weak, lambda: progress.advance(task))
    manifest = keep(learned, source, out, datetime.now(UTC).date())
    tell_faults(console, table.faults)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _show(output_console(), learned, out)
    sys.exit(0 if learned.recommended else 3)


def tell_faults(console: Console, faults: tuple[str, ...]) -> None:
    """Name the rows that were left out."""
    for fault in faults[:SHOWN_FAULTS]:
        console.print(f"left out  {fault}", markup=False)
    if len(faults) > SHOWN_FAULTS:
        console.print(f"left out  {len(faults) - SHOWN_FAULTS:,} more rows", markup=False)


def percent(interval: Interval) -> str:
    """A percentage with its interval."""
    return f"{interval.value:.0f} % [{interval.low:.0f}, {interval.high:.0f}]"


def share(interval: Interval) -> str:
    """A figure in [0, 1] with its interval."""
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _show(console: Console, learned: Learned, out: Path) -> None:
    table = ResponsiveTable(*columns("reader", "regime", "APGR", "CPT(50 %)", "CPT(80 %)", left=(0, 1)))
    for score in learned.scores:
        table.add_row(score.reader, score.regime, share(score.apgr), percent(score.cpt50), percent(score.cpt80))
    console.print(f"\n[bold]{learned.strong}[/] against [bold]{learned.weak}[/], with 95 % intervals\n")
    console.print(table)
    if learned.recommended:
        verdict = "There is signal: its interval lies above random."
    else:
        verdict = "[bold red]Not recommended[/]: the interval includes random. Routing by this would help nobody."
    console.print(
        f"\n{verdict}\nCalibration error {learned.calibration:.3f}; difficulty known to ± {learned.fitted.error:.1f} "
        f"logits.\n\nWritten to {out}: fit.npz, manifest.json, catalog-fragment.yaml\n"
        f"Put the fragment's abilities into your catalog.yaml, then:\n  fungible serve --config ... --reader {out}\n"
    )
