"""Many logged requests as columns of numpy, each a hundredth of the size of the values it stands for.

Invariant: `at()` gives a request back so that it decides as it did; nothing that a decision depends on is rounded.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from router.errors import ConfigError
from router.ledger.packed_request import (
    CODES,
    FIELDS,
    ID_IS_A_WORD,
    LATER,
    NONE,
    SEVERAL,
    SINCE,
    STATED,
    UNIT_IS_A_WORD,
    VERSION,
    pack,
    parted,
    permit_of,
    warm_of,
)
from router.types import Ask, Caller, Fact, Features, Permit, Situation, Source, Warm

T = TypeVar("T")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]
Rows = slice | NDArray[np.intp]
Logged = tuple[str, Features, Ask, Situation]

_NUMPY = {"B": "u1", "H": "<u2", "i": "<i4", "I": "<u4", "d": "<f8", "16s": "V16", "12s": "V12"}
_COUNTS = ("input_tokens", "output_tokens", "output_limit", "choices", "minute")
_ROW = [(name, _NUMPY[letter]) for name, letter in FIELDS]
_RECORDS: Mapping[Source, type] = {"features": Features, "ask": Ask, "caller": Caller, "situation": Situation}


@dataclass(frozen=True, slots=True)
class Coded(Generic[T]):
    """A column of few different things: for each request, the place of its value in `values`."""

    codes: Codes
    values: tuple[T, ...]

    def take(self, rows: Rows) -> "Coded[T]":
        """Some of the requests."""
        return Coded(self.codes[rows], self.values)

    def at(self, row: int) -> T:
        """The value of one request."""
        return self.values[int(self.codes[row])]


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of names, nearly all different: raw bytes, which are hexadecimal, or the code of a word."""

    raw: NDArray[np.void]
    is_word: Mask
    words: Sequence[str]

    def take(self, rows: Rows) -> "Labels":
        """Some of the requests."""
        return Labels(self.raw[rows], self.is_word[rows], self.words)

    def at(self, row: int) -> str:
        """The name of one request."""
        raw = self.raw[row].tobytes()
        return self.words[int.from_bytes(raw[:4], "little")] if self.is_word[row] else raw.hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Columns of equal length. Difficulty is in logits, sizes in tokens, `minute` from midnight.

    `traits` is requests x traits, with zeros where a request has fewer; an `output_limit` of 0 is none. `later` has the
    facts that not all versions of the rows have.
    """

    id: Labels
    unit: Labels
    task: Coded[str]
    language: Coded[str]
    asked: Coded[str]
    policy: Coded[str | None]
    model: Coded[str | None]
    consent: Coded[str]
    key: Coded[str | None]
    team: Coded[str | None]
    residency: Coded[str | None]
    tags: Coded[tuple[str, ...]]
    needs: Coded[tuple[str, ...]]
    unhealthy: Coded[tuple[str, ...]]
    spent: Coded[tuple[str, ...]]
    permit: Coded[Permit | None]
    warm: Coded[tuple[Warm, ...]]
    day: Coded[date]
    stated: Mask
    difficulty: Floats
    traits: Floats
    input_tokens: Ints
    output_tokens: Ints
    output_limit: Ints
    choices: Ints
    minute: Ints
    later: Mapping[str, "Coded[Any] | Floats"] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.difficulty)

    def take(self, rows: Rows) -> "Requests":
        """Some of the requests."""
        taken: dict[str, Any] = {
            each.name: _taken(getattr(self, each.name), rows) for each in fields(self) if each.name != "later"
        }
        return Requests(**taken, later={name: _taken(column, rows) for name, column in self.later.items()})

    def column(self, name: str) -> Any:
        """What a condition looks at."""
        return self.later[name] if name in self.later else getattr(self, name)

    def ordinals(self) -> NDArray[Any]:
        """The days of the calendar."""
        said: Any = self.later["calendar_day"]
        usual = np.array([day.toordinal() for day in self.day.values], np.float64)[self.day.codes]
        return np.where(said == 0, usual, said)

    def at(self, row: int) -> tuple[Features, Ask, Situation]:
        """One request as decide() takes it; raises KeyError for one whose policy is not known."""
        policy = self.policy.at(row)
        if policy is None:
            raise KeyError(self.asked.at(row))
        who = (self.key.at(row), self.team.at(row), self.residency.at(row), self.tags.at(row))
        caller = Caller(*who, **self._later("caller", row))
        consent: Any = self.consent.at(row)
        stated = bool(self.stated[row])
        named, unit, permit = self.model.at(row), self.unit.at(row), self.permit.at(row)
        ask = Ask(
            asked=self.asked.at(row),
            policy=policy,
            model=named,
            consent=consent,
            unit=unit,
            caller=caller,
            stated=stated,
            permit=permit,
            **self._later("ask", row),
        )
        minute, warm = int(self.minute[row]), self.warm.at(row)
        more = self._later("situation", row)
        situation = Situation(self.day.at(row), self.unhealthy.at(row), minute, self.spent.at(row), warm, **more)
        return self._features(row), ask, situation

    def _features(self, row: int) -> Features:
        words: Any = (self.task.at(row), self.language.at(row), self.needs.at(row))
        return Features(
            task=words[0],
            task_probability=1.0,
            difficulty=float(self.difficulty[row]),
            difficulty_error=0.0,
            language=words[1],
            input_tokens=int(self.input_tokens[row]),
            input_tokens_error=0.0,
            output_tokens=int(self.output_tokens[row]),
            output_limit=int(self.output_limit[row]),
            choices=int(self.choices[row]),
            needs=words[2],
            traits=tuple(self.traits[row].tolist()),
            **self._later("features", row),
        )

    def _later(self, source: Source, row: int) -> dict[str, Any]:
        return {fact.field: value_at(fact, self.later[fact.field], row) for fact in LATER if fact.source == source}


def gathered(logged: Iterable[Logged]) -> Requests:
    """The columns of some requests, each with its id."""
    words: dict[str, int] = {}
    rows = [pack(*request, lambda word: words.setdefault(word, len(words))) for request in logged]
    return unpack(rows, list(words))


def unpack(rows: Sequence[bytes], words: Sequence[str]) -> Requests:
    """The columns of packed rows, in their order; `words` by code. Raises ConfigError for rows of a later version."""
    table, traits = _table(rows)

    def coded(name: str, value: Callable[[str], Any] = str, none: Any = None) -> Coded[Any]:
        codes, distinct = dense(table[name])
        return Coded(codes, tuple(none if code < 0 else value(words[code]) for code in distinct))

    columns: dict[str, Any] = {name: coded(name) for name in CODES if name not in (*SEVERAL, *SINCE)}
    columns |= {name: coded(name, parted, ()) for name in SEVERAL}
    columns |= {"permit": coded("permit", permit_of), "warm": coded("warm", warm_of, ())}
    columns |= {name: table[name].astype(np.int64) for name in _COUNTS}
    return Requests(
        id=Labels(table["id"].copy(), table["marks"] & ID_IS_A_WORD > 0, words),
        unit=Labels(table["unit"].copy(), table["marks"] & UNIT_IS_A_WORD > 0, words),
        day=_days(table["day"]),
        stated=table["marks"] & STATED > 0,
        difficulty=table["difficulty"].astype(np.float64),
        traits=traits,
        later={fact.field: later_column(fact, table[fact.field], table["version"], words) for fact in LATER},
        **columns,
    )


def later_column(
    fact: Fact, numbers: NDArray[Any], versions: NDArray[Any], words: Sequence[str]
) -> "Coded[Any] | Floats":
    """A fact that not all versions of the rows have: where one lacks it, what its record has by default."""
    default = usual(fact)
    if fact.kind not in ("word", "words"):
        return np.where(versions < fact.since, np.nan if default is None else default, numbers)
    codes, distinct = dense(np.where(versions < fact.since, NONE, numbers))
    value: Callable[[str], Any] = parted if fact.kind == "words" else str
    return Coded(codes, tuple(default if code < 0 else value(words[code]) for code in distinct))


def value_at(fact: Fact, column: "Coded[Any] | Floats", row: int) -> Any:
    """Such a fact of one request; None where it is not known."""
    if isinstance(column, Coded):
        return column.at(row)
    number = float(column[row])
    return None if np.isnan(number) else number if fact.kind == "number" else int(number)


def usual(fact: Fact) -> Any:
    """What the record of a fact holds where nothing was said of it."""
    return next(each.default for each in fields(_RECORDS[fact.source]) if each.name == fact.field)


def dense(numbers: NDArray[Any]) -> tuple[Codes, list[int]]:
    """The same numbers counted from 0 without gaps, and what they were: a sort would take ten times as long."""
    if not len(numbers):
        return np.zeros(0, np.int32), []
    numbers = np.ascontiguousarray(numbers)
    low = int(numbers.min())
    offset = numbers - low
    present = np.zeros(int(numbers.max()) - low + 1, np.bool_)
    present[offset] = True
    places = np.cumsum(present, dtype=np.int32) - 1
    return places[offset].astype(np.int32), (np.flatnonzero(present) + low).tolist()


def absolute(rows: Rows) -> NDArray[np.intp]:
    """Rows as numbers."""
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def _taken(column: Any, rows: Rows) -> Any:
    return column[rows] if isinstance(column, np.ndarray) else column.take(rows)


def _days(ordinals: NDArray[Any]) -> Coded[date]:
    codes, distinct = dense(ordinals)
    return Coded(codes, tuple(date.fromordinal(day) for day in distinct))


def _table(rows: Sequence[bytes]) -> tuple[NDArray[np.void], Floats]:
    """The rows side by side, and their traits apart; rows of one length and version are read at once.

    Raises ConfigError for rows of a later version.
    """
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    versions = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    if later := int((versions > VERSION).sum()):
        raise ConfigError([f"the log holds {later:,} requests in a form that this version cannot read"])
    kinds = np.unique(np.stack((lengths, versions)), axis=1).T.tolist()
    if len(kinds) == 1:
        return _read(b"".join(rows), *kinds[0])
    most = max((_traits(*kind) for kind in kinds), default=0)
    table, traits = np.zeros(len(rows), np.dtype(_ROW)), np.zeros((len(rows), most))
    for size, version in kinds:
        places = np.flatnonzero((lengths == size) & (versions == version))
        joined = b"".join(rows[place] for place in places.tolist())
        table[places], traits[places, : _traits(size, version)] = _read(joined, size, version)
    return table, traits


def _row(version: int) -> list[tuple[str, str]]:
    """The fields of a row of that version."""
    return [field for field in _ROW if SINCE.get(field[0], 1) <= version]


def _traits(size: int, version: int) -> int:
    """How many traits follow in a row of this length and version."""
    return (size - np.dtype(_row(version)).itemsize) // 8


def _read(joined: bytes, size: int, version: int) -> tuple[NDArray[np.void], Floats]:
    """Rows of one length and version, in the shape of today: what was not known of yet was none."""
    fields_then = _row(version)
    read = np.frombuffer(joined, np.dtype([*fields_then, ("after", "<f8", (_traits(size, version),))]))
    traits = np.ascontiguousarray(read["after"])
    if len(fields_then) == len(_ROW):
        return read[[name for name, _ in _ROW]], traits
    table = np.full(len(read), NONE, np.dtype(_ROW))
    for name, _ in fields_then:
        table[name] = read[name]
    return table, traits
