"""What is left of a period goes into the next: exactly, up to its cap, and no further."""

from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import ask, config, model, policy
from hypothesis import given, settings
from hypothesis import strategies as st

from router.config import load
from router.config.load import with_policies
from router.decision.budgets import Account, Draw, carried, limit_of, period
from router.errors import ConfigError
from router.ledger.budget_store import Accounts, Held, Refused
from router.policy.describe import describe
from router.policy.expand import spelled_out
from router.serving.budget_holds import at_limit
from router.types import Budget, Caller, Per, Relief, Target
from unit.ledger.leases.lease_house import House

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 30, 12, tzinfo=BERLIN)
LEASE = 60.0


def budget(per: Per = "day", limit: int = 100, most: int = 50, **changes: Any) -> Budget:
    said: dict[str, Any] = {"name": "b", "home": "*", "of": Target(), "unit": "requests", **changes}
    return Budget(limit=Decimal(limit), per=per, rollover=Decimal(most), **said)


def account(row: Budget, local: datetime, holder: str = "*") -> Account:
    return Account(row.book, holder, period(row.per, local))


def draw(row: Budget, local: datetime, worst: int = 1) -> Draw:
    own = account(row, local)
    return Draw(own, row.limit, Decimal(worst), (), carried(row, own, local))


@pytest.mark.parametrize(
    ("per", "local", "before"),
    [
        ("hour", datetime(2026, 3, 29, 3, 10, tzinfo=BERLIN), "2026-03-29T01+01:00"),
        ("hour", datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=BERLIN), "2026-10-25T02+02:00"),
        ("day", datetime(2026, 3, 30, 0, 10, tzinfo=BERLIN), "2026-03-29"),
        ("week", datetime(2027, 1, 4, 9, tzinfo=BERLIN), "2026-W53"),
        ("month", datetime(2026, 3, 31, 9, tzinfo=BERLIN), "2026-02"),
        ("month", datetime(2027, 1, 1, tzinfo=BERLIN), "2026-12"),
    ],
)
def test_the_period_before_is_that_of_the_calendar(per: Per, local: datetime, before: str) -> None:
    row = budget(per)
    over = carried(row, account(row, local), local)
    assert over is not None
    assert over.account.period == before


@pytest.mark.parametrize(("used", "left"), [(0, 50), (49, 50), (51, 49), (99, 1), (100, 0), (150, 0)])
def test_what_is_left_goes_over_up_to_the_cap(used: int, left: int) -> None:
    row = budget()
    own = account(row, NOON)
    before = account(row, NOON - timedelta(days=1))
    assert limit_of(row, own, NOON, {before: Decimal(used)}) == 100 + left
    # A step has its part of both.
    step = budget(limit=80, most=40, at=Decimal("0.8"), shared="b")
    assert limit_of(step, own, NOON, {before: Decimal(used)}) == (100 + left) * Decimal("0.8")


@settings(max_examples=40)
@given(st.lists(st.integers(0, 25), min_size=2, max_size=6), st.integers(0, 10))
def test_over_any_periods_no_more_is_spent_than_their_limits_and_one_cap(wished: list[int], most: int) -> None:
    row = budget(limit=10, most=most)
    spent: list[int] = []
    with closing(Accounts()) as books:
        for day, wish in enumerate(wished):
            local = NOON + timedelta(days=day)
            own, through = account(row, local), 0
            for _ in range(wish):
                held = books.hold([draw(row, local)], LEASE)
                if isinstance(held, Refused):
                    assert held.why == "spent"
                    break
                books.settle(held, {own: Decimal(1)})
                through += 1
            left = most if day == 0 else min(most, max(0, 10 - spent[-1]))
            assert through == min(wish, 10 + left)
            spent.append(through)
    for start in range(len(spent)):
        for end in range(start + 1, len(spent) + 1):
            assert sum(spent[start:end]) <= 10 * (end - start) + most


