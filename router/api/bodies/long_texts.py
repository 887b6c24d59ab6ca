"""Takes the long texts out of a JSON body before it is parsed, and puts them back into what was made of it.

A parser holds the interpreter until it is done, and with megabytes everybody else waits for it; so it is given marks in
their place, and the texts are decoded piece by piece.

Invariant: the result is what the whole body would have given, or `Entangled` is raised; a mark can't be guessed, and is
longer than any text whose length is limited.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, NamedTuple, TypeVar, cast

import orjson

from router.errors import BadRequest
from router.ids import random_hex

T = TypeVar("T")
PIECE = 128 * 1024
LONG = 64 * 1024
MARK = 4_608
# Whole characters and escapes; half of a pair of surrogates is none.
_WHOLE = re.compile(
    rb"[^\\]*+(?:\\(?:[^u]|u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?![dD][89abAB])[0-9a-fA-F]{4}))"
    rb"[^\\]*+)*+",
    re.DOTALL,
)


class Span(NamedTuple):
    """Where a text stands in a body, without its quotation marks."""

    start: int
    end: int


class Entangled(Exception):
    """A text has become a part of something in which it would be spelt otherwise."""


def take_out(body: bytes, spans: Sequence[Span]) -> tuple[bytes, dict[str, str]]:
    """The body with marks in place of these texts, and the text of each mark; raises BadRequest."""
    secret, place = random_hex(), 0
    pieces: list[bytes] = []
    texts: dict[str, str] = {}
    for number, span in enumerate(spans):
        mark = f"{secret}-{number}-".ljust(MARK, "x")
        texts[mark] = decoded(body, span)
        pieces += [body[place : span.start], mark.encode()]
        place = span.end
    return b"".join([*pieces, body[place:]]), texts


def decoded(body: bytes, span: Span) -> str:
    """A text in JSON's spelling, decoded piece by piece; raises BadRequest where it is not well-formed."""
    pieces, place = [], span.start
    while place < span.end:
        end = _cut(body, place, span.end)
        try:
            pieces.append(orjson.loads(b'"%b"' % body[place:end]))
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"The body is not valid JSON: {error.msg}") from None
        place = end
    return "".join(pieces)


def _cut(body: bytes, place: int, end: int) -> int:
    """Where a piece ends that begins at `place`: between two characters, or at the end where there is no such place."""
    if end - place <= PIECE:
        return end
    latest = place + PIECE
    while body[latest] & 0xC0 == 0x80 and latest > place:
        latest -= 1
    match = _WHOLE.match(body, place, latest)
    return match.end() if match and match.end() > place else end


def put_back(value: T, texts: Mapping[str, str]) -> T:
    """The same with texts in place of their marks; raises Entangled."""
    return cast("T", _put_back(value, texts))


def _put_back(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return value if len(value) < MARK else texts.get(value) or _within(value, texts)
    if isinstance(value, Mapping):
        return {_put_back(key, texts): _put_back(item, texts) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_put_back(item, texts) for item in value]
        if isinstance(value, list):
            return items
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if is_dataclass(value) and not isinstance(value, type):
        old = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        new = {name: _put_back(item, texts) for name, item in old.items()}
        changed = {name: item for name, item in new.items() if item is not old[name]}
        return replace(value, **changed) if changed else value
    return value


def _within(value: str, texts: Mapping[str, str]) -> str:
    """A longer text, of which marks are parts; nothing in theirs may need another spelling there."""
    for mark, text in texts.items():
        if mark in value:
            if not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
                raise Entangled
            value = value.replace(mark, text)
    return value
