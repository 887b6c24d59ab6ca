"""When something applies: tests on what is known of a request, all of which must hold.

Invariant: nothing here is Turing-complete, and a subject that is unknown at run time passes no test: what follows
from that is for the rule (it does not apply) or the guard (it does) to say.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Complexity = Literal["low", "medium", "high"]
Subject = Literal[
    "task",
    "difficulty",
    "complexity",
    "language",
    "input_tokens",
    "needs",
    "residency",
    "key",
    "team",
    "tags",
    "time",
]


class OneOf(NamedTuple):
    """The subject is one of these words; of a subject with several words, at least one is."""

    subject: Subject
    words: frozenset[str]


class Between(NamedTuple):
    """The subject is a number from `least` to `most`, both included; an open end is the next number inside."""

    subject: Subject
    least: float
    most: float


class During(NamedTuple):
    """The time of day, in minutes from midnight, is from `start` up to `end`, which may lie after midnight."""

    subject: Subject
    start: int
    end: int


Test = OneOf | Between | During


@dataclass(frozen=True, slots=True)
class Condition:
    """What a guard, a rule or a ramp applies to; without a test it always holds."""

    tests: tuple[Test, ...] = ()


ALWAYS = Condition()
