"""The limits of keys at work: what may pass, what it was expected to take, and what it took.

Invariant: a request passes all limits of its key or none; what a limit refuses is not counted, and what was set aside
is settled once. A window that can't be asked lets nothing through.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import NamedTuple

from router.errors import RateLimited, Unreachable
from router.ledger.rate_window import Window
from router.ledger.rate_window_store import Owed, RateWindows, Windows
from router.types import Access

SETTLE_S = 1.0
log = logging.getLogger("fungible")


class Full(Exception):
    """What is needed is not free; it is in so many seconds, or never."""

    def __init__(self, wait_s: int | None) -> None:
        super().__init__()
        self.wait_s = wait_s


class Standing(NamedTuple):
    """A limit per minute as its key sees it: what remains, and the seconds until all of it does."""

    limit: int
    remaining: int
    reset_s: int


class Meter:
    """One limit per minute of one key, as one server counts it; `clock` is monotonic."""

    def __init__(self, name: str, windows: RateWindows, clock: Callable[[], float]) -> None:
        self.name = name
        self._windows = windows
        self._clock = clock
        # One at a time asks for a lease, which may take a while; what is in memory is never held meanwhile.
        self._asking, self._turn = Lock(), Lock()
        self._window = Window()
        self._slot, self._until = 0, 0.0
        self._leased, self._left = False, 0
        self._refused: int | None = None
        self._owed = Owed()

    def at_hand(self, need: int) -> int | None:
        """Take from the lease that is held, without asking anybody: the slot, or None where it does not do."""
        if not self._turn.acquire(blocking=False):
            return None
        try:
            return self._from_lease(need)
        finally:
            self._turn.release()

    def take(self, need: int, limit: int) -> int:
        """Take it: the slot that it counts in; raises Full, or Unreachable where nobody can be asked."""
        with self._asking:
            with self._turn:
                if (slot := self._from_lease(need)) is not None:
                    return slot
                # What was not free a moment ago is not free now, unless something was given back meanwhile.
                if self._holds() and self._refused is not None and need >= self._refused and not self._owed:
                    raise Full(self._window.free_in(need, limit, self._slot))
                if self._left:
                    # The lease before is given back with the same word.
                    self._return_lease()
                self._leased = False
                owed, self._owed = self._owed, Owed()
            return self._ask(need, limit, owed)

    def give(self, slot: int, amount: int) -> None:
        """Give back what was taken in a slot and not used."""
        with self._turn:
            if slot == self._slot and self._holds():
                self._left, self._refused = self._left + amount, None
            else:
                self._owed.back[slot] = self._owed.back.get(slot, 0) - amount

    def owe(self, amount: int) -> None:
        """Count what was used and never taken."""
        with self._turn:
            if self._from_lease(amount) is None:
                self._owed.more += amount

    def owing(self, *, leaving: bool = False) -> Owed | None:
        """What the window has still to be told, to be settled now; the lease that is good yet, too, when `leaving`."""
        with self._turn:
            if self._left and (leaving or not self._holds()):
                self._return_lease()
            owed, self._owed = self._owed, Owed()
            return owed or None

    def owe_again(self, owed: Owed) -> None:
        """What could not be settled."""
        with self._turn:
            for slot, more in owed.back.items():
                self._owed.back[slot] = self._owed.back.get(slot, 0) + more
            self._owed.more += owed.more

    def standing(self, limit: int) -> Standing:
        """How far the limit is used, as far as this server knows."""
        with self._turn:
            slot = self._slot if self._clock() < self._until else self._slot + 1 + int(self._clock() - self._until)
            window = self._window.at(slot)
            used = window.total - self._left + self._owed.more + sum(self._owed.back.values())
            return Standing(limit, max(0, min(limit, limit - used)), window.empty_in(slot))

    def _holds(self) -> bool:
        return self._leased and self._clock() < self._until

    def _from_lease(self, need: int) -> int | None:
        if need > self._left or not self._holds():
            return None
        self._left -= need
        return self._slot

    def _return_lease(self) -> None:
        self._owed.back[self._slot] = self._owed.back.get(self._slot, 0) - self._left
        self._left = 0

    def _ask(self, need: int, limit: int, owed: Owed) -> int:
        """Take from a new lease, if so much is free; raises Full, or Unreachable, after which all is owed still."""
        # From before the question on, so that no lease is used longer than its slot lasts.
        asked = self._clock()
        try:
            taken = self._windows.lease(self.name, need, limit, owed)
        except BaseException:
            self.owe_again(owed)
            raise
        with self._turn:
            self._window, self._slot = taken.window, taken.slot
            self._until, self._left, self._refused = asked + taken.left_s, taken.amount, None
            self._leased = True
            if self._left >= need:
                self._left -= need
                return self._slot
            self._refused = need
            raise Full(self._window.free_in(need, limit, self._slot))


class Admission:
    """One request that has passed: what it holds of its key's limits."""

    def __init__(self, rate_limiter: "RateLimiter", access: Access, slot: int) -> None:
        self._rate_limiter = rate_limiter
        self._access = access
        self._slot = slot
        self._reserved: tuple[int, int] | None = None
        self._inside = True

    async def reserve(self, tokens: int) -> None:
        """Set aside the tokens that it is expected to take; raises RateLimited, and takes its request back then."""
        limit = self._access.rates.tokens_per_minute
        if limit is None:
            return
        meter = self._rate_limiter.meter("tokens", self._access)
        try:
            self._reserved = await self._rate_limiter.take(meter, tokens, limit), tokens
        except BaseException as error:
            if self._access.rates.requests_per_minute is not None:
                self._rate_limiter.meter("requests", self._access).give(self._slot, 1)
            if not isinstance(error, Full):
                raise
            self._rate_limiter.refused[self._access.key, "tokens"] += 1
            raise _too_many(self._access.key, limit, tokens, error.wait_s) from None

    def settle(self, tokens: int) -> None:
        """Count the tokens that it took, in the place of those that were expected."""
        if self._reserved is None:
            return
        (slot, expected), self._reserved = self._reserved, None
        meter = self._rate_limiter.meter("tokens", self._access)
        if tokens < expected:
            meter.give(slot, expected - tokens)
        elif tokens > expected:
            meter.owe(tokens - expected)

    def leave(self) -> None:
        """It is over, however it ended; what it set aside and did not settle is given back."""
        self.settle(0)
        if self._inside:
            self._inside = False
            self._rate_limiter.in_flight[self._access.key] -= 1


