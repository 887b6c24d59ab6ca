"""Looks from time to time whether what is asked of a server has drifted, and keeps the last finding.

Invariant: nobody who asks a model waits for it; a look reads a bounded number of requests, and is made at most once in
`LOOK_S` seconds, whoever asks for it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from router.evidence.drift import LEAST, Change, changes
from router.ledger import DatabaseLedger
from router.traffic.drift_windows import Windows, requests_of
from router.traffic.scored_receipts import ScoredReceipts

LOOK_S = 900.0
# A server that has just begun has other things to do.
FIRST_S = 30.0
WINDOWS = Windows(recent=7, before=28, a_day=400)
log = logging.getLogger("fungible")


@dataclass(frozen=True, slots=True)
class DriftFinding:
    """What a look found: how many requests each time had, and what has changed between them."""

    time: datetime
    windows: Windows
    recent: int
    before: int
    changes: tuple[Change, ...]

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "time": self.time.isoformat(),
            "recent_days": self.windows.recent,
            "before_days": self.windows.before,
            "recent": self.recent,
            "before": self.before,
            "needed": LEAST,
            "changes": [change.plain() for change in self.changes],
        }


def look(ledger: DatabaseLedger, scored: ScoredReceipts, windows: Windows, end: datetime) -> DriftFinding:
    """Compare the two times that end there."""
    requests = requests_of(ledger, scored, windows, end)
    late = int(requests.late.sum())
    return DriftFinding(end, windows, late, len(requests.late) - late, changes(requests))


class DriftWatch:
    """The looks of one server."""

    def __init__(
        self,
        ledger: DatabaseLedger,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger, self._scored = ledger, ScoredReceipts(ledger)
        self._now, self._clock = now, clock
        self._turn, self._looked = Lock(), float("-inf")
        self.last: DriftFinding | None = None

    def finding(self) -> DriftFinding:
        """The last finding, made anew where it is older than `LOOK_S` seconds; it takes a moment then."""
        with self._turn:
            if self.last is None or self._clock() - self._looked >= LOOK_S:
                self.last = look(self._ledger, self._scored, WINDOWS, self._now())
                self._looked = self._clock()
            return self.last

    async def keep_looking(self) -> None:
        """Look for as long as the server runs."""
        await asyncio.sleep(FIRST_S)
        while True:
            try:
                await asyncio.to_thread(self.finding)
            except Exception as error:  # noqa: BLE001 - a ledger that can't be read now is looked at again
                log.error("failed to look for drift: %s", type(error).__name__)
            await asyncio.sleep(LOOK_S)
