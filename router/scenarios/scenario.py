"""What a scenario is: a start, traffic, dated events, settings with their sources, and what is measured.

Invariant: every number that somebody assumed stands beside its source and its status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MinLen

from router.config.scalars import Day
from router.ramps.commands import Word
from router.types import Consent, Task

FORBID = {"extra": "forbid"}
Text = Annotated[str, MinLen(1)]
Standing = Literal["fact", "claim", "measured", "published", "assumed"]
"""On what grounds a number stands: a report, somebody's word, our own measurement, a list, or nobody's."""
Amount = float | str
"""A number, or an expression that begins with `=`."""


@dataclass(frozen=True, slots=True)
class Both:
    """A text in both languages."""

    __pydantic_config__ = FORBID

    en: Text
    ko: Text

    def said(self, language: str) -> str:
        """The text in a language."""
        return self.ko if language == "ko" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A number that `--set` changes, within its ends; `unit` stands behind it."""

    __pydantic_config__ = FORBID

    title: Both
    value: float
    least: float
    most: float
    step: Annotated[float, Ge(0)] = 1.0
    unit: Both | None = None
    status: Standing
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AbilityChange:
    """A model becomes as able as another was at the start, or it itself, and so much more on the logit scale."""

    __pydantic_config__ = FORBID

    model: Text
    like: Text | None = None
    by: Amount = 0.0
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """A list price from this day on, in USD per million tokens."""

    __pydantic_config__ = FORBID

    model: Text
    input: Amount
    output: Amount


@dataclass(frozen=True, slots=True)
class RampOrder:
    """An order to a ramp."""

    __pydantic_config__ = FORBID

    ramp: Text
    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Askers:
    """Who asks for what: a part of the requests by weight, of these kinds of work, by weight again."""

    __pydantic_config__ = FORBID

    name: Text
    weight: Amount = 1.0
    ask: Text = "balanced"
    consent: Consent | None = None
    team: Text | None = None
    residency: Text | None = None
    tags: tuple[Text, ...] = ()
    tasks: Mapping[Task, Annotated[float, Ge(0)]] = field(default_factory=dict)
    easier_than: float | None = None


EVERYBODY = Askers(name="everybody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """So many requests in each step, of which cases, and by whom.

    `cases` are the shipped workload, or a file of such lines.
    """

    __pydantic_config__ = FORBID

    requests: Annotated[int, Ge(1), Le(5_000)] = 60
    cases: Text = "workload"
    askers: Annotated[tuple[Askers, ...], MinLen(1)] = (EVERYBODY,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happens on a day; with `each_step` again at every step, up to the day `until`.

    `change` holds parts of the configuration's files, as a person would edit them. What is `always` so belongs to the
    days without the story, too.
    """

    __pydantic_config__ = FORBID

    on: Day
    because: Both
    mark: Both | None = None
    each_step: bool = False
    until: Day | None = None
    when: str | None = None
    always: bool = False
    fact: Text | None = None
    change: Mapping[str, Any] = field(default_factory=dict)
    ability: tuple[AbilityChange, ...] = ()
    price: tuple[PriceChange, ...] = ()
    fails: tuple[Text, ...] = ()
    returns: tuple[Text, ...] = ()
    skill: Mapping[str, Mapping[Task, Amount]] = field(default_factory=dict)
    order: tuple[RampOrder, ...] = ()
    traffic: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One way in which the days may go: with other settings, other edits of the files, or without the events."""

    __pydantic_config__ = FORBID

    name: Annotated[str, MinLen(1)]
    title: Both
    set: Mapping[str, float] = field(default_factory=dict)
    change: Mapping[str, Any] = field(default_factory=dict)
    events: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Users, and the law by which they leave: an assumption, in words of the settings and of what was measured."""

    __pydantic_config__ = FORBID

    start: Amount
    pays: Amount
    requests: Amount
    leave: Amount
    rival: Text | None = None
    law: Both


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Who asks the endpoint from outside: so many calls in each step, references to a round, and its error."""

    __pydantic_config__ = FORBID

    calls: Amount
    references: Annotated[int, Ge(1), Le(8)] = 4
    alpha: Annotated[float, Ge(1e-6), Le(0.5)] = 0.05
    enrolled: bool = False
    original: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A measure in a picture, and of what; some courses of it alone, or all.

    A `formula` makes another figure of it: arithmetic over settings and `value`.
    """

    __pydantic_config__ = FORBID

    measure: Text
    of: str = ""
    formula: str | None = None
    title: Both | None = None
    courses: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Curves over time with a sentence that says what one must see."""

    __pydantic_config__ = FORBID

    title: Both
    note: Both | None = None
    lines: Annotated[tuple[Line, ...], MinLen(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A measure on one day as a function of a setting; nothing is called, only decided."""

    __pydantic_config__ = FORBID

    title: Both
    setting: Text
    values: Annotated[tuple[float, ...], MinLen(2)]
    on: Day
    lines: Annotated[tuple[Line, ...], MinLen(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure of one course: of its first or last step, of all of them, or of the step of a day."""

    __pydantic_config__ = FORBID

    title: Both
    measure: Text
    of: str = ""
    formula: str | None = None
    course: str = ""
    at: Literal["first", "last", "all"] = "last"
    day: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What is assumed beside the settings."""

    __pydantic_config__ = FORBID

    what: Both
    status: Standing
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A file of `seeds/scenarios/`. `row` is the articles' system that it plays; in `answer`, {1} is the first tile."""

    __pydantic_config__ = FORBID

    name: Text
    row: Text
    title: Both
    story: Both
    see: Both
    answer: Both
    facts: tuple[Text, ...] = ()
    begins: Day
    steps: Annotated[int, Ge(1), Le(400)]
    step_days: Annotated[float, Ge(0.04), Le(366)] = 30
    ticks: Annotated[int, Ge(1), Le(48)] = 1
    traffic: Traffic = Traffic()
    settings: Mapping[str, Setting] = field(default_factory=dict)
    start: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    courses: tuple[Course, ...] = ()
    population: Population | None = None
    auditor: Auditor | None = None
    assumed: tuple[Assumption, ...] = ()
    pictures: Annotated[tuple[Picture, ...], MinLen(1)]
    sweeps: tuple[Sweep, ...] = ()
    tiles: tuple[Tile, ...] = ()

    @property
    def ways(self) -> tuple[Course, ...]:
        """The courses: those that are written, or the days with and without the events."""
        return self.courses or DEFAULT_COURSES


DEFAULT_COURSES = (
    Course(name="with", title=Both("with the events", "사건이 있을 때")),
    Course(name="without", title=Both("the same days without them", "사건이 없을 때"), events=False),
)
