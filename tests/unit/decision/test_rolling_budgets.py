"""Budgets whose period rolls: parts of the calendar, of which so many count together."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from builders import ask, config, model, policy
from hypothesis import given
from hypothesis import strategies as st

from router.decision.budgets import ROLLING, Account, Draw, accounts, earlier, period, period_end, seconds_left
from router.ledger.budget_store import Accounts, Held, Refused
from router.policy.lint.budget_checks import precedes
from router.serving.budget_holds import at_limit
from router.types import Budget, Per, Target

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 29, 12, 30, tzinfo=BERLIN)
ROW = model()


def rolling(per: Per, limit: int = 10) -> Budget:
    return Budget(name="b", home="plain", of=Target(), limit=Decimal(limit), unit="requests", per=per)


def window(budget: Budget, local: datetime) -> list[str]:
    (account,) = accounts(budget, ask(), ROW, local)
    return [account.period, *(part.period for part in earlier(budget, account, local))]


def test_a_window_is_the_part_that_is_now_and_those_before() -> None:
    assert window(rolling("7 days"), NOON) == [f"2026-11-{day}" for day in range(29, 21, -1)]
    assert window(rolling("24 hours"), NOON)[0] == "2026-11-29T12+01:00"
    assert window(rolling("24 hours"), NOON)[-1] == "2026-11-28T12+01:00"
    assert window(rolling("30 days"), NOON)[-1] == "2026-10-30"
    assert window(rolling("day"), NOON) == ["2026-11-29"]


@pytest.mark.parametrize(
    "moment", [datetime(2026, 10, 25, 12, tzinfo=BERLIN), datetime(2026, 3, 29, 12, tzinfo=BERLIN)]
)
def test_no_hour_is_left_out_where_clocks_change(moment: datetime) -> None:
    names = window(rolling("24 hours"), moment)
    assert len(set(names)) == 25
    starts = [datetime.fromisoformat(f"{name[:13]}:00{name[13:]}").astimezone(UTC) for name in names]
    assert {before - after for before, after in pairwise(starts)} == {timedelta(hours=1)}


@given(st.sampled_from(tuple(ROLLING)), st.integers(0, 40 * 24))
def test_what_was_spent_counts_for_the_whole_period_and_a_part_at_most(per: Per, hours: int) -> None:
    budget, spent_at = rolling(per), NOON.astimezone(UTC).replace(minute=0)
    now = spent_at + timedelta(hours=hours)
    length = {"24 hours": 24, "7 days": 7 * 24, "30 days": 30 * 24}[per]
    counted = period(per, spent_at) in window(budget, now)
    assert counted or hours > length
    assert not counted or hours <= length + (1 if per == "24 hours" else 24)


def test_a_part_ends_where_something_is_given_back() -> None:
    assert period_end("24 hours", NOON).hour == 13
    assert seconds_left("24 hours", NOON) == 1800
    assert period_end("7 days", NOON) == datetime(2026, 11, 30, tzinfo=BERLIN)


def test_what_was_spent_and_held_earlier_is_counted_before_a_call() -> None:
    now, before = Account("plain/b", "*", "2026-11-29"), Account("plain/b", "*", "2026-11-28")
    books = Accounts()
    try:
        books.settle(None, {before: Decimal(4)})
        held = books.hold([Draw(before, Decimal(10), Decimal(3))], 60)
        assert isinstance(held, Held)
        assert isinstance(books.hold([Draw(now, Decimal(8), Decimal(1), (before,))], 60), Held)
        assert books.hold([Draw(now, Decimal(7), Decimal(1), (before,))], 60) == Refused(now, "held")
        assert books.hold([Draw(now, Decimal(4), Decimal(1), (before,))], 60) == Refused(now, "spent")
        assert isinstance(books.hold([Draw(now, Decimal(4), Decimal(1))], 60), Held)
    finally:
        books.close()


def test_it_is_at_its_limit_by_the_whole_window() -> None:
    budget, books = rolling("7 days"), Accounts()
    rows = config(ROW, policies={"plain": policy(budgets=(budget,))})
    try:
        for days in (0, 3, 6):
            (account,) = accounts(budget, ask(), ROW, NOON - timedelta(days=days))
            books.settle(None, {account: Decimal(4)})
        assert list(at_limit(ask(), rows, NOON, books)) == ["plain/b"]
        assert list(at_limit(ask(), rows, NOON + timedelta(days=1), books)) == ["plain/b"]
        assert list(at_limit(ask(), rows, NOON + timedelta(days=2), books)) == []
    finally:
        books.close()


def test_lint_compares_only_what_rolls_alike() -> None:
    assert precedes(rolling("7 days", 5), rolling("7 days", 10))
    assert not precedes(rolling("7 days", 5), rolling("30 days", 10))
    assert not precedes(rolling("day", 5), rolling("30 days", 10))
