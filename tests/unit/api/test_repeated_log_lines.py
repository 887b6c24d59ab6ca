"""Log lines that repeat are counted, not written; what differs is always written."""

import logging
from collections.abc import Iterator

import pytest

from router.api.repeated_log_lines import MOST_LINES, QUIET_S, RepeatedLines, quiet_repeated_lines


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, Clock, list[str]]]:
    log, clock, lines = logging.Logger("a test"), Clock(), []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(handler)
    log.addFilter(RepeatedLines(clock))
    yield log, clock, lines


def test_an_equal_line_is_written_once_a_minute_with_the_count(
    written: tuple[logging.Logger, Clock, list[str]],
) -> None:
    log, clock, lines = written
    for _ in range(1000):
        log.warning("the backend of %s is odd", "first")
    log.warning("the backend of %s is odd", "second")
    assert lines == ["the backend of first is odd", "the backend of second is odd"]
    clock.now = QUIET_S
    log.warning("the backend of %s is odd", "first")
    log.warning("the backend of %s is odd", "second")
    assert lines[2:] == [
        "the backend of first is odd (999 times more since the last line)",
        "the backend of second is odd",
    ]


def test_an_exception_is_always_written(written: tuple[logging.Logger, Clock, list[str]]) -> None:
    log, _, lines = written
    for _ in range(3):
        log.error("failed", exc_info=ValueError())
    assert lines == ["failed"] * 3


def test_what_is_remembered_is_bounded(written: tuple[logging.Logger, Clock, list[str]]) -> None:
    log, _, lines = written
    for number in range(MOST_LINES + 1):
        log.error("line %d", number)
    log.error("line 0")
    log.error("line %d", MOST_LINES)
    assert lines[MOST_LINES + 1 :] == ["line 0"]


def test_it_is_set_up_once() -> None:
    log = logging.getLogger("fungible")
    before = list(log.filters)
    try:
        quiet_repeated_lines()
        quiet_repeated_lines()
        assert sum(isinstance(kept, RepeatedLines) for kept in log.filters) == 1
    finally:
        log.filters[:] = before
