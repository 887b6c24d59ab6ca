"""Strings of a length, a format or a pattern.

Invariant: free text carries the check word, wherever the length leaves room for it.
"""

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.stub.schema.pattern import Spend
from providers.stub.schema.root import Unsatisfiable
from providers.stub.schema.sample import samples

MOST_CHARACTERS = 20_000


@dataclass(slots=True)
class Writer:
    """Where free text comes from: the first says everything, later ones are the check word and a word of the prompt."""

    check: str
    statement: str
    words: Sequence[str] = ()
    written: int = field(default=0, init=False)

    def text(self) -> str:
        """The next free text."""
        self.written += 1
        if self.written == 1:
            return f"{self.check}: {self.statement}"
        return f"{self.check} {self.words[self.written % len(self.words)] if self.words else self.written}"


def _padded(before: str, after: str) -> Callable[[int, int], str]:
    """A format with room in the middle."""
    return lambda turn, least: f"{before}{turn}{'x' * max(0, least - len(f'{before}{turn}{after}'))}{after}"


def _hosted(turn: int, least: int) -> str:
    """A host name; no label of it is longer than 63 characters."""
    rest = max(0, least - len(f"stub{turn}.example"))
    return f"{('x' * 59 + '.') * (rest // 60)}{'x' * (rest % 60)}stub{turn}.example"


FORMATS: Mapping[str, Callable[[int, int], str]] = {
    "date": lambda turn, _least: f"20{turn // 336 % 80 + 20}-{turn // 28 % 12 + 1:02}-{turn % 28 + 1:02}",
    "time": lambda turn, _least: f"{turn // 3600 % 24:02}:{turn // 60 % 60:02}:{turn % 60:02}Z",
    "date-time": lambda turn, _least: f"2025-{turn // 28 % 12 + 1:02}-{turn % 28 + 1:02}T09:{turn // 336 % 60:02}:00Z",
    "duration": lambda turn, _least: f"P{turn + 1}D",
    "email": _padded("stub", "@example.com"),
    "idn-email": _padded("stub", "@example.com"),
    "hostname": _hosted,
    "ipv4": lambda turn, _least: f"192.0.2.{turn % 256}",
    "ipv6": lambda turn, _least: f"2001:db8::{turn % 65_536:x}",
    "uuid": lambda turn, _least: f"00000000-0000-4000-8000-{turn:012x}",
    "uri": _padded("https://example.com/", ""),
    "uri-reference": _padded("/", ""),
    "iri": _padded("https://example.com/", ""),
    "json-pointer": _padded("/", ""),
    "regex": _padded("x", ""),
}


def strings(schema: Mapping[str, Any], turn: int, writer: Writer, spend: Spend) -> Iterator[str]:
    """Strings to try, the most telling first; another `turn` gives others."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", MOST_CHARACTERS)
    if least > MOST_CHARACTERS:
        raise Unsatisfiable("minLength", "longer than a stub writes")
    made = FORMATS.get(schema.get("format", ""))
    if made:
        yield made(turn, least)
    if "pattern" in schema:
        yield from samples(schema["pattern"], least, turn, spend)
    elif not made:
        yield _sized(writer.text(), writer.check, least, most, turn)


def _sized(text: str, check: str, least: int, most: int, turn: int) -> str:
    """Free text of a length between the two; where the check word does not fit, a code."""
    if turn:
        text = f"{check} {turn}"
    if most < min(len(text), len(check) + 4):
        text = _code(turn, most)
    return text[:most].ljust(least, ".")


def _code(turn: int, length: int) -> str:
    """A short text that differs from turn to turn."""
    letters = string.ascii_letters + string.digits
    return "".join(letters[turn // len(letters) ** place % len(letters)] for place in range(length))
