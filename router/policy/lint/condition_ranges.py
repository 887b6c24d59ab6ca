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
from router.types import TASKS, Between, Condition, During, Subject

Interval = tuple[float, float]
# Difficulty by its word, since two subjects look at one thing.
_LEVELS: Mapping[str, Interval] = {
    "low": (-HARDEST, math.nextafter(MEDIUM_FROM, -math.inf)),
    "medium": (MEDIUM_FROM, math.nextafter(HIGH_FROM, -math.inf)),
    "high": (HIGH_FROM, HARDEST),
}
_ANY_LENGTH: Interval = (0, math.inf)
_DAY = 24 * 60
_WHOLE: Mapping[Subject, frozenset[Any]] = {"task": frozenset(TASKS), "time": frozenset(range(_DAY))}
# A request may have several of these at once, and any of them may be what another condition asks for.
_SEVERAL: frozenset[Subject] = frozenset({"needs", "tags"})
# What may not be known of a caller: a guard that looks at it applies then, and a rule does not.
UNSURE: frozenset[Subject] = frozenset({"residency", "key", "team"})


@dataclass(frozen=True, slots=True)
class Extent:
    """What a condition lets pass: of each subject that it looks at the words or minutes, and two intervals.

    `difficulty` has an interval for each word of complexity that it touches.
    """

    words: Mapping[Subject, frozenset[Any]]
    difficulty: Mapping[str, Interval]
    length: Interval

    @property
    def empty(self) -> bool:
        """Whether nothing passes."""
        return not self.difficulty or self.length[0] > self.length[1]

    @property
    def difficulties(self) -> Interval:
        """The least and the greatest difficulty that pass; only where something does."""
        return min(least for least, _ in self.difficulty.values()), max(most for _, most in self.difficulty.values())


def extent(when: Condition) -> Extent:
    """What a condition lets pass."""
    words: dict[Subject, frozenset[Any]] = {}
    levels, wanted, length = set(_LEVELS), (-HARDEST, HARDEST), _ANY_LENGTH
    for test in when.tests:
        if isinstance(test, During):
            words[test.subject] = _minutes(test)
        elif isinstance(test, Between):
            if test.subject == "difficulty":
                wanted = _both(wanted, (test.least, test.most))
            else:
                length = _both(length, (_whole_up(test.least), _whole_down(test.most)))
        elif test.subject == "complexity":
            levels = {*test.words}
        else:
            words[test.subject] = test.words
    difficulty = {level: _both(_LEVELS[level], wanted) for level in _LEVELS if level in levels}
    return Extent(words, {level: each for level, each in difficulty.items() if each[0] <= each[1]}, length)


EVERYTHING = Extent({}, _LEVELS, _ANY_LENGTH)


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
        and _inside(inner.length, outer.length)
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
        _both(one.length, other.length),
    )


def _minutes(test: During) -> frozenset[int]:
    if test.start <= test.end:
        return frozenset(range(test.start, test.end))
    return frozenset([*range(test.start, _DAY), *range(test.end)])


def _both(one: Interval, other: Interval) -> Interval:
    return max(one[0], other[0]), min(one[1], other[1])


def _inside(inner: Interval, outer: Interval) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _whole_up(number: float) -> float:
    return number if math.isinf(number) else math.ceil(number)


def _whole_down(number: float) -> float:
    return number if math.isinf(number) else math.floor(number)
