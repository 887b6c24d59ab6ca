"""What is known of a request when it is decided: the records that hold it, and the table of what conditions look at.

Invariant: whatever follows from a fact is made from its row of the table: its key under `when` and in a policy's test,
the header and the key of a body by which a caller says it, its place in the row that replays read.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeVar, get_args

from router.types.catalog import CAPABILITIES, TASKS, Capability, Task
from router.types.records.quick_records import quick

C = TypeVar("C", bound=type)
Complexity = Literal["low", "medium", "high"]
Stakes = Literal["ordinary", "high"]
Subject = Literal[
    "task",
    "difficulty",
    "complexity",
    "language",
    "input_tokens",
    "max_output",
    "output_tokens",
    "stakes",
    "needs",
    "residency",
    "key",
    "team",
    "tags",
    "time",
    "days",
    "date",
    "model",
    "asked",
    "temperature",
    "effort",
    "says",
    "measured",
]
Kind = Literal["word", "words", "level", "number", "count", "time", "date"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
Source = Literal["features", "ask", "caller", "situation"]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """All that the decision knows of the request. Tokens are in the reference encoding.

    `input_tokens_error` is 0 where the count is exact, else the relative error that the estimate states.
    `output_limit` is the client's, or 0 for none. `attached_tokens` are the part of the input that is estimated for
    files, sound and video. `stakes` are what a wrong answer may cost a person. `temperature` and `effort` of reasoning
    are the client's, where it says any. `says` are the names of the configuration's phrases that stand in it.
    """

    task: Task
    task_probability: float
    difficulty: float
    difficulty_error: float
    language: str
    input_tokens: int
    input_tokens_error: float
    output_tokens: int
    output_limit: int
    choices: int
    needs: tuple[Capability, ...]
    traits: tuple[float, ...] = ()
    attached_tokens: int = 0
    stakes: Stakes = "ordinary"
    temperature: float | None = None
    effort: str | None = None
    says: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as that is known: what guards, rules and budgets may look at beside the words."""

    key: str | None = None
    team: str | None = None
    residency: str | None = None
    tags: tuple[str, ...] = ()


NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class Warm:
    """What a model has cached of a request's beginning, in tokens of the reference encoding."""

    model: str
    tokens: int


