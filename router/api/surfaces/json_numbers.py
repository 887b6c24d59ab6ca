"""Finds numbers in a body that no backend could be sent, before anything is decided.

Invariant: what is found is named by its place; what a model wrote itself, the arguments of its calls, is left alone.
"""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from router.errors import BadRequest

_LEAST, _MOST = -(2**63), 2**64 - 1
# Every digit as a nought, so that a run of any is found by a memory scan: a regular expression takes 20 times as long.
_ALIKE = bytes.maketrans(b"0123456789", b"0" * 10)
_LONG = b"0" * 19
STEP = 64 * 1024
Place = tuple[str | int, ...]


def refuse_large_numbers(body: bytes) -> None:
    """Raises BadRequest for a whole number beyond 64 bits; most bodies have none as long as that."""
    if not _has_long(body):
        return
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return  # whoever validates it says what is wrong
    for place in _large(value, ()):
        where = ".".join(map(str, place))
        sentence = f"{where}: a whole number beyond 64 bits can't be passed on to a model. Give a smaller one, or text."
        raise BadRequest(sentence, param=where)


def _has_long(body: bytes) -> bool:
    """Whether there are so many digits in a row; what is large is looked through step by step."""
    if len(body) <= STEP:
        return _LONG in body.translate(_ALIKE)
    # Steps overlap, so that none parts a number.
    starts = range(0, len(body), STEP)
    return any(_LONG in body[start : start + STEP + len(_LONG)].translate(_ALIKE) for start in starts)


def json_text(value: Any) -> str:
    """A value as JSON text, whatever the size of its numbers."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _large(value: Any, place: Place) -> Iterator[Place]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if not _is_of_a_call(name, place):
                yield from _large(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _large(inner, (*place, number))
    elif isinstance(value, int) and not _LEAST <= value <= _MOST:
        yield place


def _is_of_a_call(name: str, place: Place) -> bool:
    """Whether a name is that of the arguments of a call, in a block of a message."""
    return name == "input" and place[:1] == ("messages",)
