"""Reads what a caller says of itself and of its request in `x-fungible-*` headers.

Invariant: no line is dropped: the lines of a list are joined, other headers may not say two things, and what is not
known, too long or too many is refused, since a guard may depend on it.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any, cast, get_args

from router.errors import BadRequest
from router.suggest import nearest
from router.types import SAID, Consent, Fact
from router.types.chat import MOST_NAME, MOST_SAID

PREFIX = b"x-fungible-"
_FACTS = {fact.name.replace("_", "-"): fact for fact in SAID}
_LISTS = frozenset(name for name, fact in _FACTS.items() if fact.kind == "words")
# `by` was the name of whoever ordered a change; the admin key says that now.
NAMES = ("consent", "policy", "unit", *_FACTS, "by")
# A guard compares these as one word. A proxy may join two lines by a comma, which is then no part of it.
_ALONE = frozenset({"consent", *_FACTS}) - _LISTS
# Whatever spelling of the prefix a proxy makes of it: a mistyped header must not be one that says nothing.
_ANY_PREFIX = (PREFIX, b"x-fungible_", b"x_fungible")
_MARKS = (b"x-fungible", b"x_fungible")


def caller_headers(headers: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """What the headers say, by their name without its prefix; one that is empty says nothing. Raises BadRequest."""
    said: dict[str, str] = {}
    lines = [*headers]
    if not any(map(b"\n".join(map(itemgetter(0), lines)).count, _MARKS)):
        # Most say nothing of themselves.
        return said
    for line, value in lines:
        if line.startswith(_ANY_PREFIX):
            name, words = _name(line), _text(value).strip()
            if words and name in _LISTS and name in said:
                said[name] += f",{words}"
            elif words:
                _refuse_second(name, words, said)
                said[name] = words
    for name in said:
        _check(name, said[name])
    return said


def facts_said(said: Mapping[str, str]) -> dict[str, Any]:
    """What the headers say of the caller, by its name in the record of callers.

    Raises BadRequest for a word that is too long or none of those that there are, and for too many.
    """
    return {
        fact.field: _several(name, fact, said[name]) if name in _LISTS else _known(name, fact, said[name])
        for name, fact in _FACTS.items()
        if name in said
    }


def _several(name: str, fact: Fact, text: str) -> tuple[str, ...]:
    words = tuple(_known(name, fact, word) for part in text.split(",") if (word := part.strip()))
    if len(words) > MOST_SAID:
        whole = f"x-fungible-{name}"
        raise BadRequest(f"{whole}: {len(words)} {name}; {MOST_SAID} are the most, and none is dropped.", param=whole)
    return words


def _known(name: str, fact: Fact, word: str) -> str:
    _check_length(name, word)
    if fact.every and word not in fact.every:
        whole = f"x-fungible-{name}"
        raise BadRequest(f"{whole}: {word!r} is none of {', '.join(fact.every)}.", param=whole)
    return word


def consent_of(said: Mapping[str, str]) -> Consent | None:
    """The consent that the headers say; raises BadRequest for a word that is none."""
    consent = said.get("consent")
    if consent is not None and consent not in get_args(Consent):
        raise BadRequest(
            f"x-fungible-consent: {consent!r} is none of {', '.join(get_args(Consent))}.", param="x-fungible-consent"
        )
    return cast("Consent | None", consent)


def _name(line: bytes) -> str:
    name = line.decode("latin-1").removeprefix("x-fungible-")
    if name not in NAMES:
        whole = line.decode("latin-1")
        known = nearest(name, NAMES)
        raise BadRequest(f"{whole}: no such header; guards may depend on what it was to say.{known}", param=whole)
    return name


def _text(value: bytes) -> str:
    """What clients of today send is UTF-8; what is not, is Latin-1 as HTTP once had it."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _refuse_second(name: str, words: str, said: Mapping[str, str]) -> None:
    if said.get(name, words) != words:
        whole = f"x-fungible-{name}"
        raise BadRequest(f"{whole} is there more than once, with different words: say it once.", param=whole)


def _check(name: str, words: str) -> None:
    if name in _LISTS:
        return
    _check_length(name, words)
    if name in _ALONE and "," in words:
        whole = f"x-fungible-{name}"
        raise BadRequest(f"{whole}: a comma parts several, and this may be one alone.", param=whole)


def _check_length(name: str, words: str) -> None:
    if len(words) > MOST_NAME:
        whole = f"x-fungible-{name}"
        raise BadRequest(f"{whole}: {len(words):,} characters are too many: {MOST_NAME} are the most.", param=whole)
