"""`fungible policy log`: every change of policy, the last first."""

import sys
from contextlib import closing
from typing import Any

import orjson
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from router.api.routes.policies import event_row
from router.cli.responsive_table import output_console
from router.ledger.location import Place
from router.ledger.policy_events import Event

_KINDS = {"found": "found in place", "applied": "applied", "edited": "edited by hand", "rolled_back": "rolled back"}
MOST_SHOWN = 5


def run(place: Place, *, as_json: bool) -> None:
    """Show the log."""
    events: list[Event] = []
    if place.has_ledger():
        with closing(place.ledger()) as ledger:
            events = ledger.events()[::-1]
    if as_json:
        sys.stdout.buffer.write(
            orjson.dumps([event_row(event) for event in events], option=orjson.OPT_INDENT_2) + b"\n"
        )
        return
    console = output_console()
    if not events:
        console.print(f"Nothing has changed yet: there is no log at {place}.")
        return
    width = len(str(events[0].seq))
    for event in events:
        who = f" by {event.by} ({event.via})" if event.by else ""
        when = event.time[:19].replace("T", " ")
        console.print(
            f"[bold]{event.seq:>{width}}[/]  {event.revision}  {_KINDS[event.kind]}{escape(who)}  [dim]{when}[/]"
        )
        for line in _changes(event):
            console.print(Padding(Text(line), (0, 0, 0, width + 4)))


def _changes(event: Event) -> list[str]:
    more = len(event.differences) - MOST_SHOWN
    return [
        *([event.because] if event.because else []),
        *event.differences[:MOST_SHOWN],
        *([f"and {more} more"] if more > 0 else []),
        *summary(event.replay),
    ]


def summary(replay: Any) -> list[str]:
    """What a replay said, in a line; none where there was nothing to replay."""
    if not replay:
        return []
    return [
        f"replay of {replay['requests']:,}: {replay['flips']:,} flip, cost {replay['cost_change']:+.1%}, "
        f"quality {100 * replay['quality_change']:+.2f} points"
    ]
