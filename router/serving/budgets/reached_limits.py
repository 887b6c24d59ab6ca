"""Says in the log, once for each account and period, that a budget is at its limit, and counts what was decided then.

Invariant: a line names the budget and whose account it is as receipts do, and never a word of a prompt.
"""

import logging
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from router.decision.budgets import Account
from router.types import Budget

# Accounts that have been told of: beyond so many they are forgotten, and may be told of once more.
MOST_TOLD = 50_000
log = logging.getLogger("fungible")


class Reached(NamedTuple):
    """A budget, or a step of one, with the accounts of a request that are at its limit."""

    budget: Budget
    accounts: tuple[Account, ...]


class ReachedLimits:
    """The budgets that requests of this server found at their limit; `counts` has how many did, by the budget's id."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._told: set[tuple[str, Account]] = set()

    def observe(self, reached: Collection[Reached]) -> None:
        """A request came while these were at their limit."""
        for name in {budget.id for budget, _ in reached}:
            self.counts[name] += 1
        for budget, accounts in reached:
            for account in accounts:
                self._tell(budget, account)

    def _tell(self, budget: Budget, account: Account) -> None:
        if (budget.id, account) in self._told:
            return
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told.add((budget.id, account))
        whose = "" if account.holder == "*" else f" for {budget.each} {account.holder}"
        log.warning("the budget %s is at its limit%s in %s", budget.id, whose, account.period)
