"""Facts that no policy knows yet: those of later versions of the rows, and numbers that may be unknown."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import DAY, ask, features

from router.decision.conditions import facts_of, holds
from router.ledger.packed_request import NONE, SPELLED, number_of
from router.policy.lint import condition_ranges, rule_checks
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.request_columns import Coded, gathered, later_column, value_at
from router.types import FACT, Between, Condition, Fact, Situation
from unit.policy_samples import HEAD, expect

LATER = SPELLED + 1
# By the fact, whose record says what older rows have: the values of three requests, and that.
CASES: dict[str, tuple[Fact, list[Any], Any]] = {
    "word": (replace(FACT["team"], since=LATER), ["red", None, "blue"], None),
    "words": (replace(FACT["tags"], since=LATER), [("a", "b"), (), ("a",)], ()),
    "number": (replace(FACT["team"], kind="number", since=LATER), [0.5, None, -3.0], None),
    "count": (replace(FACT["team"], kind="count", since=LATER), [7, None, 2**60], None),
    "time": (replace(FACT["time"], since=LATER), [540, 0, 1439], 720),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_fact_of_a_later_version_is_kept_and_what_older_rows_lack_is_usual(kind: str) -> None:
    fact, known, usual = CASES[kind]
    words: dict[str, int] = {}
    numbers = np.array([number_of(fact, value, lambda word: words.setdefault(word, len(words))) for value in known])
    column = later_column(fact, numbers, np.array([LATER] * 3, np.uint8), list(words))
    kept = [value_at(fact, column, row) for row in range(3)]
    assert kept == [min(value, 2**53) if kind == "count" and value else value for value in known]
    assert [type(value) for value in kept] == [type(value) for value in known]
    older = later_column(fact, numbers, np.array([LATER, SPELLED, SPELLED], np.uint8), list(words))
    assert [value_at(fact, older, row) for row in range(3)] == [kept[0], usual, usual]


def test_what_is_not_known_is_no_word_and_no_number() -> None:
    assert [number_of(CASES[kind][0], None, len) for kind in ("word", "words")] == [NONE, NONE]
    assert math.isnan(number_of(CASES["number"][0], None, len))


def test_facts_of_later_versions_are_columns_like_others() -> None:
    columns = replace(
        gathered(("", features(), ask(), Situation(DAY)) for _ in range(2)),
        later={"temperature": np.array([0.5, 1.0]), "project": Coded(np.array([1, 0], np.int32), ("a", "b"))},
    )
    part = columns.take(np.array([1]))
    assert (part.column("temperature").tolist(), part.column("project").at(0)) == ([1.0], "a")
    assert columns.column("minute") is columns.minute
    assert Facts(columns, Lookups(columns), slice(0, 1)).codes("project").tolist() == [1]


@pytest.mark.parametrize("unknown", [False, True])
def test_a_number_that_is_not_known_is_unknown_to_a_replay_too(monkeypatch: pytest.MonkeyPatch, unknown: bool) -> None:
    monkeypatch.setitem(FACT, "difficulty", replace(FACT["difficulty"], may_be_unknown=True))  # type: ignore[arg-type]
    when = Condition((Between("difficulty", 0.0, math.inf),))
    known: list[Any] = [0.5, -0.5, None]
    rest = (ask(), Situation(DAY))
    held = [holds(when, facts_of(features(difficulty=value), *rest), unknown=unknown) for value in known]
    columns = gathered(("", features(), *rest) for _ in known)
    columns = replace(columns, difficulty=np.array(known, np.float64))
    assert Facts(columns, Lookups(columns), slice(0, 3)).holds(when, unknown=unknown).tolist() == held
    assert held == [True, False, unknown]


@pytest.fixture
def unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the length of the input might be unknown."""
    for module in (condition_ranges, rule_checks):
        monkeypatch.setattr(module, "UNSURE", condition_ranges.UNSURE | {"input_tokens"})


def guard(when: str) -> str:
    return f"guards:\n  - {{name: g, because: x, never: {{owner: Ada}}, when: {when}}}\n{HEAD}"


@pytest.mark.usefixtures("unsure")
def test_a_guard_applies_where_a_number_is_unknown_whatever_it_is_compared_with() -> None:
    expect(guard('{input_tokens: "> 3 and < 4"}'))
    expect(guard('{complexity: low, §difficulty: ">= 1"}'), "guard-never-applies")


def test_a_guard_that_no_number_passes_never_applies() -> None:
    expect(guard('{§input_tokens: "> 3 and < 4"}'), "guard-never-applies")


@pytest.mark.usefixtures("unsure")
def test_no_comparison_of_what_may_be_unknown_always_holds() -> None:
    here = condition_ranges.extent(Condition((Between("input_tokens", 0, math.inf),)))
    assert not condition_ranges.always(here)
    assert condition_ranges.within(here, here)


def test_a_comparison_that_every_number_passes_always_holds() -> None:
    assert condition_ranges.always(condition_ranges.extent(Condition((Between("input_tokens", 0, math.inf),))))
