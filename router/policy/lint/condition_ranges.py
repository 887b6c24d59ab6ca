"""What conditions cover: which can never hold, which always do, which lie within another or meet it.

Invariant: the answers are exact for every test that a file can hold, on every request that there can be.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from router.decision.conditions import HIGH_FROM, MEDIUM_FROM, passes
from router.decision.features import HARDEST as MOST_DIFFICULT
from router.types import FACT, FACTS, Between, Condition, During, Fits, Subject

Interval = tuple[float, float]
# What the shipped reader says of the easiest and the hardest text, in logits; 0 is ordinary.
EASIEST, HARDEST = -3.0, 3.0
# Difficulty by its word, since two subjects look at one thing.
_LEVELS: Mapping[str, Interval] = {
    "low": (-MOST_DIFFICULT, math.nextafter(MEDIUM_FROM, -math.inf)),
    "medium": (MEDIUM_FROM, math.nextafter(HIGH_FROM, -math.inf)),
    "high": (HIGH_FROM, MOST_DIFFICULT),
}
_ANY_NUMBER: Mapping[Subject, Interval] = {
    fact.name: (fact.least, fact.most)
    for fact in FACTS
    if fact.kind in ("count", "number", "date") and fact.name != "difficulty"
}
_DAY = 24 * 60
_WHOLE: Mapping[Subject, frozenset[Any]] = {
    fact.name: frozenset(range(_DAY)) if fact.kind == "time" else frozenset(fact.every)
    for fact in FACTS
    if (fact.kind == "time" or fact.name == "days" or (fact.kind == "word" and fact.every)) and not fact.may_be_unknown
}
# A request may have several of these at once, and any of them may be what another condition asks for.
_SEVERAL: frozenset[Subject] = frozenset(fact.name for fact in FACTS if fact.kind == "words")
# What may not be known of a request: a guard that looks at it applies then, and a rule does not.
UNSURE: frozenset[Subject] = frozenset(fact.name for fact in FACTS if fact.may_be_unknown)
SURE: frozenset[Subject] = frozenset()


@dataclass(frozen=True, slots=True)
class Extent:
    """What a condition lets pass: of each subject that it looks at the words or minutes, or an interval of numbers.

    `patterns` has what is written of names beside plain words. `difficulty` has an interval for each word of complexity
    that it touches, whether it is looked at or not.
    """

    words: Mapping[Subject, frozenset[Any]]
    difficulty: Mapping[str, Interval]
    numbers: Mapping[Subject, Interval]
    patterns: Mapping[Subject, tuple[Fits, ...]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing passes."""
        return not self.difficulty or bool(self.no_number()) or any(not words for words in self.words.values())

    def no_number(self, unless: frozenset[Subject] = SURE) -> tuple[Subject, ...]:
        """The numbers, beside the difficulty and the subjects of `unless`, none of which pass."""
        return tuple(
            subject for subject, (least, most) in self.numbers.items() if least > most and subject not in unless
        )

    @property
    def difficulties(self) -> Interval:
        """The least and the greatest difficulty that pass; only where something does."""
        return min(least for least, _ in self.difficulty.values()), max(most for _, most in self.difficulty.values())


def extent(when: Condition) -> Extent:
    """What a condition lets pass."""
    words: dict[Subject, frozenset[Any]] = {}
    levels, wanted, numbers = set(_LEVELS), (-MOST_DIFFICULT, MOST_DIFFICULT), dict[Subject, Interval]()
    patterns = {test.subject: (test,) for test in when.tests if isinstance(test, Fits)}
    for test in when.tests:
        if isinstance(test, Fits):
            continue
        if isinstance(test, During):
            words[test.subject] = _minutes(test)
        elif isinstance(test, Between):
            if test.subject == "difficulty":
                wanted = _both(wanted, (test.least, test.most))
            else:
                numbers[test.subject] = _both(_ANY_NUMBER[test.subject], _possible(test))
        elif test.subject == "complexity":
            levels = {*test.words}
        else:
            words[test.subject] = test.words
    difficulty = {level: _both(_LEVELS[level], wanted) for level in _LEVELS if level in levels}
    return Extent(words, {level: each for level, each in difficulty.items() if each[0] <= each[1]}, numbers, patterns)


