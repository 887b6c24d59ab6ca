"""Budgets at work: which are at their limit, what a call may take, and what it took.

Invariant: every hop of a request, fallbacks too, is held before it is called and settled once, whatever its end.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from zoneinfo import ZoneInfo

from router.decision.budgets import Account, Draw, account, amount, counts, label, period_end
from router.decision.candidates import expected_input
from router.decision.receipt import Exchange
from router.errors import BudgetExceeded, ProviderError, Unreachable
from router.ledger.budget_store import Accounts, Held, Refused
from router.money import ZERO, cost, price_on
from router.types import Ask, Budget, Config, Model, Receipt

WAIT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.002, 0.05
# A hold outlives its request's deadline by this much, then lapses: its server has died.
GRACE_S = 60.0


def at_limit(
    ask: Ask, config: Config, local: datetime, accounts: Accounts, own: Sequence[Budget] = ()
) -> tuple[str, ...]:
    """The budgets that are used up for this caller, as a situation names them; `local` is now.

    They are the policy's, and the `own` ones of the caller's key.
    """
    models = [model.id for model in config.models]
    labels: dict[str, tuple[Budget, Account]] = {}
    for budget in (*config.policies[ask.policy].budgets, *own):
        for model in models if budget.each == "model" else models[:1]:
            if counts(budget, ask, model if budget.each == "model" else None):
                labels[label(budget, model)] = (budget, account(budget, ask, model, local))
    spent = accounts.spent(kept for _, kept in labels.values())
    return tuple(name for name, (budget, kept) in labels.items() if spent[kept] >= budget.limit)


def explain_wait(error: BudgetExceeded, ask: Ask, config: Config, local: datetime, spent: Sequence[str]) -> None:
    """Say when it is worth asking again: when the last of the budgets that are used up begins anew."""
    names = {name.split("@")[0] for name in spent}
    ends = [period_end(budget.per, local) for budget in config.policies[ask.policy].budgets if budget.id in names]
    if ends:
        error.retry_after = max(1, ceil((max(ends) - local).total_seconds()))


def refuse_spent(key: str, own: Sequence[Budget], local: datetime, spent: Sequence[str]) -> None:
    """Raise BudgetExceeded where a key's own budget is used up: it bars every model, whatever the decision."""
    gone = [budget for budget in own if budget.id in spent]
    if gone:
        wait = max(period_end(budget.per, local) for budget in gone) - local
        words = " and ".join(budget.because for budget in gone)
        raise BudgetExceeded(
            f"The budget of the key {key!r} is used up: {words}.", retry_after=max(1, ceil(wait.total_seconds()))
        )


class BudgetHolds:
    """The budgets' side of one request."""

    def __init__(self, exchange: Exchange, config: Config, accounts: Accounts, deadline_s: float) -> None:
        self.exchange = exchange
        self.config = config
        self.accounts = accounts
        self.lease_s = deadline_s + GRACE_S
        self.budgets = (*config.policies[exchange.ask.policy].budgets, *exchange.budgets)
        self.local = exchange.time.astimezone(ZoneInfo(config.timezone)) if self.budgets else exchange.time

    async def hold(self, model: Model) -> Held | None:
        """Set aside the worst of a call; waits for calls in flight to settle, then raises ProviderError('budget')."""
        draws = self._draws(model)
        if not draws:
            return None
        pause, waited = FIRST_PAUSE_S, 0.0
        while True:
            found = await self._set_aside(draws)
            if isinstance(found, Held):
                return found
            if found.why == "spent" or waited >= WAIT_S:
                what = "is used up" if found.why == "spent" else "is held by requests in flight"
                raise ProviderError("budget", f"the budget {found.account.budget!r} {what}")
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE_S)

    async def give_back(self, held: Held | None) -> None:
        """The call came to nothing."""
        await self.settle(held, None)

    async def settle(self, held: Held | None, receipt: Receipt | None) -> None:
        """Count what the receipt says; without one, only give back."""
        taken = self._taken(receipt) if receipt and receipt.served else {}
        if not (held or taken):
            return
        if self.accounts.remote:
            await asyncio.shield(asyncio.to_thread(self.accounts.settle, held, taken))
        else:
            self.accounts.settle(held, taken)

    async def _set_aside(self, draws: list[Draw]) -> Held | Refused:
        """Hold, in a thread where that crosses a network; raises ProviderError('budget') where it can't be counted."""
        if not self.accounts.remote:
            return self._hold(draws)
        holding = asyncio.ensure_future(asyncio.to_thread(self._hold, draws))
        try:
            return await asyncio.shield(holding)
        except asyncio.CancelledError:
            holding.add_done_callback(self._unclaimed)
            raise

    def _hold(self, draws: list[Draw]) -> Held | Refused:
        try:
            return self.accounts.hold(draws, self.lease_s)
        except Unreachable as error:
            raise ProviderError("budget", "budgets can't be counted now") from error

    def _unclaimed(self, holding: "asyncio.Future[Held | Refused]") -> None:
        """Who asked has left before the answer came: give back what was set aside."""
        if holding.exception() is None and isinstance(found := holding.result(), Held):
            asyncio.get_running_loop().run_in_executor(None, self.accounts.settle, found, {})

    def _draws(self, model: Model) -> list[Draw]:
        """Only budgets that deny need holds: the others act on what was spent."""
        ask = self.exchange.ask
        denying = [b for b in self.budgets if b.then.denies and counts(b, ask, model.id)]
        if not denying:
            return []
        money, tokens = self._worst(model)
        return [
            Draw(account(budget, ask, model.id, self.local), budget.limit, amount(budget, money, tokens))
            for budget in denying
        ]

    def _worst(self, model: Model) -> tuple[Decimal, int]:
        """The most that a call may cost: all the output that its limit allows, at what is charged."""
        features = self.exchange.features
        taken = ceil(expected_input(model, features, self.config) * (1 + features.input_tokens_error))
        given = min(features.output_limit or model.max_output, model.max_output) * features.choices
        money = max(self._price(name, taken, given) for name in self._charged(model))
        return money, taken + given

    def _charged(self, model: Model) -> tuple[str, ...]:
        decision = self.exchange.decision
        asked = self.exchange.ask.model or decision.baseline
        return (model.id, asked) if decision.charge == "asked" else (model.id,)

    def _price(self, model: str, taken: int, given: int) -> Decimal:
        price = price_on(self.config.prices.get(model, ()), self.exchange.situation.day)
        return cost(price, taken, given) if price else ZERO

    def _taken(self, receipt: Receipt) -> dict[Account, Decimal]:
        ask, usage, served = self.exchange.ask, receipt.usage, receipt.served or ""
        tokens = usage.input_tokens + usage.output_tokens if usage else 0
        return {
            account(budget, ask, served, self.local): amount(budget, receipt.charged, tokens)
            for budget in self.budgets
            if counts(budget, ask, served)
        }