class RateLimiter:
    """The limits of every key at one server."""

    def __init__(self, windows: RateWindows | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.in_flight: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        """How often each key was refused by each of its limits."""
        self._windows: RateWindows = windows or Windows()
        self._clock = clock
        self._meters: dict[str, Meter] = {}

    async def admit(self, access: Access) -> Admission:
        """Let a request in; raises RateLimited."""
        key, rates = access.key, access.rates
        if rates.in_flight is not None and self.in_flight[key] >= rates.in_flight:
            self.refused[key, "in_flight"] += 1
            sentence = f"The key {key!r} has {rates.in_flight:,} requests in flight, which is its limit."
            raise RateLimited(sentence, retry_after=1)
        # Before anybody is asked: who asks at the same time sees it.
        self.in_flight[key] += 1
        try:
            slot = await self._request(access)
        except BaseException:
            self.in_flight[key] -= 1
            raise
        return Admission(self, access, slot)

    async def _request(self, access: Access) -> int:
        limit = access.rates.requests_per_minute
        if limit is None:
            return 0
        try:
            return await self.take(self.meter("requests", access), 1, limit)
        except Full as full:
            self.refused[access.key, "requests"] += 1
            sentence = f"The key {access.key!r} may make {_a_minute(limit, 'request')}, and has."
            raise RateLimited(f"{sentence} Ask again in {full.wait_s} s.", retry_after=full.wait_s) from None

    def meter(self, what: str, access: Access) -> Meter:
        """The meter of a limit of a key."""
        name = f"{what}/{access.key}"
        if (known := self._meters.get(name)) is None:
            known = self._meters[name] = Meter(name, self._windows, self._clock)
        return known

    async def take(self, meter: Meter, need: int, limit: int) -> int:
        """The slot in which it was taken; in a thread where that crosses a network. Raises Full, or Unreachable."""
        if (slot := meter.at_hand(need)) is not None:
            return slot
        return await asyncio.to_thread(meter.take, need, limit) if self._windows.remote else meter.take(need, limit)

    def standings(self, access: Access) -> dict[str, Standing]:
        """How far a key's limits per minute are used: `requests`, `tokens`."""
        limits = {"requests": access.rates.requests_per_minute, "tokens": access.rates.tokens_per_minute}
        return {what: self.meter(what, access).standing(limit) for what, limit in limits.items() if limit is not None}

    def settle(self, *, leaving: bool = False) -> None:
        """Tell the windows what they are owed; blocks. What can't be told is kept; raises Unreachable then."""
        owed = {
            meter.name: amounts for meter in list(self._meters.values()) if (amounts := meter.owing(leaving=leaving))
        }
        if not owed:
            return
        try:
            self._windows.settle(owed)
        except BaseException:
            for name, amounts in owed.items():
                self._meters[name].owe_again(amounts)
            raise

    def close(self) -> None:
        """Give back what is held, where that can be told, and stop."""
        with suppress(Unreachable):
            self.settle(leaving=True)
        self._windows.close()

    async def keep_settling(self) -> None:
        """Settle each second for as long as the server runs."""
        while True:
            await asyncio.sleep(SETTLE_S)
            try:
                await asyncio.to_thread(self.settle)
            except Unreachable as error:
                log.error("what keys have used is told later: %s", error.why)


def _a_minute(limit: int, what: str) -> str:
    return f"{limit:,} {what}{'' if limit == 1 else 's'} a minute"


def _too_many(key: str, limit: int, tokens: int, wait_s: int | None) -> RateLimited:
    may = f"The key {key!r} may use {_a_minute(limit, 'token')}"
    if wait_s is None:
        return RateLimited(f"{may}, and this request alone is expected to take {tokens:,}.")
    return RateLimited(f"{may}, and {tokens:,} more are not free. Ask again in {wait_s} s.", retry_after=wait_s)
