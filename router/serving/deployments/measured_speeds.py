"""How late the first tokens of each model were in the last minutes, and when it was last ill.

Invariant: what is said changes at most once in `REFRESH_S`, so that logs hold few different words; too few answers say
nothing.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from math import floor, log10

WINDOW_S = 300.0
REFRESH_S = 10.0
FEWEST, MOST = 20, 1_000
LONGEST_ILL_S = 24 * 3600.0
_PERCENTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


class MeasuredSpeeds:
    """What one server has measured; times are a monotonic clock's seconds."""

    def __init__(self) -> None:
        self._first: dict[str, deque[tuple[float, float]]] = {}
        self._ill: dict[str, float] = {}
        self._words: tuple[str, ...] = ()
        self._made = float("-inf")

    def note(self, model: str, first_ms: float, now: float) -> None:
        """The first token of an answer has come."""
        self._first.setdefault(model, deque(maxlen=MOST)).append((now, first_ms))

    def ill(self, model: str, now: float) -> None:
        """Nobody serves a model just now."""
        self._ill[model] = now

    def words(self, now: float) -> tuple[str, ...]:
        """What is known of each model: `gpt-5 p50=400ms p90=900ms p95=1200ms p99=2100ms ill=12min`."""
        if now - self._made >= REFRESH_S:
            self._made, self._words = now, tuple(self._said(now))
        return self._words

    def _said(self, now: float) -> list[str]:
        said = []
        for model in sorted({*self._first, *self._ill}):
            facts = [*_percentiles(self._recent(model, now)), *self._illness(model, now)]
            if facts:
                said.append(" ".join((model, *facts)))
        return said

    def _recent(self, model: str, now: float) -> list[float]:
        times = self._first.get(model) or deque()
        while times and times[0][0] < now - WINDOW_S:
            times.popleft()
        return sorted(ms for _, ms in times)

    def _illness(self, model: str, now: float) -> list[str]:
        since = now - self._ill.get(model, float("-inf"))
        return [f"ill={int(since // 60)}min"] if since < LONGEST_ILL_S else []


def _percentiles(ascending: Sequence[float]) -> list[str]:
    if len(ascending) < FEWEST:
        return []
    last = len(ascending) - 1
    return [f"{name}={rounded(ascending[round(part * last)])}ms" for name, part in _PERCENTILES.items()]


def rounded(ms: float) -> int:
    """Two digits of a time say enough, and are few."""
    if ms < 1:
        return 0
    step = 10 ** max(0, floor(log10(ms)) - 1)
    return int(round(ms / step) * step)
