"""What a kill loses is what was promised, over a disk that is slow; and the bench that measures it can fail."""

import random
import sys
from typing import Any

import pytest

from router.bench.http.crash import Disk, is_kept, kill_often


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("durability", ["refuse", "degrade"])
def test_a_kill_over_a_slow_disk_loses_no_more_than_was_promised(durability: Any) -> None:
    row = kill_often(durability, 1, random.Random(7), Disk(0.1, 0.3), lambda: None)
    assert row["acknowledged"] > 0
    assert is_kept(row), row


ROW: dict[str, Any] = {
    "lost": 9,
    "unsound": 0,
    "lost_within_ms": 400.0,
    "allowed_within_ms": 500.0,
    "oldest_lost_ms": 900.0,
    "allowed_oldest_ms": 1000.0,
}
NONE = {"allowed_within_ms": 0.0, "allowed_oldest_ms": 0.0}


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ({}, True),
        ({"lost_within_ms": 501.0}, False),
        ({"oldest_lost_ms": 1001.0}, False),
        ({"unsound": 1}, False),
        (NONE | {"lost": 0, "lost_within_ms": 0.0, "oldest_lost_ms": 0.0}, True),
        (NONE | {"lost": 1, "lost_within_ms": 0.0, "oldest_lost_ms": 0.0}, False),
    ],
)
def test_a_bound_that_is_passed_fails_the_bench(other: dict[str, Any], kept: bool) -> None:
    assert is_kept(ROW | other) == kept
