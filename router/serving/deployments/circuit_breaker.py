"""A circuit breaker: closed while a deployment answers, open once it fails too often, half open for one probe.

Invariant: pure, with the time passed in; an open breaker lets one probe through at a time, and a probe that fails makes
the next wait twice as long.
"""

from typing import Literal, NamedTuple

from router.types import Breaking, Outcome

# What says that a backend is ill. A refused request, a full quota or a client that leaves does not.
ILL: frozenset[Outcome] = frozenset({"unavailable", "timeout", "cut_off"})
WELL: frozenset[Outcome] = frozenset({"ok", "rejected", "content_filter"})


class Window(NamedTuple):
    """Answers and failures since `begun`, in seconds of the same clock as every other time here."""

    begun: float = 0.0
    answers: int = 0
    failures: int = 0


class Breaker(NamedTuple):
    """One deployment. `until` is when an open one may be probed, `cool_s` how long the last wait was."""

    row: int = 0
    window: Window = Window()
    until: float | None = None
    cool_s: float = 0.0
    probing: bool = False

    def state(self, now: float) -> Literal["closed", "open", "half_open"]:
        """Where it stands: half open once it may be probed, open again while a probe is under way."""
        if self.until is None:
            return "closed"
        return "open" if self.probing or now < self.until else "half_open"


CLOSED = Breaker()


def begun(breaker: Breaker, now: float) -> Breaker:
    """The breaker after a call has begun."""
    return breaker._replace(probing=True) if breaker.state(now) == "half_open" else breaker


def ended(breaker: Breaker, outcome: Outcome, breaking: Breaking, now: float) -> Breaker:
    """The breaker after a call has ended; an outcome that says nothing frees the probe and changes nothing else."""
    if outcome in ILL:
        return _failed(breaker, breaking, now)
    if outcome in WELL:
        return Breaker(window=_counted(breaker.window, breaking, now, failed=False))
    return breaker._replace(probing=False) if breaker.probing else breaker


def _failed(breaker: Breaker, breaking: Breaking, now: float) -> Breaker:
    window = _counted(breaker.window, breaking, now, failed=True)
    row = breaker.row + 1
    if breaker.until is not None:
        # What began before it was ejected and fails now tells nothing new.
        return opened(breaker, breaking, now) if breaker.probing else breaker
    often = window.answers >= breaking.fewest and 2 * window.failures >= window.answers
    if row >= breaking.failures or often:
        return opened(breaker, breaking, now)
    return breaker._replace(row=row, window=window)


def opened(breaker: Breaker, breaking: Breaking, now: float) -> Breaker:
    """The breaker, open from now on."""
    cool = min(2 * breaker.cool_s, breaking.longest_s) if breaker.probing else breaking.cool_s
    return Breaker(until=now + cool, cool_s=cool)


def _counted(window: Window, breaking: Breaking, now: float, *, failed: bool) -> Window:
    if now - window.begun > breaking.window_s:
        window = Window(now)
    return Window(window.begun, window.answers + 1, window.failures + failed)
