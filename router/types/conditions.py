"""When something applies: tests on what is known of a request, all of which must hold; and the table of what that is.

Invariant: nothing here is Turing-complete, and a subject that is unknown at run time passes no test: what follows
from that is for the rule (it does not apply) or the guard (it does) to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from router.types.catalog import TASKS

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
Kind = Literal["word", "words", "level", "number", "count", "time"]
Source = Literal["features", "caller", "situation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something known of a request that conditions may look at, under the name of its key in a file.

    A fact of the kind `words` is several words at once, a `level` is a word for the difficulty, a `count` is a whole
    number from 0. `field` is its name in the record that it comes from, `every` holds all its words where no others can
    come. `help` says what a condition compares, `given` what a policy's test states; `verb` is how it is described.
    """

    name: Subject
    kind: Kind
    source: Source
    field: str
    help: str
    given: str = ""
    verb: str = ""
    every: tuple[str, ...] = ()
    may_be_unknown: bool = False


FACTS: tuple[Fact, ...] = (
    Fact(
        name="task",
        kind="word",
        source="features",
        field="task",
        help="The kind of work.",
        given="The kind of work, where there is no text.",
        every=TASKS,
    ),
    Fact(
        name="difficulty",
        kind="number",
        source="features",
        field="difficulty",
        help="A comparison of the difficulty, in logits.",
        given="The difficulty in logits; 0 is ordinary.",
    ),
    Fact(
        name="complexity",
        kind="level",
        source="features",
        field="difficulty",
        help="Difficulty in words: low is below -1, high from 1 on.",
        every=("low", "medium", "high"),
    ),
    Fact(
        name="language",
        kind="word",
        source="features",
        field="language",
        help="The language of the request, as the reader tells it: en, ko or other.",
        given="en, ko or other.",
    ),
    Fact(
        name="input_tokens",
        kind="count",
        source="features",
        field="input_tokens",
        help="A comparison of the length of the input.",
        given="The length of the input.",
    ),
    Fact(
        name="needs",
        kind="words",
        source="features",
        field="needs",
        help="What the model must be able to do.",
        given="What the model must be able to do.",
        verb="needs",
    ),
    Fact(
        name="residency",
        kind="word",
        source="caller",
        field="residency",
        help="Where the caller's data must stay.",
        given="Where the caller's data must stay; not known unless said.",
        may_be_unknown=True,
    ),
    Fact(
        name="key",
        kind="word",
        source="caller",
        field="key",
        help="The id of the caller's API key, as receipts tell it.",
        given="The id of the caller's API key.",
        may_be_unknown=True,
    ),
    Fact(
        name="team",
        kind="word",
        source="caller",
        field="team",
        help="The caller's team.",
        given="The caller's team.",
        may_be_unknown=True,
    ),
    Fact(
        name="tags",
        kind="words",
        source="caller",
        field="tags",
        help="Words that the caller says of itself.",
        given="Words that the caller says of itself.",
        verb="tags include",
    ),
    Fact(
        name="time",
        kind="time",
        source="situation",
        field="minute",
        help="A stretch of the day in the file's timezone; its end is not part of it.",
        given="The time of day; noon unless said.",
    ),
)
FACT: Mapping[Subject, Fact] = {fact.name: fact for fact in FACTS}


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
