"""A logged request as a short row of bytes: all that its decision was made from, and none of its words.

Invariant: what is unpacked decides as what was packed did. What no decision depends on (how sure the reader was) is
left out; a number that its field can't hold is the nearest that it can, which decides alike.
"""

import math
from collections.abc import Callable, Sequence
from operator import attrgetter
from struct import Struct
from typing import Any

import orjson

from router.types import Ask, Fact, Features, Permit, Situation, Warm
from router.types.facts import KNOWN

# The last version of rows that is spelled out here. Each later one adds a fact, as their table says, at the end.
SPELLED = 3
LATER = tuple(sorted((fact for fact in KNOWN if fact.since > SPELLED), key=lambda fact: fact.since))
VERSION = SPELLED + len(LATER)
# Each field with its letter in `struct`; the traits follow, as doubles. Words are codes in the ledger's table.
CODES = (
    "task",
    "language",
    "asked",
    "policy",
    "model",
    "consent",
    "key",
    "team",
    "residency",
    "tags",
    "needs",
    "unhealthy",
    "spent",
    "permit",
    "warm",
)
# Of these, what is several words joined into one.
SEVERAL = ("tags", "needs", "unhealthy", "spent")
# What rows of earlier versions lack, with the first version that has it.
SINCE = {"permit": 2, "warm": 3, **{fact.field: fact.since for fact in LATER}}
FIELDS: tuple[tuple[str, str], ...] = (
    ("version", "B"),
    ("marks", "B"),
    ("traits", "H"),
    ("choices", "H"),
    ("minute", "H"),
    ("day", "i"),
    ("id", "16s"),
    ("unit", "12s"),
    *((name, "i") for name in CODES),
    ("difficulty", "d"),
    ("input_tokens", "I"),
    ("output_tokens", "I"),
    ("output_limit", "I"),
    *((fact.field, "i" if fact.kind in ("word", "words") else "d") for fact in LATER),
)
# No word: what is not known, and a tuple of nothing.
NONE = -1
STATED, ID_IS_A_WORD, UNIT_IS_A_WORD = 1, 2, 4
_ROW = Struct("<" + "".join(letter for _, letter in FIELDS))
SIZE = _ROW.size
_MOST, _MOST_SHORT, _MOST_WHOLE = 2**32 - 1, 2**16 - 1, 2**53
_SEPARATOR, _ESCAPE = "\x1f", "\x1e"
# Where the value of each later fact is, looked up once: a row is made for every request.
_LATER_VALUES = tuple((fact, fact.source, attrgetter(fact.field)) for fact in LATER)


def pack(id: str, features: Features, ask: Ask, situation: Situation, code: Callable[[str], int]) -> bytes:  # noqa: A002
    """One row; `code` gives a word's number, from 0 on."""
    caller = ask.caller
    id_bytes, id_mark = _label(id, 16, ID_IS_A_WORD, code)
    unit_bytes, unit_mark = _label(ask.unit, 12, UNIT_IS_A_WORD, code)
    traits = features.traits[:_MOST_SHORT]
    records = {"features": features, "ask": ask, "caller": caller, "situation": situation}
    row = _ROW.pack(
        VERSION,
        ask.stated | id_mark | unit_mark,
        len(traits),
        _within(features.choices, _MOST_SHORT),
        situation.minute,
        situation.day.toordinal(),
        id_bytes,
        unit_bytes,
        code(features.task),
        code(features.language),
        code(ask.asked),
        code(ask.policy),
        NONE if ask.model is None else code(ask.model),
        code(ask.consent),
        NONE if caller.key is None else code(caller.key),
        NONE if caller.team is None else code(caller.team),
        NONE if caller.residency is None else code(caller.residency),
        code(joined(caller.tags)) if caller.tags else NONE,
        code(joined(features.needs)) if features.needs else NONE,
        code(joined(situation.unhealthy)) if situation.unhealthy else NONE,
        code(joined(situation.spent)) if situation.spent else NONE,
        NONE if ask.permit is None else code(permit_word(ask.permit)),
        code(warm_word(situation.warm)) if situation.warm else NONE,
        features.difficulty,
        _within(features.input_tokens, _MOST),
        _within(features.output_tokens, _MOST),
        _within(features.output_limit, _MOST),
        *[number_of(fact, value_of(records[source]), code) for fact, source, value_of in _LATER_VALUES],
    )
    return row + Struct(f"<{len(traits)}d").pack(*traits) if traits else row


def number_of(fact: Fact, value: Any, code: Callable[[str], int]) -> float:
    """A fact as its field in a row: the code of a word or several, or a number, NaN where that is not known."""
    kind = fact.kind
    if kind == "words":
        return code(joined(value)) if value else NONE
    if kind == "word":
        return NONE if value is None else code(value)
    # A count beyond these may be no double.
    return math.nan if value is None else float(max(-_MOST_WHOLE, min(value, _MOST_WHOLE)))


def _within(number: int, most: int) -> int:
    return number if 0 <= number <= most else max(0, min(number, most))


def joined(words: Sequence[str]) -> str:
    """Several words as one; `parted` takes it apart again, whatever the words hold."""
    text = _SEPARATOR.join(words)
    if _ESCAPE not in text and text.count(_SEPARATOR) == len(words) - 1:
        return text
    return _SEPARATOR.join(word.replace(_ESCAPE, _ESCAPE + "0").replace(_SEPARATOR, _ESCAPE + "1") for word in words)


def parted(text: str) -> tuple[str, ...]:
    """The words that were joined."""
    return tuple(
        word.replace(_ESCAPE + "1", _SEPARATOR).replace(_ESCAPE + "0", _ESCAPE) for word in text.split(_SEPARATOR)
    )


def permit_word(permit: Permit) -> str:
    """What a key permits, as one word."""
    return orjson.dumps([permit.models, permit.policies, permit.consent, permit.disclosure]).decode()


def permit_of(word: str) -> Permit:
    """What a key permits, from its word."""
    models, policies, consent, disclosure = orjson.loads(word)
    return Permit(_names(models), _names(policies), consent, disclosure)


def warm_word(warm: tuple[Warm, ...]) -> str:
    """What models have cached, as one word."""
    return orjson.dumps([(word.model, word.tokens) for word in warm]).decode()


def warm_of(word: str) -> tuple[Warm, ...]:
    """What models have cached, from its word."""
    return tuple(Warm(model, tokens) for model, tokens in orjson.loads(word))


def _names(words: list[str] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(words)


def _label(text: str, size: int, mark: int, code: Callable[[str], int]) -> tuple[bytes, int]:
    """A name as raw bytes where it is that many in hexadecimal, as the service's are; else as a word, marked."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) == size and raw.hex() == text:
        return raw, 0
    return code(text).to_bytes(4, "little"), mark
