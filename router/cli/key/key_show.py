"""`fungible key show`: one key, what it has used, and what became of it."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from router.api.routes.keys import change_row, key_row, used
from router.cli.key.grant_sentences import granted
from router.cli.key.open_keyring import keyring
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.config import load
from router.keys.key import Key
from router.keys.store import Changed
from router.ledger.location import Place

BAR = 12


def run(name: str, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Show it; raises NotFound."""
    with keyring(folder, place) as ring, closing(place.accounts()) as accounts:
        key, history = ring.key(name), ring.history(name)
        spent = used(ring.access(key), accounts, load(folder).timezone)
    if as_json:
        print_json({**key_row(key), "used": spent, "log": [change_row(change) for change in history]})
        return
    _show(output_console(), key, spent, history)


def _show(console: Console, key: Key, spent: list[dict[str, Any]], history: list[Changed]) -> None:
    state = key_row(key)
    secrets = ", ".join(f"{secret['shown']}...{_until(secret['until'])}" for secret in state["secrets"])
    console.print(f"[bold]{escape(key.name)}[/]  {state['state']}   [dim]{secrets}[/]")
    console.print(escape(granted(key.grant)), soft_wrap=True)
    if spent:
        console.print(_budgets(spent))
    console.print("\n[dim]what became of it, the last first[/]")
    for change in history:
        author = change.author
        why = f": {author.because}" if author.because else ""
        who = escape(f"{author.by} ({author.via}){why}")
        console.print(f"  [dim]{change.time:%Y-%m-%d %H:%M:%S}[/]  {change.change} by {who}", soft_wrap=True)


def _budgets(spent: list[dict[str, Any]]) -> ResponsiveTable:
    table = ResponsiveTable(Column(""), Column(""), Column("", prose=True), edge=0)
    for budget in spent:
        share = min(1.0, budget["used"])
        full = round(share * BAR)
        table.add_row(
            budget["budget"],
            Text.assemble(("█" * full, "red" if share >= 1 else "cyan"), ("·" * (BAR - full), "dim")),
            f"{budget['spent']} of {budget['limit']} {budget['unit']}, since {budget['period']}",
        )
    return table


def _until(until: datetime | None) -> str:
    return f" until {until:%Y-%m-%d %H:%M %Z}" if until else ""
