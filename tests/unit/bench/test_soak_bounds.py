"""A soak fails past each of its bounds, and at none of them."""

from dataclasses import replace
from typing import Any

import pytest

from router.bench.http.endurance.soak_bounds import Soaked, broken, percentile, stall_s

KEPT = Soaked(
    stall_ms=50.0,
    machine_ms=0.0,
    early_mb=100.0,
    late_mb=125.0,
    steady_ms=50.0,
    steady_answers=10,
    steady_failed=0,
    receipts=30,
    lost=0,
    budgets_passed=0,
)


def test_at_its_bounds_a_soak_is_kept() -> None:
    assert broken(KEPT) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stall_ms": 50.1}, "the event loop was 50.1 ms late, more than 50"),
        ({"stall_ms": 60.0, "machine_ms": 60.0}, "the event loop was 60.0 ms late, more than 50"),
        ({"late_mb": 126.0}, "memory grew to 1.26 times what it was early, more than 1.25"),
        ({"steady_ms": 51.0}, "p99.9 of the steady client was 51.0 ms, more than 50"),
        ({"steady_answers": 0}, "the steady client had no answer"),
        ({"steady_failed": 2}, "2 requests of the steady client failed"),
        ({"lost": 1}, "1 of 30 receipts were lost"),
        ({"budgets_passed": 1}, "1 budgets were passed"),
    ],
)
def test_past_each_of_them_it_is_not(changes: dict[str, Any], words: str) -> None:
    assert broken(replace(KEPT, **changes)) == [words]


def test_where_memory_cannot_be_measured_it_has_not_grown() -> None:
    assert broken(replace(KEPT, early_mb=0.0, late_mb=0.0)) == []


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(1000, 0, -1)]
    assert percentile(values, 0.999) == 1000.0
    assert percentile(values, 0.5) == 501.0
    assert percentile([3.0], 0.999) == 3.0
    assert percentile([], 0.999) == 0.0


INFINITE = float("inf")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # Bounds, each with how many were no later.
        ({0.01: 9, 0.05: 9, INFINITE: 10}, 0.01),
        ({0.01: 9, 0.05: 10, INFINITE: 11}, 0.05),
        ({0.01: 9, 0.05: 10, INFINITE: 12}, 0.2),
        ({0.01: 5, 0.05: 5, INFINITE: 6}, 0.0),
    ],
)
def test_what_was_late_before_the_load_is_no_stall_of_it(after: dict[float, float], expected: float) -> None:
    before = {0.01: 5.0, 0.05: 5.0, INFINITE: 6.0}
    assert stall_s(0.2, before, after) == expected
