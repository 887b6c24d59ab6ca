"""`fungible key list`: every key in a line."""

from dataclasses import replace
from pathlib import Path

from rich.markup import escape
from rich.text import Text

from router.api.routes.keys import key_row
from router.cli.key.grant_sentences import granted
from router.cli.key.open_keyring import keyring
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.keys.key import Key
from router.keys.store import now
from router.ledger.location import Place

_STYLES = {"valid": "green", "expired": "yellow", "revoked": "red"}


def run(folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Show the keys."""
    keys: list[Key] = []
    if place.has_ledger():
        with keyring(folder, place) as ring:
            keys = list(ring.keys.values())
    if as_json:
        print_json([key_row(key) for key in keys])
        return
    console = output_console()
    if not keys:
        console.print(f"There are no keys at {place}. `fungible key create NAME` makes one.", soft_wrap=True)
        return
    console.print(_table(keys))


def _table(keys: list[Key]) -> ResponsiveTable:
    table = ResponsiveTable(Column("key"), Column("state"), Column("grants", prose=True), edge=0)
    moment = now()
    for key in keys:
        state, grant = key.state(moment), key.grant
        until = f"\n[dim]{grant.expires:%Y-%m-%d}[/]" if grant.expires else ""
        table.add_row(
            Text.from_markup(f"[bold]{escape(key.name)}[/]\n[dim]{key.secrets[-1].shown}...[/]"),
            Text.from_markup(f"[{_STYLES[state]}]{state}[/]{until}"),
            granted(replace(grant, expires=None)),
        )
    return table