def test_a_call_that_began_before_counts_at_its_worst_until_it_ends() -> None:
    row, yesterday = budget(limit=10, most=10), NOON - timedelta(days=1)
    with closing(Accounts()) as books:
        running = books.hold([draw(row, yesterday, worst=6)], LEASE)
        assert isinstance(running, Held)
        own = account(row, NOON)
        for _ in range(14):
            held = books.hold([draw(row, NOON)], LEASE)
            assert isinstance(held, Held)
            books.settle(held, {own: Decimal(1)})
        assert books.hold([draw(row, NOON)], LEASE) == Refused(own, "held")
        books.settle(running, {account(row, yesterday): Decimal(2)})
        assert isinstance(books.hold([draw(row, NOON)], LEASE), Held)


def test_servers_that_lease_share_what_went_over() -> None:
    house, row = House(), budget(limit=10, most=5)
    yesterday, through = NOON - timedelta(days=1), 0
    for local, most in ((yesterday, 7), (NOON, 50)):
        own = account(row, local)
        for turn in range(most):
            server = house.servers[turn % 2]
            held = server.hold([draw(row, local)], LEASE)
            if isinstance(held, Held):
                server.settle(held, {own: Decimal(1)})
                through += local == NOON
            house.tick()
    # Three of the ten of yesterday were left.
    assert (through, house.total(account(row, NOON))) == (13, 13)
    # Where the store can't be asked, the database holds by the same rule.
    for shares in house.shares:
        shares.cut_off = True
    assert house.servers[0].hold([draw(row, NOON)], LEASE) == Refused(account(row, NOON), "spent")


def test_each_holder_has_its_own_and_a_budget_acts_where_both_are_used_up() -> None:
    row = budget(limit=10, most=5, home="plain", each="team", then=Relief(band=0.1))
    rows = config(model(), policies={"plain": policy(budgets=(row,))})
    with closing(Accounts()) as books:
        yesterday = account(row, NOON - timedelta(days=1), "a")
        books.settle(None, {yesterday: Decimal(8), account(row, NOON, "a"): Decimal(11)})
        books.settle(None, {account(row, NOON, "b"): Decimal(14)})

        def reached(team: str) -> bool:
            return bool(at_limit(ask(caller=Caller(team=team)), rows, NOON, books))

        assert not reached("a"), "two of yesterday are left, so twelve is the limit"
        assert not reached("b"), "nothing was spent yesterday, so fifteen is"
        books.settle(None, {account(row, NOON, "a"): Decimal(1), account(row, NOON, "b"): Decimal(1)})
        assert reached("a")
        assert reached("b")


def written(more: str, limit: str = "1 000 USD", per: str = "month") -> str:
    return (
        "default: p\npolicies:\n  p:\n    because: x\n    band: 0\n    budgets:\n"
        f"      - {{name: b, limit: {limit}, per: {per}, {more}}}\n"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("rollover: 50 %", "1000 USD per month, rolls over up to 500 USD, then deny"),
        ("rollover: 200 USD", "1000 USD per month, rolls over up to 200 USD, then deny"),
        (
            "rollover: 10%, steps: [{at: 80 %, then: warn}]",
            "80 % of 1000 USD per month, rolls over up to 100 USD, then warn",
        ),
    ],
)
def test_it_is_written_as_a_part_or_an_amount(more: str, said: str) -> None:
    made = with_policies(load(), written(more).encode())
    (row,) = made.policies["p"].budgets
    assert describe(row) == said
    assert with_policies(load(), spelled_out(made, ("p",)).encode()).policies["p"].budgets == (row,)


def test_a_part_of_requests_is_whole() -> None:
    (row,) = with_policies(load(), written("rollover: 50 %", "7 requests").encode()).policies["p"].budgets
    assert row.rollover == 3


@pytest.mark.parametrize(
    ("more", "limit", "per", "why"),
    [
        ("rollover: 150 %", "9 USD", "day", "at most 100 %"),
        ("rollover: 10 USD", "9 USD", "day", "more than the limit can't be left"),
        ("rollover: 10 requests", "9 USD", "day", "the budget counts USD, not requests"),
        ("rollover: 50 %", "9 USD", "30 days", "30 days roll, so that nothing is left at an end"),
        ("rollover: half", "9 USD", "day", 'write a limit such as "500 USD"'),
        ('rollover: "1,5 USD"', "9 USD", "day", "1.5"),
    ],
)
def test_what_can_not_go_over_says_why(more: str, limit: str, per: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_policies(load(), written(more, limit, per).encode())
    assert why in str(caught.value)
