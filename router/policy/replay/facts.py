"""What conditions look at, for many requests at once.

Invariant: a test passes for exactly the requests for which `router.decision.conditions` says so: words are
looked up in a table that `passes()` itself made, once for each different word, and numbers are compared as it
compares them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.decision.budgets import user_of
from router.decision.conditions import HIGH_FROM, MEDIUM_FROM, NO_MODEL, passes
from router.decision.names.spelling import fold_all, fold_known
from router.decision.ramp_split import USER_PART
from router.policy.replay.request_columns import Coded, Mask, Requests, Rows, absolute
from router.types import FACT, MINUTES_A_DAY, Between, Condition, During, Fits, OneOf, Subject, Test

Table = NDArray[np.bool_]


class Lookups:
    """For each test of words, whether each different value passes it; made when it is first asked for.

    What clients say is one for all versions that decide their requests; which models they mean is each version's own.
    """

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self._tables: dict[tuple[OneOf | Fits, bool], Table] = {}
        self._about_models: dict[tuple[OneOf | Fits, bool], Table] = {}

    def under(self, requests: Requests) -> "Lookups":
        """The same for the same requests as another version understands them."""
        lookups = Lookups(requests)
        lookups._tables = self._tables
        return lookups

    def table(self, test: OneOf | Fits, *, unknown: bool) -> Table:
        """Whether each value of the test's column passes; `unknown` is the result for a value that is not known."""
        tables = self._about_models if FACT[test.subject].is_model else self._tables
        table = tables.get((test, unknown))
        if table is None:
            values = self.values(test.subject)
            passed = [unknown if value is None else passes(test, value) for value in values]
            table = tables[test, unknown] = np.array(passed, np.bool_)
        return table

    def values(self, subject: Subject) -> tuple[Any, ...]:
        """The different values of a subject that is a word or several."""
        fact = FACT[subject]
        if fact.kind == "level":
            return fact.every
        column: Coded[Any] = self.requests.column(fact.field)
        if fact.is_model:
            return tuple(NO_MODEL if value is None else value for value in column.values)
        return tuple(_spelt(value) for value in column.values) if fact.folded else column.values


def _spelt(value: Any) -> Any:
    """What is known, in the spelling in which words are compared."""
    return fold_all(value) if isinstance(value, tuple) else fold_known(value)


class Facts:
    """The facts of some of the requests: a chunk, or the part of a chunk that is asked for."""

    def __init__(self, requests: Requests, lookups: Lookups, rows: Rows) -> None:
        self.requests = requests
        self.lookups = lookups
        self.rows = rows
        self.count = len(requests.difficulty[rows])
        self._columns: dict[str, NDArray[Any]] = {}

    def part(self, rows: NDArray[np.intp]) -> "Facts":
        """The facts of some of these, counted from the first of them."""
        return Facts(self.requests, self.lookups, absolute(self.rows)[rows])

    def holds(self, when: Condition, *, unknown: bool = False) -> Mask:
        """Where every test passes; `unknown` is the result of a test on something that is not known."""
        mask: Mask | None = None
        for test in when.tests:
            passed = self.passed(test, unknown=unknown)
            mask = passed if mask is None else mask & passed
        return np.ones(self.count, np.bool_) if mask is None else mask

    def passed(self, test: Test, *, unknown: bool) -> Mask:
        """Where one test passes."""
        if isinstance(test, OneOf | Fits):
            mask: Mask = self.lookups.table(test, unknown=unknown)[self.coded(test.subject)]
            return mask
        value = self._moments() if test.subject == "date" else self.number(FACT[test.subject].field)
        passed = _between(test, value) if isinstance(test, Between) else _during(test, value)
        return passed | np.isnan(value) if unknown and FACT[test.subject].may_be_unknown else passed

    def codes(self, column: str) -> NDArray[np.intp]:
        """A column of words, by code: wide, since that is how numpy looks things up."""
        return self._kept(column, lambda: self._codes(column))

    def coded(self, subject: Subject) -> NDArray[np.intp]:
        """What a test of words looks at, by code."""
        fact = FACT[subject]
        if fact.kind == "level":
            return self._kept(subject, self._complexity if subject == "complexity" else self._weekdays)
        return self.codes(fact.field)

    def number(self, column: str) -> NDArray[Any]:
        """A column of numbers."""
        return self._kept(column, lambda: self.requests.column(column)[self.rows])

    def has_user(self) -> Mask:
        """Where the client named a user, as the unit of the request says."""
        return self._kept("user", self._has_user)

    def _has_user(self) -> Mask:
        units = self.requests.unit.take(self.rows)
        # Raw bytes are hexadecimal: a user is as many characters at the head, half of them.
        raw = units.raw.view("u1").reshape(self.count, -1)
        named: Mask = (raw[:, : USER_PART // 2] != raw[:, USER_PART // 2 :]).any(axis=1)
        for row in np.flatnonzero(units.is_word).tolist():
            named[row] = user_of(units.at(row)) is not None
        return named

    def _codes(self, column: str) -> NDArray[np.intp]:
        coded: Coded[Any] = self.requests.column(column)
        return coded.codes[self.rows].astype(np.intp)

    def _complexity(self) -> NDArray[np.intp]:
        return np.searchsorted((MEDIUM_FROM, HIGH_FROM), self.number("difficulty"), side="right")

    def ordinals(self) -> NDArray[Any]:
        """The days of the calendar."""
        return self._kept("ordinals", lambda: self.requests.ordinals()[self.rows])

    def _weekdays(self) -> NDArray[np.intp]:
        return ((self.ordinals() - 1) % 7).astype(np.intp)

    def _moments(self) -> NDArray[Any]:
        return self._kept("moment", lambda: self.ordinals() * MINUTES_A_DAY + self.number("minute"))

    def _kept(self, column: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        values = self._columns.get(column)
        if values is None:
            values = self._columns[column] = make()
        return values


def _between(test: Between, value: NDArray[Any]) -> Mask:
    # What is not known is no number, which is never between two.
    return (value >= test.least) & (value <= test.most)


def _during(test: During, minute: NDArray[Any]) -> Mask:
    mask: Mask = np.zeros(len(minute), np.bool_)
    for start, end in test.stretches:
        after, before = minute >= start, minute < end
        mask |= after & before if start <= end else after | before
    return mask
