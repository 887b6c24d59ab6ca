"""`fungible bench coverage` in the terminal."""

import sys

from rich.console import Console

from router.bench.routing.comparison.coverage import coverage, is_enough
from router.cli.bench.progress_left import progress_left
from router.cli.output import print_json
from router.cli.responsive_table import ResponsiveTable, columns, output_console


def run(tables: int, prompts: int, rounds: int, fits: int, *, as_json: bool) -> None:
    """Simulate and show; exit code 1 where a share is shown to lie below .93."""
    console = Console(stderr=True, highlight=False)
    with progress_left(console, tables + fits, "simulating tables", hidden=as_json) as advance:
        rows = coverage(tables, prompts, rounds, fits, advance)
    if as_json:
        print_json([row.plain() for row in rows])
    else:
        table = ResponsiveTable(*columns("figure", "its 95 % interval held the truth", "tables"))
        for row in rows:
            share = row.share
            table.add_row(row.figure, f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]", f"{row.tables:,}")
        shown = output_console()
        shown.print(f"\nSimulated tables of {prompts:,} prompts in clusters, {rounds:,} resamples\n")
        shown.print(table)
    sys.exit(0 if is_enough(rows) else 1)
