"""Writes receipts in groups, in a thread of its own, and knows how many wait and for how long the oldest has.

Invariant: what was handed over is written once, in turn, or stays and is tried again; whoever waits is woken when the
receipt is on disk, when that has failed, or when the thread has ended, whichever comes first.
"""

import logging
import threading
import time
from collections.abc import Callable
from math import inf
from typing import NamedTuple

from router.errors import Overloaded, Unreachable
from router.ledger.commit_waiters import Waiters
from router.ledger.log.append import Record
from router.transparency.commitments import Sealed
from router.transparency.entry import ANONYMOUS, beside_request, digest
from router.types import Receipt

GATHER_S = 0.02
# Whoever waits for a group should not wait for it to become large; but a sync costs the same for many, so that a group
# that grows may go on for so many steps.
MOST_STEPS = 5
RETRY_S = 1.0
# How often it looks, with nothing to write, whether it could.
LOOK_S = 1.0
STOPPED = "the thread that writes the ledger has stopped"
log = logging.getLogger("fungible")


class Pending(NamedTuple):
    """A receipt that is not on disk yet, with the moment at which it was handed over."""

    body: bytes
    receipt: Receipt
    sealed: Sealed | None
    since: float

    @property
    def salts(self) -> bytes | None:
        """What opens its commitments."""
        return self.sealed.salts if self.sealed else None

    def record(self, packed: bytes) -> Record:
        """What its entry states, `packed` being the request as it is kept beside it."""
        key = self.receipt.ask.caller.key or ANONYMOUS
        prompt, answer = (self.sealed.prompt, self.sealed.answer) if self.sealed else (None, None)
        beside = beside_request(self.salts, packed)
        return Record("request", key, self.receipt.id, digest(self.body), prompt, answer, beside)


class GroupWriter:
    """The receipts that wait, and the thread that writes them with `write`.

    A group is gathered for `gather_s` seconds, and on for as long as it grows, within `MOST_STEPS`; without it, for
    `GATHER_S`. `in_flight` says how many requests wait for their receipts or will have some: with `gather_s`, a group
    that nobody can join is written at once. `rest` is called after each group; `look` raises Unreachable where nothing
    could be written now.
    """

    def __init__(
        self,
        write: Callable[[list[Pending]], None],
        rest: Callable[[], None],
        look: Callable[[], None],
        gather_s: float | None = None,
    ) -> None:
        self.in_flight: Callable[[], float] = lambda: inf
        self._write, self._rest, self._look = write, rest, look
        self._gather_s = gather_s
        self._failure: str | None = None
        self._pending: dict[str, Pending] = {}
        self._flushing = threading.RLock()
        self._waiters = Waiters()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    @property
    def failure(self) -> str | None:
        """Why nothing can be written now, or None."""
        return self._failure

    @property
    def waiting(self) -> int:
        """How many receipts are not on disk yet."""
        return len(self._pending)

    @property
    def oldest_s(self) -> float:
        """For how long the oldest of them has waited."""
        while True:
            try:
                oldest = next(iter(self._pending.values()), None)
            except RuntimeError:  # pragma: no cover - written between two steps of this line
                continue
            return time.monotonic() - oldest.since if oldest else 0.0

    def is_pending(self, id: str) -> bool:  # noqa: A002
        """Whether a receipt is not on disk yet."""
        return id in self._pending

    def pending(self, id: str) -> bytes | None:  # noqa: A002
        """The bytes of a receipt that is not on disk yet."""
        row = self._pending.get(id)
        return row and row.body

    def add(self, row: Pending) -> None:
        """Hand over a receipt, however many wait: `ServerState` lets no more begin long before there is no room."""
        self._pending[row.receipt.id] = row
        if not self._wake.is_set():
            self._wake.set()

    async def written(self, id: str) -> None:  # noqa: A002
        """Wait for the group of a receipt, which is on disk then; raises Overloaded where that failed."""
        if not await self._waiters.wait(id, self.is_pending):
            raise Overloaded("The ledger can't be written, and nothing is served unrecorded.", retry_after=1)

    def flush(self) -> bool:
        """Write what is pending now, in the calling thread; whether anything was."""
        # Whoever comes second finds what the first has left.
        with self._flushing:
            if rows := list(self._pending.values()):
                self._write(rows)
                for row in rows:
                    self._pending.pop(row.receipt.id, None)
        self._waiters.wake(self.is_pending, failed=False)
        return bool(rows)

    def stop(self) -> None:
        """End the thread; what still waits is left to `flush`."""
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._closing:
                if self._wake.wait(LOOK_S):
                    self._wake.clear()
                    self._gather()
                self._turn()
        finally:
            if not self._closing:
                self._fail(STOPPED, last=True)

    def _gather(self) -> None:
        """Let more come: for a while, or, with a step, as long as each step brings some."""
        if self._closing or self._gather_s is None:
            time.sleep(0 if self._closing else GATHER_S)
            return
        for _ in range(MOST_STEPS):
            before = self.waiting
            if self.in_flight() <= before:
                return
            time.sleep(self._gather_s)
            if self.waiting <= before:
                return

    def _turn(self) -> None:
        try:
            # A commit looks for itself, before it and after.
            if not self.flush():
                self._look()
            self._failure = None
            self._rest()
        except Exception as error:  # noqa: BLE001 - whatever it was, the receipts wait, and it is tried again
            self._fail(error.why if isinstance(error, Unreachable) else str(error))
            self._wake.set()
            time.sleep(RETRY_S)

    def _fail(self, why: str, *, last: bool = False) -> None:
        if self._failure is None:
            log.error("the ledger can't be written, %d receipts wait in memory: %s", self.waiting, why)
        self._failure = why
        self._waiters.wake(self.is_pending, failed=True, last=last)
