"""Surface features of a text: lengths, numbers, options, symbols. Language does not matter.

Invariant: pure and bounded; the same 23 figures for every text, none of them infinite.
"""

import re
from math import log1p

MOST = 6000
_OPTION = re.compile(r"\n\s*\(?[A-J][.)]\s")
_WORD = re.compile(r"[a-z]+|[가-힣]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SENTENCE = re.compile(r"[.!?]")
_NEGATION = re.compile(r"\b(?:not|except|never|no|least|false)\b|않|아닌|제외")
_QUANTITY = re.compile(r"\b(?:percent|half|twice|times|each|per|every|total|more|less|than|left|remaining|average)\b|%")
_ENUMERATION = re.compile(r"\b(?:i|ii|iii|statement|following|which)\b|다음")
COUNT = 23


def surface(text: str) -> list[float]:
    """The figures of one text."""
    text = text[:MOST]
    size = max(1, len(text))
    lower = text.lower()
    body, *options = _OPTION.split(text)
    words, numbers = _WORD.findall(lower), _NUMBER.findall(text)
    many = max(1, len(words))
    lengths = [len(option) for option in options if len(option) > 1] or [0]
    sentences = max(1, len(_SENTENCE.findall(body)))
    return [
        log1p(size),
        log1p(len(body)),
        log1p(len(words)),
        log1p(len(numbers)),
        log1p(sum(lengths) / len(lengths)),
        log1p(max(lengths) - min(lengths)),
        len(options) / 10,
        sum(map(len, words)) / many,
        sum(len(word) > 8 for word in words) / many,
        len(set(words)) / many,
        log1p(sentences),
        log1p(size / sentences),
        log1p(len(_NEGATION.findall(lower))),
        1.0 if "?" in body else 0.0,
        10 * sum(map(text.count, "+-*/=^<>")) / size,
        20 * text.count("\\") / size,
        5 * sum(map(str.isupper, text)) / size,
        log1p(len(_QUANTITY.findall(lower))),
        log1p(text.count("\n")),
        1.0 if "_" in text else 0.0,
        log1p(max((len(number) for number in numbers), default=0)),
        log1p(sum(len(number) > 2 for number in numbers)),
        log1p(len(_ENUMERATION.findall(lower))),
    ]