@quick
@dataclass(frozen=True, slots=True)
class Situation:
    """The state of the world that a decision depends on.

    The day is for prices; `minute` is the time of day in the configuration's timezone, from midnight. `unhealthy`
    names the models that are down, `spent` the budgets at their limit: `home/name`, with `@model` where each model
    has an account. `warm` tells what models have cached of this request. `calendar_day` is the ordinal of the day in
    that timezone, which conditions look at; 0 where it is not another. `measured` says how models did in the last
    minutes, where a policy asks for it.
    """

    day: date
    unhealthy: tuple[str, ...] = ()
    minute: int = 720
    spent: tuple[str, ...] = ()
    warm: tuple[Warm, ...] = ()
    calendar_day: int = 0
    measured: tuple[str, ...] = ()

    @property
    def moment(self) -> int:
        """Minutes of the calendar in the configuration's timezone, from the first midnight of the first year on."""
        return (self.calendar_day or self.day.toordinal()) * MINUTES_A_DAY + self.minute

    @property
    def weekday(self) -> str:
        """The day of the week in that timezone."""
        return WEEKDAYS[(self.moment // MINUTES_A_DAY - 1) % 7]

    @property
    def cached(self) -> dict[str, int]:
        """The tokens that each model has cached, for those that have any."""
        return {warm.model: warm.tokens for warm in self.warm}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something known of a request, under the name of its key in a file.

    A fact of the kind `words` is several words at once, a `level` is a word for a number, a `date` is looked at with
    the time of day, and a condition writes it as `from` and `until`, a `count` is a whole number
    from 0, a `number` lies between `least` and `most`. `every` holds all its words where no others can come.
    `stored_as` is its name in its record, where that is another.

    `help` says what a condition compares: without it, none looks at it. `given` says what a policy's test states:
    without it, none does. `verb` is how a condition is described. A fact that may be unknown is None then. The
    words of one that `is_model` name models as lists of models do, and None is no model. The
    words of one that is `folded` are compared in one spelling: without case, width and spaces around them. `since` is
    the version of the ledger's rows that first has it, a version for each: rows that are written never change. What an
    older row lacks is what its record has by default.
    """

    name: Subject
    kind: Kind
    source: Source
    stored_as: str = ""
    help: str = ""
    given: str = ""
    verb: str = ""
    every: tuple[str, ...] = ()
    least: float = 0
    most: float = math.inf
    may_be_unknown: bool = False
    folded: bool = False
    is_model: bool = False
    since: int = 1

    @property
    def field(self) -> str:
        """Its name in its record."""
        return self.stored_as or self.name

    def word(self, free: Any) -> Any:
        """The type of one of its words: one of those that there are, else the type `free`."""
        any_of: Any = Literal
        return any_of[self.every] if self.every else free


KNOWN: tuple[Fact, ...] = (
    Fact(
        name="task",
        kind="word",
        source="features",
        help="The kind of work.",
        given="The kind of work, where there is no text.",
        every=TASKS,
    ),
    Fact(
        name="difficulty",
        kind="number",
        source="features",
        help="A comparison of the difficulty, in logits.",
        given="The difficulty in logits; 0 is ordinary.",
        least=-20,
        most=20,
    ),
    Fact(
        name="complexity",
        kind="level",
        source="features",
        stored_as="difficulty",
        help="Difficulty in words: low is below -1, high from 1 on.",
        every=("low", "medium", "high"),
    ),
    Fact(
        name="language",
        kind="word",
        source="features",
        help="The language of the request, as the reader tells it: en, ko, ja, zh, es, de, fr, pt or other.",
        given="en, ko, ja, zh, es, de, fr, pt or other.",
    ),
    Fact(
        name="input_tokens",
        kind="count",
        source="features",
        help="A comparison of the length of the input.",
        given="The length of the input.",
    ),
    Fact(
        name="max_output",
        kind="count",
        source="features",
        stored_as="output_limit",
        help="A comparison of the most output tokens that the client allows; 0 where it says none.",
        given="The most output tokens that the client allows; none unless said.",
    ),
    Fact(name="output_tokens", kind="count", source="features", given="The expected length of the answer."),
    Fact(
        name="stakes",
        kind="word",
        source="features",
        help="What a wrong answer may cost a person: high where it may be health, liberty, a home, money or a child.",
        given="What a wrong answer may cost a person; ordinary unless said.",
        every=get_args(Stakes),
        since=4,
    ),
    Fact(
        name="needs",
        kind="words",
        source="features",
        help="What the model must be able to do.",
        given="What the model must be able to do.",
        verb="needs",
        every=CAPABILITIES,
    ),
    Fact(
        name="residency",
        kind="word",
        source="caller",
        help="Where the caller's data must stay.",
        given="Where the caller's data must stay; not known unless said.",
        may_be_unknown=True,
        folded=True,
    ),
    Fact(
        name="key",
        kind="word",
        source="caller",
        help="The id of the caller's API key, as receipts tell it.",
        given="The id of the caller's API key.",
        may_be_unknown=True,
    ),
    Fact(
        name="team",
        kind="word",
        source="caller",
        help="The caller's team.",
        given="The caller's team.",
        may_be_unknown=True,
        folded=True,
    ),
    Fact(
        name="tags",
        kind="words",
        source="caller",
        help="Words that the caller says of itself.",
        given="Words that the caller says of itself.",
        verb="tags include",
        folded=True,
    ),
    Fact(
        name="time",
        kind="time",
        source="situation",
        stored_as="minute",
        help="A stretch of the day in the file's timezone; its end is not part of it.",
        given="The time of day; noon unless said.",
    ),
    Fact(
        name="days",
        kind="level",
        source="situation",
        stored_as="calendar_day",
        help="The day of the week in the file's timezone.",
        every=WEEKDAYS,
    ),
    Fact(
        name="date",
        kind="date",
        source="situation",
        stored_as="calendar_day",
        help="A day, or a moment of one, in the file's timezone.",
        given="The day, such as 2026-12-04; that of the test's run unless said.",
        since=5,
    ),
    Fact(
        name="model",
        kind="word",
        source="ask",
        stored_as="asked",
        help="The name that the client asks for: of a model, a policy or an alias, as the client writes it.",
        given="The model that the client asks for by name.",
    ),
    Fact(
        name="asked",
        kind="word",
        source="ask",
        stored_as="model",
        help="The model that the client names, whatever it calls it: globs on its id, family or owner, or label:NAME. "
        "Nobody's where it names a policy.",
        is_model=True,
    ),
    Fact(
        name="temperature",
        kind="number",
        source="features",
        help="A comparison of the temperature that the client asks for.",
        given="The temperature that the client asks for; none unless said.",
        most=2,
        may_be_unknown=True,
        since=6,
    ),
    Fact(
        name="effort",
        kind="word",
        source="features",
        help="The effort of reasoning that the client asks for: minimal, low, medium, high.",
        given="The effort of reasoning that the client asks for; none unless said.",
        may_be_unknown=True,
        since=7,
    ),
    Fact(
        name="says",
        kind="words",
        source="features",
        help="Which of the `phrases` at the head of the file stand in the request, by their names.",
        given="Which of the `phrases` stand in it, by their names; of a `text` that is looked up.",
        verb="says",
        since=8,
    ),
    Fact(
        name="measured",
        kind="words",
        source="situation",
        given="What was measured of models: `gpt-5 p95=3s`, or `gpt-5 ill=10min` for ill ten minutes ago.",
        since=9,
    ),
)
# What conditions look at, what a policy's test may state, and what callers say of themselves: but the key, which
# follows from the secret that came with the request.
FACTS = tuple(fact for fact in KNOWN if fact.help)
STATED = tuple(fact for fact in KNOWN if fact.given)
SAID = tuple(fact for fact in FACTS if fact.source == "caller" and fact.name != "key")
FACT: Mapping[Subject, Fact] = {fact.name: fact for fact in FACTS}


def with_facts(facts: Iterable[Fact], field_of: Callable[[Fact], tuple[Any, Any]], after: str = "") -> Callable[[C], C]:
    """Give a class, before it becomes a dataclass, a field for each fact that it does not spell out itself.

    `field_of` gives the field's type and default. The fields stand behind the one called `after`, else last.
    """

    def extended(made: C) -> C:
        own: dict[str, Any] = dict(made.__annotations__)
        made_of = {fact.name: field_of(fact) for fact in facts if fact.name not in own}
        place = list(own).index(after) + 1 if after else len(own)
        types = {name: kind for name, (kind, _) in made_of.items()}
        made.__annotations__ = dict([*list(own.items())[:place], *types.items(), *list(own.items())[place:]])
        for name, (_, default) in made_of.items():
            setattr(made, name, default)
        return made

    return extended
