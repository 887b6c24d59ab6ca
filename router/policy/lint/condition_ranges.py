"""What conditions cover: which can never hold, which always do, which lie within another or meet it.

Invariant: the answers are exact for every test that a file can hold, on every request that there can be.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from router.decision.conditions import HIGH_FROM, MEDIUM_FROM
from router.decision.features import HARDEST
from router.types import FACT, FACTS, Between, Condition, During, Subject

Interval = tuple[float, float]
# Difficulty by its word, since two subjects look at one thing.
_LEVELS: Mapping[str, Interval] = {
    "low": (-HARDEST, math.nextafter(MEDIUM_FROM, -math.inf)),
    "medium": (MEDIUM_FROM, math.nextafter(HIGH_FROM, -math.inf)),
    "high": (HIGH_FROM, HARDEST),
}
_ANY_NUMBER: Mapping[Subject, Interval] = {
    fact.name: (0 if fact.kind == "count" else -math.inf, math.inf)
    for fact in FACTS
    if fact.kind in ("count", "number") and fact.name != "difficulty"
}
_DAY = 24 * 60
_WHOLE: Mapping[Subject, frozenset[Any]] = {
    fact.name: frozenset(range(_DAY)) if fact.kind == "time" else frozenset(fact.every)
    for fact in FACTS
    if fact.kind == "time" or (fact.kind == "word" and fact.every)
}
# A request may have several of these at once, and any of them may be what another condition asks for.
_SEVERAL: frozenset[Subject] = frozenset(fact.name for fact in FACTS if fact.kind == "words")
# What may not be known of a caller: a guard that looks at it applies then, and a rule does not.
UNSURE: frozenset[Subject] = frozenset(fact.name for fact in FACTS if fact.may_be_unknown)


@dataclass(frozen=True, slots=True)
class Extent:
    """What a condition lets pass: of each subject that it looks at the words or minutes, or an interval of numbers.

    `difficulty` has an interval for each word of complexity that it touches; `numbers` has every other number.
    """

    words: Mapping[Subject, frozenset[Any]]
    difficulty: Mapping[str, Interval]
    numbers: Mapping[Subject, Interval]

    @property
    def empty(self) -> bool:
        """Whether nothing passes."""
        return not self.difficulty or bool(self.no_number)

    @property
    def no_number(self) -> tuple[Subject, ...]:
        """The numbers, beside the difficulty, none of which pass."""
        return tuple(subject for subject, (least, most) in self.numbers.items() if least > most)

    @property
    def difficulties(self) -> Interval:
        """The least and the greatest difficulty that pass; only where something does."""
        return min(least for least, _ in self.difficulty.values()), max(most for _, most in self.difficulty.values())


def extent(when: Condition) -> Extent:
    """What a condition lets pass."""
    words: dict[Subject, frozenset[Any]] = {}
    levels, wanted, numbers = set(_LEVELS), (-HARDEST, HARDEST), {**_ANY_NUMBER}
    for test in when.tests:
        if isinstance(test, During):
            words[test.subject] = _minutes(test)
        elif isinstance(test, Between):
            if test.subject == "difficulty":
                wanted = _both(wanted, (test.least, test.most))
            else:
                numbers[test.subject] = _both(numbers[test.subject], _possible(test))
        elif test.subject == "complexity":
            levels = {*test.words}
        else:
            words[test.subject] = test.words
    difficulty = {level: _both(_LEVELS[level], wanted) for level in _LEVELS if level in levels}
    return Extent(words, {level: each for level, each in difficulty.items() if each[0] <= each[1]}, numbers)


EVERYTHING = Extent({}, _LEVELS, _ANY_NUMBER)


def always(one: Extent) -> bool:
    """Whether every request passes."""
    return within(EVERYTHING, one)


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
        and all(_inside(inner.numbers[subject], each) for subject, each in outer.numbers.items())
    )


def meet(extents: Iterable[Extent], unless: frozenset[Subject] = frozenset()) -> bool:
    """Whether one request can pass them all; the subjects of `unless` are not looked at."""
    found = reduce(_overlap, extents, EVERYTHING)
    words = all(found.words[subject] for subject in found.words if subject not in unless | _SEVERAL)
    return words and not found.empty


def _overlap(one: Extent, other: Extent) -> Extent:
    both = {
        level: _both(one.difficulty[level], other.difficulty[level])
        for level in one.difficulty
        if level in other.difficulty
    }
    return Extent(
        {**other.words, **{subject: words & other.words.get(subject, words) for subject, words in one.words.items()}},
        {level: each for level, each in both.items() if each[0] <= each[1]},
        {subject: _both(each, other.numbers[subject]) for subject, each in one.numbers.items()},
    )


def _minutes(test: During) -> frozenset[int]:
    if test.start <= test.end:
        return frozenset(range(test.start, test.end))
    return frozenset([*range(test.start, _DAY), *range(test.end)])


def _both(one: Interval, other: Interval) -> Interval:
    return max(one[0], other[0]), min(one[1], other[1])


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
