"""YAML that remembers where everything stood.

Invariant: a file is read whole or refused with a position. Only plain YAML is accepted: no anchors, aliases or tags
(so no bombs), no duplicate keys, and only the scalars of YAML 1.2's core schema (so `no` and `on` are words).
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from router.config.files.syntax_faults import refused_fault, syntax_fault
from router.errors import ConfigError, Problem

MOST_BYTES = 4_000_000
MOST_DEPTH = 24
MOST_DIGITS = 40
MOST = 2**63

Path_ = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {"null": None, "~": None, "": None, "true": True, "false": False}
_SPECIAL = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: its data, and the line and column of every key and value."""

    name: str
    data: Any
    places: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    text: str = ""

    def at(self, path: Path_) -> str:
        """`file:line:column` of a path, or of the nearest thing above it that stands in the file."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return f"{self.name}:{line}:{column}"


def read(path: Path) -> Source:
    """Read one YAML file; raises ConfigError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(f"{path}:1:1", f"cannot be read: {error.strerror}") from None
    return parse(raw, str(path))


def parse(raw: bytes, name: str) -> Source:
    """Parse YAML text in UTF-8; raises ConfigError."""
    if len(raw) > MOST_BYTES:
        raise _unreadable(f"{name}:1:1", f"is larger than the limit of {MOST_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _unreadable(f"{name}:{line}:1", "is not UTF-8 text") from None
    source = Source(name, None)
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=_loader()):
            builder.take(event)
    except yaml.YAMLError as error:
        raise syntax_fault(name, text, error) from None
    except ConfigError as error:
        raise refused_fault(error, text) from None
    return Source(name, builder.root, source.places, text)


def _unreadable(where: str, sentence: str) -> ConfigError:
    return ConfigError([Problem(where, sentence, code="syntax")])


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Builder:
    """Turns parser events into plain data, noting where each thing stood."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Any = None
        self.documents = 0
        self.open: list[dict[str, Any] | list[Any]] = []
        self.path: list[str | int] = []
        self.awaits_key: list[bool] = []

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        # By exact type, the most frequent first: a file of a thousand rules has 25,000 events.
        kind = type(event)
        if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.leave()
            return
        if kind is yaml.AliasEvent or getattr(event, "anchor", None):
            self.fail(event, "anchors and aliases are not allowed: write the value out")
        if (tag := getattr(event, "tag", None)) is not None and tag != "!":
            self.fail(event, f"tags are not allowed: {tag}")
        if kind is yaml.ScalarEvent:
            self.scalar(cast("yaml.ScalarEvent", event))
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self.enter({} if kind is yaml.MappingStartEvent else [], event)
        elif kind is yaml.DocumentStartEvent:
            self.begin(event)

    def begin(self, event: yaml.Event) -> None:
        """Begin a document, the only one."""
        self.documents += 1
        if self.documents > 1:
            self.fail(event, "a second document: a file holds one")

    def fail(self, event: yaml.Event, sentence: str) -> None:
        """Refuse the file at this event."""
        line, column = _place(event)
        raise _unreadable(f"{self.source.name}:{line}:{column}", sentence)

    def enter(self, box: dict[str, Any] | list[Any], event: yaml.Event) -> None:
        """Begin a mapping or a list."""
        if self.awaits_key and self.awaits_key[-1]:
            self.fail(event, "a key must be a word")
        if len(self.open) >= MOST_DEPTH:
            self.fail(event, f"is nested deeper than {MOST_DEPTH} levels")
        self.put(box, event)
        self.open.append(box)
        if isinstance(box, list):
            self.path.append(0)
        self.awaits_key.append(isinstance(box, dict))

    def leave(self) -> None:
        """End the innermost mapping or list."""
        if isinstance(self.open.pop(), list):
            self.path.pop()
        self.awaits_key.pop()
        self.done()

    def scalar(self, event: yaml.ScalarEvent) -> None:
        """Take a key, or a value."""
        if self.awaits_key and self.awaits_key[-1]:
            self.key(event)
            return
        self.put(self.value(event), event)
        self.done()

    def key(self, event: yaml.ScalarEvent) -> None:
        """Take a key of the innermost mapping."""
        if event.value in self.open[-1]:
            self.fail(event, f"the key {event.value!r} stands twice")
        self.path.append(event.value)
        self.awaits_key[-1] = False
        self.source.places[tuple(self.path)] = _place(event)

    def put(self, value: Any, event: yaml.Event) -> None:
        """Place a value where the path points."""
        self.source.places.setdefault(tuple(self.path), _place(event))
        if not self.open:
            self.root = value
        elif isinstance(box := self.open[-1], list):
            box.append(value)
        else:
            box[str(self.path[-1])] = value

    def done(self) -> None:
        """A value is complete: move on to the next key or item."""
        if not self.open:
            return
        if isinstance(box := self.open[-1], list):
            self.path[-1] = len(box)
        else:
            self.path.pop()
            self.awaits_key[-1] = True

    def value(self, event: yaml.ScalarEvent) -> Any:
        """A scalar by YAML 1.2's core schema; quoted ones are text."""
        text: str = event.value
        if event.style in ("'", '"', "|", ">"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _SPECIAL.fullmatch(text):
            self.fail(event, f"{text} is not a number that means anything here")
        if not _FLOAT.fullmatch(text):
            return text
        if len(text) > MOST_DIGITS:
            self.fail(event, f"a number of more than {MOST_DIGITS} digits")
        number = int(text) if _INT.fullmatch(text) else float(text)
        if abs(number) >= MOST:
            self.fail(event, f"{text} is a larger number than means anything here")
        return number
