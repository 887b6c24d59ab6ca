"""A soak in small: a mixed load loses no receipt and passes no budget; and what is lost or passed is counted."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from router.bench.http.endurance.mixed_soak import BUDGETS, budgets_passed, lost, measured


@pytest.mark.skipif(sys.platform == "win32", reason="ps")
def test_a_mixed_load_loses_nothing_and_passes_no_budget() -> None:
    soaked, seen = measured(3.0, 0.1, 0.002, 3)
    assert soaked.receipts == len(seen.receipts) > 0
    assert (soaked.lost, soaked.budgets_passed, soaked.steady_failed) == (0, 0, 0)
    assert soaked.steady_answers > 0
    kinds = {end.partition(":")[0] for end in seen.ends}
    assert {"short", "8 KB", "stream", "vanishing", "slow", "steady", "counted", "paid"} <= kinds


def test_receipts_that_are_not_there_are_counted(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger")) as database:
        database.execute("CREATE TABLE receipts (id TEXT)")
        database.execute("INSERT INTO receipts VALUES ('a')")
        database.commit()
    assert lost(tmp_path / "ledger", ["a", "b", "c"]) == 2


@pytest.mark.parametrize(("more", "count"), [(0, 0), (1, 1)])
def test_a_budget_may_be_passed_by_one_request_and_no_more(tmp_path: Path, more: int, count: int) -> None:
    _, limit, largest = BUDGETS["paid"]
    with closing(sqlite3.connect(tmp_path / "accounts")) as database:
        database.execute("CREATE TABLE accounts (budget TEXT, spent TEXT)")
        database.execute("INSERT INTO accounts VALUES ('paid/paid', ?)", (str(limit + largest + more),))
        database.execute("INSERT INTO accounts VALUES ('counted/counted', '100')")
        database.commit()
    assert budgets_passed(tmp_path / "accounts") == count
