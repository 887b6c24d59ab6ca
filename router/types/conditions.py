"""When something applies: tests on what is known of a request, all of which must hold.

Invariant: nothing here is Turing-complete, and a subject that is unknown at run time passes no test: what follows
from that is for the rule (it does not apply) or the guard (it does) to say.
"""

from dataclasses import dataclass
from typing import NamedTuple

from router.types.facts import Subject


class OneOf(NamedTuple):
    """The subject is one of these words; of a subject with several words, at least one is."""

    subject: Subject
    words: frozenset[str]


class Fits(NamedTuple):
    """The subject fits one of `some`, all of `every` and none of `no`; each may be a pattern, and a list empty."""

    subject: Subject
    some: tuple[str, ...] = ()
    every: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


class Between(NamedTuple):
    """The subject is a number from `least` to `most`, both included; an open end is the next number inside."""

    subject: Subject
    least: float
    most: float


class During(NamedTuple):
    """The time of day, in minutes from midnight, is from `start` up to `end`, which may lie after midnight.

    Or it is in one of `more` such stretches.
    """

    subject: Subject
    start: int
    end: int
    more: tuple[tuple[int, int], ...] = ()

    @property
    def stretches(self) -> tuple[tuple[int, int], ...]:
        """Each stretch with its start and its end."""
        return ((self.start, self.end), *self.more)


Test = OneOf | Fits | Between | During


@dataclass(frozen=True, slots=True)
class Condition:
    """What a guard, a rule or a ramp applies to; without a test it always holds."""

    tests: tuple[Test, ...] = ()


ALWAYS = Condition()
