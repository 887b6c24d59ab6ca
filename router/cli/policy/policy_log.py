"""`fungible policy log`: every change of policy, the last first, with what it promised and what it did."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from router.api.routes.policies import event_row
from router.cli.output import print_json
from router.cli.responsive_table import output_console
from router.ledger.location import Place
from router.ledger.policy_events import Event
from router.policy.replay.report.afterwards import Outcomes
from router.policy.replay.report.summary import in_words

_KINDS = {"found": "found in place", "applied": "applied", "edited": "edited by hand", "rolled_back": "rolled back"}
MOST_SHOWN = 5


def run(place: Place, *, as_json: bool) -> None:
    """Show the log."""
    events: list[Event] = []
    actual: Mapping[int, Mapping[str, Any]] = {}
    if place.has_ledger():
        with closing(place.ledger()) as ledger:
            events = ledger.events()
            actual = Outcomes(ledger).of(events)
    events.reverse()
    if as_json:
        print_json([{**event_row(event), "actual": actual.get(event.seq, {})} for event in events])
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
        for line in _changes(event, actual.get(event.seq, {})):
            console.print(Padding(Text(line), (0, 0, 0, width + 4)))


def _changes(event: Event, actual: Mapping[str, Any]) -> list[str]:
    more = len(event.differences) - MOST_SHOWN
    return [
        *([event.because] if event.because else []),
        *event.differences[:MOST_SHOWN],
        *([f"and {more} more"] if more > 0 else []),
        *([f"promised  {in_words(event.replay)}"] if event.replay else []),
        *([f"actual    {in_words(actual)}"] if actual else []),
    ]


def summary(replay: Any) -> list[str]:
    """What a replay said, in a line; none where there was nothing to replay."""
    return [f"replay of {in_words(replay)}"] if replay else []
