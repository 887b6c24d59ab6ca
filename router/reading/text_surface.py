"""Surface features of a text: lengths, numbers, options, symbols. Language does not matter.

Invariant: pure and bounded; the same 23 figures for every text, none of them infinite.
"""

import re
from math import log1p

MOST = 6000
COUNT = 23
_OPTION = re.compile(r"\n\s*\(?[A-J][.)]\s")
_WORD = re.compile(r"[a-z]+|[가-힣]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CAPITAL = re.compile("[A-Z]+")
_NEGATIONS = frozenset(["not", "except", "never", "no", "least", "false"])
_QUANTITIES = frozenset(
    "percent half twice times each per every total more less than left remaining average".split()  # noqa: SIM905
)
_ENUMERATIONS = frozenset(["i", "ii", "iii", "statement", "following", "which"])
_TELLING = _NEGATIONS | _QUANTITIES | _ENUMERATIONS
_LONG_WORD = 8


def surface(text: str) -> list[float]:
    """The figures of one text."""
    text = text[:MOST]
    size = max(1, len(text))
    lower = text.lower()
    body, *options = _OPTION.split(text) if "\n" in text else [text]
    words, numbers = _WORD.findall(lower), _NUMBER.findall(text)
    many, count = max(1, len(words)), text.count
    lengths = list(map(len, words))
    telling = list(filter(_TELLING.__contains__, words))
    choices = [len(option) for option in options if len(option) > 1] or [0]
    sentences = max(1, body.count(".") + body.count("!") + body.count("?"))
    negations, enumerations = (0, 0) if text.isascii() else _korean(lower)
    return [
        log1p(size),
        log1p(len(body)),
        log1p(len(words)),
        log1p(len(numbers)),
        log1p(sum(choices) / len(choices)),
        log1p(max(choices) - min(choices)),
        len(options) / 10,
        sum(lengths) / many,
        len([length for length in lengths if length > _LONG_WORD]) / many,
        len(set(words)) / many,
        log1p(sentences),
        log1p(size / sentences),
        log1p(_among(telling, _NEGATIONS) + negations),
        1.0 if "?" in body else 0.0,
        10 * sum(map(count, "+-*/=^<>")) / size,
        20 * count("\\") / size,
        5 * sum(map(len, _CAPITAL.findall(text))) / size,
        log1p(_among(telling, _QUANTITIES) + count("%")),
        log1p(count("\n")),
        1.0 if "_" in text else 0.0,
        log1p(max(map(len, numbers), default=0)),
        log1p(len([number for number in numbers if len(number) > 2])),
        log1p(_among(telling, _ENUMERATIONS) + enumerations),
    ]


def _among(words: list[str], listed: frozenset[str]) -> int:
    return sum(map(listed.__contains__, words))


def _korean(text: str) -> tuple[int, int]:
    """Negations and enumerations, which stand inside of words."""
    return text.count("않") + text.count("아닌") + text.count("제외"), text.count("다음")
