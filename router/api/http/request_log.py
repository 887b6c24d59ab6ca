"""The log of a server, in one form: a line for each request, and one for whatever else there is to say.

Invariant: a line holds names, counts and codes, and never a word of a prompt, an answer or a secret; a reader that is
slow holds nobody up: what it does not take in time is left out and counted.
"""

import logging
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any, Literal, TextIO

import orjson

from router.api.http.log_fields import describe_request
from router.serving.request_trace import RequestTrace

Form = Literal["json", "text"]
MOST_WAITING = 10_000
GATHER_S = 0.02
_LAST_S = 5.0
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:+@,*")


class RequestJournal:
    """Writes lines from a thread of its own; close it."""

    def __init__(self, form: Form, stream: TextIO | None = None) -> None:
        self._render: Callable[[Mapping[str, Any]], str] = as_json if form == "json" else as_text
        self._stream = stream or sys.stderr
        self._lines: deque[str] = deque()
        self._left_out = 0
        self._more = Event()
        self._closed = False
        self._writer = Thread(target=self._write, name="fungible-journal", daemon=True)
        self._writer.start()

    def tell(self, request_trace: RequestTrace) -> None:
        """One request that has ended."""
        self._put(
            self._render(
                {
                    "time": _iso(request_trace.time),
                    "level": "info",
                    "event": "request",
                    **describe_request(request_trace),
                }
            )
        )

    def say(self, record: logging.LogRecord) -> None:
        """A line of a logger. Of an exception it says where and what kind: its words may be those of a prompt."""
        line: dict[str, Any] = {
            "time": _iso(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "event": "log",
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = type(record.exc_info[1]).__name__
            line["where"] = _where(record.exc_info[1])
        self._put(self._render(line))

    def close(self) -> None:
        """Write what waits, and stop."""
        self._closed = True
        self._more.set()
        self._writer.join(_LAST_S)

    def _put(self, line: str) -> None:
        if len(self._lines) >= MOST_WAITING:
            self._left_out += 1
        elif not self._closed:
            self._lines.append(line)
            if not self._more.is_set():
                self._more.set()

    def _write(self) -> None:
        while not self._closed or self._lines:
            self._more.wait()
            if not self._closed:
                # A thread that woke for every line would cost more than the line.
                time.sleep(GATHER_S)
            self._more.clear()
            try:
                self._stream.write("".join(f"{line}\n" for line in self._taken()))
                self._stream.flush()
            except (OSError, ValueError):
                # Nobody reads any more; there is no other place to say so.
                self._closed = True
                return

    def _taken(self) -> list[str]:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if self._left_out:
            count, self._left_out = self._left_out, 0
            lines.append(self._render({"event": "log", "level": "warning", "left_out": count}))
        return lines


class WithoutWords(logging.Formatter):
    """Formats lines for a terminal: of an exception it says where and what kind, for its words may be a prompt's."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        """Where, and what kind."""
        return f"{ei[0].__name__} at {_where(ei[1])}"


def keep_words_off_terminals() -> None:
    """Let what no handler takes be written without the words of exceptions."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(WithoutWords())


class Through(logging.Handler):
    """Lets loggers speak through a journal. It is not the journal: whoever sets logging up anew closes all handlers."""

    def __init__(self, journal: RequestJournal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Say it; what can't be said harms nobody who logs."""
        try:
            self._journal.say(record)
        except Exception:  # noqa: BLE001 - as the standard handlers do
            self.handleError(record)


def take_over(journal: RequestJournal) -> None:
    """Let every logger speak through the journal, from warnings up."""
    root = logging.getLogger()
    root.handlers[:] = [Through(journal)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)


def as_json(line: Mapping[str, Any]) -> str:
    """One JSON object."""
    return orjson.dumps({name: value for name, value in line.items() if value is not None}, default=str).decode()


def as_text(line: Mapping[str, Any]) -> str:
    """`name=value` pairs; what could be mistaken stands in quotes, so that a line is a line."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in line.items() if value is not None)


def _quoted(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _quoted(",".join(":".join(str(part) for part in row.values()) for row in value))
    text = str(value)
    return text if text and _PLAIN.issuperset(text) else orjson.dumps(text).decode()


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name} ({frame.filename.rpartition('/')[2]}:{frame.lineno})" for frame in frames[:-9:-1])


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
