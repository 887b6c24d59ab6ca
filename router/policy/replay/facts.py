"""What conditions look at, for many requests at once.

Invariant: a test passes for exactly the requests for which `router.decision.conditions` says so: words are
looked up in a table that `passes()` itself made, once for each different word, and numbers are compared as it
compares them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.decision.conditions import HIGH_FROM, MEDIUM_FROM, passes
from router.policy.replay.request_columns import Coded, Mask, Requests, Rows, absolute
from router.types import FACT, Between, Condition, During, OneOf, Subject, Test

Table = NDArray[np.bool_]


class Lookups:
    """For each test of words, whether each different value passes it; made when it is first asked for."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self._tables: dict[tuple[OneOf, bool], Table] = {}

    def table(self, test: OneOf, *, unknown: bool) -> Table:
        """Whether each value of the test's column passes; `unknown` is the result for a value that is not known."""
        found = self._tables.get((test, unknown))
        if found is None:
            values = self.values(test.subject)
            passed = [unknown if value is None else passes(test, value) for value in values]
            found = self._tables[test, unknown] = np.array(passed, np.bool_)
        return found

    def values(self, subject: Subject) -> tuple[Any, ...]:
        """The different values of a subject that is a word or several."""
        fact = FACT[subject]
        if fact.kind == "level":
            return fact.every
        column: Coded[Any] = getattr(self.requests, fact.field)
        return column.values


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
        found: Mask | None = None
        for test in when.tests:
            passed = self.passed(test, unknown=unknown)
            found = passed if found is None else found & passed
        return np.ones(self.count, np.bool_) if found is None else found

    def passed(self, test: Test, *, unknown: bool) -> Mask:
        """Where one test passes."""
        if isinstance(test, OneOf):
            found: Mask = self.lookups.table(test, unknown=unknown)[self.coded(test.subject)]
            return found
        value = self.number(FACT[test.subject].field)
        if isinstance(test, Between):
            return (value >= test.least) & (value <= test.most)
        return _during(test, value)

    def codes(self, column: str) -> NDArray[np.intp]:
        """A column of words, by code: wide, since that is how numpy looks things up."""
        return self._kept(column, lambda: self._codes(column))

    def coded(self, subject: Subject) -> NDArray[np.intp]:
        """What a test of words looks at, by code."""
        fact = FACT[subject]
        return self._kept(subject, self._complexity) if fact.kind == "level" else self.codes(fact.field)

    def number(self, column: str) -> NDArray[Any]:
        """A column of numbers."""
        return self._kept(column, lambda: getattr(self.requests, column)[self.rows])

    def _codes(self, column: str) -> NDArray[np.intp]:
        coded: Coded[Any] = getattr(self.requests, column)
        return coded.codes[self.rows].astype(np.intp)

    def _complexity(self) -> NDArray[np.intp]:
        return np.searchsorted((MEDIUM_FROM, HIGH_FROM), self.number("difficulty"), side="right")

    def _kept(self, column: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        found = self._columns.get(column)
        if found is None:
            found = self._columns[column] = make()
        return found


def _during(test: During, minute: NDArray[Any]) -> Mask:
    if test.start <= test.end:
        return (minute >= test.start) & (minute < test.end)
    found: Mask = (minute >= test.start) | (minute < test.end)
    return found
