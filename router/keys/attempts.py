"""Records in the log who used the admin routes, or tried to.

Invariant: what others can cause to be written is bounded: equal attempts of a minute are one record with a count, and
past a number of records attempts are counted alone, in the next record that is written. Nothing that a stranger wrote
is kept: of a refused path its known beginning.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Literal, NamedTuple

import orjson

from router.errors import FungibleError
from router.ids import first_id, random_hex
from router.ledger.log.merkle_log import Log
from router.ledger.log.records import note
from router.transparency.entry import CALLER

Kind = Literal["read", "change", "refused"]
FLUSH_S, TOGETHER_S = 1.0, 60.0
MOST_OPEN = 128
MOST_LISTED = 1000
# So many records at once, and so many in each minute from then on.
BURSTS: dict[Kind, tuple[int, int]] = {"read": (120, 2), "change": (1000, 60), "refused": (60, 1)}
_NEWEST = "SELECT seq, body FROM records WHERE kind = 'attempt' ORDER BY name DESC LIMIT ?"
log = logging.getLogger("fungible")


class Subject(NamedTuple):
    """What makes attempts equal: who, as what, from where, and at what; `code` says why it was refused."""

    kind: Kind
    admin: str | None
    code: str | None
    method: str
    path: str
    address: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Equal attempts: when the first and the last were, and how many."""

    first: datetime
    last: datetime
    count: int = 1


class Burst:
    """How many records of a kind may be written now."""

    def __init__(self, most: int, each_minute: int, clock: Callable[[], datetime]) -> None:
        self._most, self._rate = most, each_minute / 60
        self._clock = clock
        self._left, self._time = float(most), clock()

    def take(self) -> bool:
        """Whether one more may be written; it counts."""
        time = self._clock()
        self._left = min(self._most, self._left + (time - self._time).total_seconds() * self._rate)
        self._time = time
        if self._left < 1:
            return False
        self._left -= 1
        return True


class AttemptLog:
    """The attempts at one server, written from time to time."""

    def __init__(self, log_: Log, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._log = log_
        self._clock = clock
        self._turn = Lock()
        self._open: dict[Subject, Tally] = {}
        self._written: dict[Subject, datetime] = {}
        self._bursts = {kind: Burst(*size, clock) for kind, size in BURSTS.items()}
        self._left_out: dict[Kind, int] = dict.fromkeys(BURSTS, 0)
        self._rows: list[tuple[str, bytes]] = []

    def add(self, subject: Subject) -> None:
        """Take down an attempt; it is written soon."""
        time = self._clock()
        with self._turn:
            # Of each kind, so that strangers do not crowd out what admins do.
            if subject not in self._open and sum(one.kind == subject.kind for one in self._open) >= MOST_OPEN:
                self._left_out[subject.kind] += 1
                return
            tally = self._open.get(subject)
            self._open[subject] = replace(tally, last=time, count=tally.count + 1) if tally else Tally(time, time)

    def flush(self, *, whole: bool = False) -> None:
        """Write what is due, or all that waits; raises Unreachable where that can't be done, and tries again later."""
        with self._turn:
            for subject in [subject for subject in self._open if whole or self._is_due(subject)]:
                self._take(subject, self._open.pop(subject))
            rows = self._rows[:MOST_LISTED]
        if rows:
            with self._log.writing() as database:
                for name, body in rows:
                    note(database, self._log, "attempt", CALLER, name, body)
            with self._turn:
                del self._rows[: len(rows)]

    async def keep_writing(self) -> None:
        """Write, again and again, for as long as the server runs."""
        while True:
            await asyncio.sleep(FLUSH_S)
            await asyncio.to_thread(self.try_flush)

    def try_flush(self, *, whole: bool = False) -> None:
        """`flush`; where that can't be done, the server's log says so."""
        try:
            self.flush(whole=whole)
        except FungibleError as error:
            log.error("attempts at the admin routes can't be written: %s", error.message)

    def newest(self, limit: int) -> list[dict[str, object]]:
        """The last attempts that were written, of all servers, the last first."""
        with self._log.reading() as database:
            rows = database.execute(_NEWEST, (min(limit, MOST_LISTED),)).fetchall()
        return [{"seq": seq, **orjson.loads(body)} for seq, body in rows]

    def _is_due(self, subject: Subject) -> bool:
        """The first of its kind at once; what is equal to it, a minute later; each change at once."""
        written = self._written.get(subject)
        return subject.kind == "change" or written is None or (self._clock() - written).total_seconds() >= TOGETHER_S

    def _take(self, subject: Subject, tally: Tally) -> None:
        """Make a record of equal attempts, or count them alone."""
        if len(self._rows) < MOST_LISTED and self._bursts[subject.kind].take():
            self._rows.append(self._row(subject, tally))
        else:
            self._left_out[subject.kind] += tally.count

    def _row(self, subject: Subject, tally: Tally) -> tuple[str, bytes]:
        self._written[subject] = time = self._clock()
        for old in list(self._old(time)):
            del self._written[old]
        left_out, self._left_out[subject.kind] = self._left_out[subject.kind], 0
        body = {
            "time": tally.first,
            "until": tally.last,
            "count": tally.count,
            **subject._asdict(),
            "left_out": left_out,
        }
        return f"{first_id(time)}{random_hex()}", orjson.dumps(body, option=orjson.OPT_UTC_Z)

    def _old(self, time: datetime) -> Iterator[Subject]:
        return (subject for subject, written in self._written.items() if (time - written).total_seconds() >= TOGETHER_S)
