"""`fungible policy log`: every change of policy, the last first."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from router.api.admin import told
from router.api.server import LEDGER
from router.cli.folder import data_folder
from router.ledger import SqliteLedger
from router.ledger.events import Event

_KINDS = {"found": "found at start", "applied": "applied", "edited": "edited by hand", "rolled_back": "rolled back"}
MOST_SHOWN = 3


def run(data: Path | None, *, as_json: bool) -> None:
    """Show the log."""
    path = data_folder(data) / LEDGER
    events: list[Event] = []
    if path.exists():
        with closing(SqliteLedger(path)) as ledger:
            events = ledger.events()[::-1]
    if as_json:
        sys.stdout.buffer.write(orjson.dumps([told(event) for event in events], option=orjson.OPT_INDENT_2) + b"\n")
        return
    console = Console(highlight=False)
    if not events:
        console.print(f"Nothing has changed yet: there is no log in {path.parent}.")
        return
    console.print(_table(events))


def _table(events: list[Event]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("", "when", "revision", "what", "by", "changes"):
        table.add_column(column, no_wrap=column != "changes", overflow="fold")
    for event in events:
        who = f"{event.by} ({event.via})" if event.by else event.via
        table.add_row(
            str(event.seq), event.time[:19].replace("T", " "), event.revision, _KINDS[event.kind], who, _changes(event)
        )
    return table


def _changes(event: Event) -> str:
    shown = list(event.differences[:MOST_SHOWN])
    if len(event.differences) > MOST_SHOWN:
        shown.append(f"and {len(event.differences) - MOST_SHOWN} more")
    if event.because:
        shown.insert(0, event.because)
    return "\n".join([*shown, *summary(event.replay)])


def summary(replay: Any) -> list[str]:
    """What a replay said, in a line; none where there was nothing to replay."""
    if not replay:
        return []
    return [
        f"replay of {replay['requests']:,}: {replay['flips']:,} flip, cost {replay['cost_change']:+.1%}, "
        f"quality {100 * replay['quality_change']:+.2f} points"
    ]
