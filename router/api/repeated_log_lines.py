"""Log lines that repeat: the first is written at once, equal ones of the next minute are counted, not written.

Invariant: a line that differs from the last ones is always written, and the next one that is written tells the count.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

QUIET_S = 60.0
# So many different lines are remembered; past them the oldest is forgotten and would be written again.
MOST_LINES = 256


@dataclass(slots=True)
class _Repeated:
    """When a line was written last, and how often it came since."""

    written: float
    since: int = 0


class RepeatedLines(logging.Filter):
    """Lets one of equal lines through in `QUIET_S` seconds. What carries an exception is always let through."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lines: dict[tuple[int, str], _Repeated] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it; where equal ones were kept back since, its words say how many."""
        if record.exc_info:
            return True
        now, line = self._clock(), (record.levelno, record.getMessage())
        last = self._lines.get(line)
        if last is not None and now - last.written < QUIET_S:
            last.since += 1
            return False
        self._lines.pop(line, None)
        self._lines[line] = _Repeated(now)
        if len(self._lines) > MOST_LINES:
            del self._lines[next(iter(self._lines))]
        if last is not None and last.since:
            record.msg, record.args = "%s (%d times more since the last line)", (line[1], last.since)
        return True


def quiet_repeated_lines() -> None:
    """Let the product's own log write an equal line once a minute."""
    log = logging.getLogger("fungible")
    if not any(isinstance(kept, RepeatedLines) for kept in log.filters):
        log.addFilter(RepeatedLines())
