"""`fungible admin list`: every admin in a line."""

from contextlib import closing

from rich.markup import escape
from rich.text import Text

from router.api.routes.admins import admin_row
from router.cli.admin.acting_admin import admins_of
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.keys.admin import Admin
from router.ledger.location import Place


def run(place: Place, *, as_json: bool) -> None:
    """Show the admins."""
    admins: list[Admin] = []
    if place.has_ledger():
        with closing(place.ledger()) as ledger:
            admins = list(admins_of(ledger, place).admins.values())
    if as_json:
        print_json([admin_row(admin) for admin in admins])
        return
    console = output_console()
    if not admins:
        console.print(f"There are no admins at {place} yet: `fungible serve` makes the first.", soft_wrap=True)
        return
    table = ResponsiveTable(Column("admin"), Column("role"), Column("key", prose=True), edge=0)
    for admin in admins:
        row = admin_row(admin)
        style = "red" if admin.revoked else "green"
        table.add_row(
            Text.from_markup(f"[bold]{escape(admin.name)}[/]"),
            admin.role,
            Text.from_markup(f"[{style}]{row['state']}[/]  [dim]{row['shown']}...[/]"),
        )
    console.print(table)
