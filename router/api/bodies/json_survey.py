"""Looks over a large JSON body before anything is made of it: one of millions of parts is refused for little.

Invariant: no step touches more than `STEP` bytes, except to find a quotation mark, which is a memory scan; whatever is
counted stands outside of texts, but for the texts themselves.
"""

import re
from typing import Any, NamedTuple

from router.api.bodies.long_texts import LONG, Span
from router.errors import BadRequest

STEP = 64 * 1024
MOST_VALUES = 100_000
"""The texts, commas and opening brackets of a body: a conversation of 2,000 messages with tools has about half."""
MOST_OBJECTS = 6_144
"""The messages, items, parts, blocks and calls of a conversation, all together."""
_CONVERSATION = ("messages", "input", "system")
_DEEPEST = 4
_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_WITHIN_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


class Survey(NamedTuple):
    """How many values a body has, and where its long texts stand."""

    values: int
    long_texts: tuple[Span, ...]


def survey(body: bytes, most: int = MOST_VALUES) -> Survey:
    """Look a body over; raises BadRequest for more than `most` values, or for a text that never ends."""
    values, place = 0, 0
    long_texts: list[Span] = []
    while (start := body.find(b'"', place)) >= 0:
        values += 1 + _separators(body, place, start, most - values)
        if values > most:
            break
        end = _end(body, start + 1)
        if end - start > LONG:
            long_texts.append(Span(start + 1, end))
        place = end + 1
    else:
        values += _separators(body, place, len(body), most - values)
    if values > most:
        sentence = f"The body has more than {most:,} texts, commas and opening brackets, which is the limit."
        raise BadRequest(f"{sentence} Send fewer or simpler messages, parts, tools or inputs.")
    return Survey(values, tuple(long_texts))


def refuse_many_objects(raw: Any) -> None:
    """Raise BadRequest for a conversation of too many things: each costs a validator more than what it holds."""
    for name in _CONVERSATION if isinstance(raw, dict) else ():
        if (count := _objects(raw.get(name), _DEEPEST)) > MOST_OBJECTS:
            sentence = f"{name}: there are {count:,} messages, parts and calls in all; the most is {MOST_OBJECTS:,}."
            raise BadRequest(sentence, param=name)


def _objects(value: Any, deep: int) -> int:
    if not isinstance(value, list) or not deep:
        return 0
    objects = [item for item in value if isinstance(item, dict)]
    return len(objects) + sum(_objects(part, deep - 1) for item in objects for part in item.values())


def _separators(body: bytes, start: int, end: int, most: int) -> int:
    """Commas and opening brackets between two texts; no more than `most` and a step are counted."""
    count = 0
    for place in range(start, end, STEP):
        until = min(place + STEP, end)
        count += sum([body.count(mark, place, until) for mark in (b",", b"[", b"{")])
        if count > most:
            break
    return count


def _end(body: bytes, start: int) -> int:
    """Where the text ends whose first character stands at `start`."""
    end = body.find(b'"', start)
    if end >= 0 and body[end - 1] != _BACKSLASH:
        return end
    place = start
    while place < len(body) and body[place] != _QUOTE:
        match = _WITHIN_TEXT.match(body, place, place + STEP)
        further = match.end() if match else place
        if further == place:
            break
        place = further
    else:
        if place < len(body):
            return place
    raise BadRequest("The body is not valid JSON: it ends in the middle of a text.")
