"""What each change of policy did afterwards: the requests that it served, decided under the version before it as well.

Invariant: the figures are those of a replay, over the requests that were made from the moment a revision came into
force until the next one did; nothing is said of a revision whose predecessor the log does not keep.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from router.config import from_documents
from router.errors import ConfigError
from router.ledger import DatabaseLedger
from router.ledger.policy_events import Event
from router.policy.replay.report.summary import summarise
from router.types import Config

# Of a revision's last requests, and of the last revisions: enough for narrow intervals, and a second's work for each.
MOST_REQUESTS, MOST_CHANGES = 50_000, 20


class Outcomes:
    """The figures of the changes of one ledger; those of a revision that has given way to another are kept."""

    def __init__(self, ledger: DatabaseLedger) -> None:
        self._ledger = ledger
        self._over: dict[tuple[int, str], Mapping[str, Any]] = {}

    def of(self, events: Sequence[Event]) -> Mapping[int, Mapping[str, Any]]:
        """The figures of the last changes, by the number of the event; `events` stand oldest first."""
        ends = [*(event.time for event in events[1:]), None]
        actions: dict[int, Mapping[str, Any]] = {}
        for event, end in list(zip(events, ends, strict=False))[-MOST_CHANGES:]:
            if event.previous not in ("", event.revision):
                actions[event.seq] = self._did(event, end)
        return actions

    def _did(self, event: Event, end: str | None) -> Mapping[str, Any]:
        if end is not None and (known := self._over.get((event.seq, end))) is not None:
            return known
        before, after = kept(self._ledger, event.previous), kept(self._ledger, event.revision)
        if before is None or after is None:
            return {}
        until = None if end is None else datetime.fromisoformat(end)
        figures = compared(self._ledger, before, after, datetime.fromisoformat(event.time), until)
        if end is not None:
            self._over[event.seq, end] = figures
        return figures


def compared(
    ledger: DatabaseLedger, before: Config, after: Config, since: datetime, until: datetime | None = None
) -> Mapping[str, Any]:
    """The figures of a replay over the requests of a stretch of time; of none, that there were none."""
    # A server imports what replays when it replays.
    from router.policy.replay.flip_causes import Versions
    from router.policy.replay.replay import replay
    from router.policy.replay.request_columns import unpack

    rows, words = ledger.requests_between(since, until, MOST_REQUESTS)
    if not rows:
        return {"requests": 0}
    return summarise(replay(unpack(rows, words), Versions(before, after), most_tried=0))


def kept(ledger: DatabaseLedger, revision: str) -> Config | None:
    """A configuration of the log, or None where it is not kept, or no longer sound."""
    documents = ledger.configuration(revision)
    try:
        return from_documents(documents) if documents else None
    except ConfigError:
        return None
