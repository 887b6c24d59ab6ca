"""The most that a call may cost is held before it: with the limit that its backend gets, and no other."""

from decimal import Decimal
from typing import Any

import pytest
from builders import DAY, SITUATION, ask, config, exchange, features, model, policy, price

from router.decision.decide import decide
from router.ledger.budget_store import Accounts
from router.serving.budget_holds import BudgetHolds
from router.types import Budget, Model, Parameters, Target

BUDGET = Budget(name="b", home="plain", of=Target(), limit=Decimal(10**9), unit="USD", per="day", because="a test")


async def held(row: Model, **read: Any) -> Decimal:
    rows = config(row, policies={"plain": policy(budgets=(BUDGET,))}, prices={row.id: (price("0", "1"),)})
    seen, wish = features(**read), ask()
    accounts = Accounts()
    holds = BudgetHolds(exchange(decide(seen, wish, SITUATION, rows), seen, wish), rows, accounts, 5.0)
    try:
        assert await holds.hold(row)
        (statement,) = accounts.statements()
        return statement.held
    finally:
        accounts.close()


@pytest.mark.parametrize(
    ("drops", "limit", "choices", "worst"),
    [
        ((), 0, 1, 1_000),
        ((), 20, 3, 60),
        ((), 5_000, 1, 1_000),
        (("max_tokens",), 20, 1, 20),
        (("max_tokens", "max_completion_tokens"), 20, 1, 1_000),
    ],
)
def test_it_is_the_limit_that_is_sent(drops: tuple[str, ...], limit: int, choices: int, worst: int) -> None:
    import asyncio

    row = model(parameters=Parameters("a test", DAY, drops=drops))
    assert asyncio.run(held(row, output_limit=limit, choices=choices)) == worst
