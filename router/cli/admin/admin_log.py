"""`fungible admin log`: who used the admin routes, or tried to."""

from contextlib import closing
from typing import Any

from rich.markup import escape
from rich.text import Text

from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.keys.attempts import AttemptLog
from router.ledger.location import Place


def run(limit: int, place: Place, *, as_json: bool) -> None:
    """Show the last attempts."""
    rows: list[dict[str, Any]] = []
    if place.has_ledger():
        with closing(place.ledger()) as ledger:
            rows = AttemptLog(ledger.log).newest(limit)
    if as_json:
        print_json(rows)
        return
    console = output_console()
    if not rows:
        console.print(f"Nobody has used the admin routes of a server at {place} yet.", soft_wrap=True)
        return
    table = ResponsiveTable(Column("time"), Column("who"), Column("what", prose=True), edge=0)
    for row in rows:
        times = f" ({row['count']} times)" if row["count"] > 1 else ""
        more = f"; {row['left_out']} more were only counted" if row["left_out"] else ""
        refused = f"[red]refused[/] ({row['code']}) " if row["kind"] == "refused" else ""
        what = f"{refused}{escape(row['method'])} {escape(row['path'])}{times}{more}"
        table.add_row(
            row["time"][:19].replace("T", " "),
            Text.from_markup(f"{escape(row['admin'] or 'nobody known')}\n[dim]{escape(row['address'])}[/]"),
            Text.from_markup(what),
        )
    console.print(table)