EVERYTHING = Extent({}, _LEVELS, {})


def everywhere(subject: Subject) -> frozenset[Any]:
    """All words of a subject that has no others; nothing where there may be any."""
    return _WHOLE.get(subject, frozenset())


def always(extent: Extent) -> bool:
    """Whether every request passes."""
    return within(EVERYTHING, extent)


def within(inner: Extent, outer: Extent) -> bool:
    """Whether all that passes the one passes the other."""
    return (
        all(
            words == _WHOLE.get(subject) or (subject in inner.words and inner.words[subject] <= words)
            for subject, words in outer.words.items()
        )
        and all(
            level in outer.difficulty and _inside(each, outer.difficulty[level])
            for level, each in inner.difficulty.items()
        )
        and all(
            (number := _number(inner, subject)) is not None and _inside(number, each)
            for subject, each in outer.numbers.items()
        )
        and all(_implied(test, inner) for tests in outer.patterns.values() for test in tests)
    )


def _implied(test: Fits, inner: Extent) -> bool:
    """Whether all that passes `inner` passes a test of names; a pattern within another is not seen."""
    if any(_narrower(other, test) for other in inner.patterns.get(test.subject, ())):
        return True
    words = inner.words.get(test.subject)
    if words is None or (test.subject in _SEVERAL and (test.every or test.no)):
        return False
    return all(passes(test, word) for word in words)


def _narrower(test: Fits, wide: Fits) -> bool:
    return (
        (not wide.some or (bool(test.some) and set(test.some) <= set(wide.some)))
        and set(wide.every) <= set(test.every)
        and set(wide.no) <= set(test.no)
    )


def meet(extents: Iterable[Extent], unless: frozenset[Subject] = SURE) -> bool:
    """Whether one request can pass them all; the subjects of `unless` are not looked at."""
    overlap = reduce(_overlap, extents, EVERYTHING)
    words = all(_left(overlap, subject) for subject in overlap.words if subject not in unless | _SEVERAL)
    return words and bool(overlap.difficulty) and not overlap.no_number(unless)


def _left(extent: Extent, subject: Subject) -> bool:
    """Whether one of the words passes what is written in patterns, too."""
    tests = extent.patterns.get(subject, ())
    return any(all(passes(test, word) for test in tests) for word in extent.words[subject])


def _number(extent: Extent, subject: Subject) -> Interval | None:
    """Where a number lies that passes; None where it may be unknown too."""
    return extent.numbers.get(subject, None if subject in UNSURE else _ANY_NUMBER[subject])


def _overlap(extent: Extent, other: Extent) -> Extent:
    both = {
        level: _both(extent.difficulty[level], other.difficulty[level])
        for level in extent.difficulty
        if level in other.difficulty
    }
    return Extent(
        {
            **other.words,
            **{subject: words & other.words.get(subject, words) for subject, words in extent.words.items()},
        },
        {level: each for level, each in both.items() if each[0] <= each[1]},
        {
            **other.numbers,
            **{subject: _both(each, other.numbers.get(subject, each)) for subject, each in extent.numbers.items()},
        },
        {
            **other.patterns,
            **{subject: (*tests, *other.patterns.get(subject, ())) for subject, tests in extent.patterns.items()},
        },
    )


def _minutes(test: During) -> frozenset[int]:
    return frozenset(
        minute
        for start, end in test.stretches
        for minute in (range(start, end) if start <= end else (*range(start, _DAY), *range(end)))
    )


def _both(interval: Interval, other: Interval) -> Interval:
    return max(interval[0], other[0]), min(interval[1], other[1])


def _inside(inner: Interval, outer: Interval) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _possible(test: Between) -> Interval:
    """The least and the greatest number that passes; of a count, which is whole."""
    whole = FACT[test.subject].kind == "count"
    return (_whole_up(test.least), _whole_down(test.most)) if whole else (test.least, test.most)


def _whole_up(number: float) -> float:
    return number if math.isinf(number) else math.ceil(number)


def _whole_down(number: float) -> float:
    return number if math.isinf(number) else math.floor(number)
