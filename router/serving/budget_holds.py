"""Budgets at work: which are at their limit, what a call may take, and what it took.

Invariant: every hop of a request, fallbacks too, is held before it is called and settled once, whatever its end.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from zoneinfo import ZoneInfo

from router.decision.budgets import (
    BY_MODEL,
    Account,
    Draw,
    accounts,
    amount,
    carried,
    counts,
    earlier,
    label,
    limit_at,
    limit_of,
    seconds_left,
)
from router.decision.candidates import expected_input
from router.decision.receipt import Exchange
from router.errors import BudgetExceeded, ProviderError, Unreachable
from router.ledger.budget_store import BudgetAccounts, Held, Refused, SpentBooks
from router.money import ZERO, price_on
from router.serving.budgets.reached_limits import Reached
from router.types import Ask, Budget, Config, Model, Receipt

WAIT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.002, 0.05
# A hold outlives its request's deadline by this much, then lapses: its server has died. Tokens renew it.
GRACE_S = 60.0


def at_limit(
    ask: Ask, config: Config, local: datetime, books: SpentBooks, own: Sequence[Budget] = ()
) -> dict[str, Reached]:
    """The budgets that are used up for this caller, by how a situation names them; `local` is now.

    They are the policy's, and the `own` ones of the caller's key. Of several accounts one at the limit is enough.
    """
    drawn: dict[str, Reached] = {}
    for budget in (*config.policies[ask.policy].budgets, *own):
        for model in config.models if budget.each in BY_MODEL else config.models[:1]:
            if counts(budget, ask, model if budget.each in BY_MODEL else None):
                drawn[label(budget, model)] = Reached(budget, accounts(budget, ask, model, local))
    windows = {
        account: (account, *earlier(each.budget, account, local))
        for each in drawn.values()
        for account in each.accounts
    }
    last = [carried(each.budget, account, local) for each in drawn.values() for account in each.accounts]
    looked_at = [account for window in windows.values() for account in window]
    spent = books.spent(dict.fromkeys([*looked_at, *(before.account for before in last if before)]))
    used = {account: sum((spent[part] for part in window), ZERO) for account, window in windows.items()}
    over = {
        name: Reached(budget, tuple(each for each in kept if used[each] >= limit_of(budget, each, local, spent)))
        for name, (budget, kept) in drawn.items()
    }
    return {name: reached for name, reached in over.items() if reached.accounts}


def explain_wait(error: BudgetExceeded, ask: Ask, config: Config, local: datetime, spent: Sequence[str]) -> None:
    """Say when it is worth asking again: when the last of the budgets that are used up begins anew."""
    names = {name.split("@")[0] for name in spent}
    left = [seconds_left(budget.per, local) for budget in config.policies[ask.policy].budgets if budget.id in names]
    if left:
        error.retry_after = max(1, ceil(max(left)))


def refuse_spent(key: str, own: Sequence[Budget], local: datetime, spent: Sequence[str]) -> None:
    """Raise BudgetExceeded where a key's own budget is used up: it bars every model, whatever the decision."""
    gone = [budget for budget in own if budget.id in spent]
    if gone:
        wait = max(seconds_left(budget.per, local) for budget in gone)
        words = " and ".join(budget.because for budget in gone)
        raise BudgetExceeded(f"The budget of the key {key!r} is used up: {words}.", retry_after=max(1, ceil(wait)))


class BudgetHolds:
    """The budgets' side of one request."""

    def __init__(self, exchange: Exchange, config: Config, accounts: BudgetAccounts, deadline_s: float) -> None:
        self.exchange = exchange
        self.config = config
        self.accounts = accounts
        self.lease_s = deadline_s + GRACE_S
        self.budgets = (*config.policies[exchange.ask.policy].budgets, *exchange.budgets)
        self.local = exchange.time.astimezone(ZoneInfo(config.timezone)) if self.budgets else exchange.time

    async def hold(self, model: Model, *, called: bool = True) -> Held | None:
        """Set aside the worst of a call; waits for calls in flight to settle, then raises ProviderError('budget').

        Where nothing is `called`, as an answer is given again, it costs nothing and is a request like any other.
        """
        draws = self._draws(model, called=called)
        if not draws:
            return None
        pause, waited = FIRST_PAUSE_S, 0.0
        while True:
            outcome = await self._set_aside(draws)
            if isinstance(outcome, Held):
                return outcome
            if outcome.why == "spent" or waited >= WAIT_S:
                what = "is used up" if outcome.why == "spent" else "is held by requests in flight"
                # Which one is for operators: the client reads this.
                sentence = f"a budget that counts it {what}"
                raise ProviderError("budget", sentence, code=f"budget_{outcome.why}")
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE_S)

    def renew(self, held: Held | None) -> None:
        """The call goes on: what was set aside lapses later."""
        if held is None:
            return
        if self.accounts.remote:
            asyncio.get_running_loop().run_in_executor(None, self.accounts.renew, held, self.lease_s)
        else:
            self.accounts.renew(held, self.lease_s)

    async def give_back(self, held: Held | None) -> None:
        """The call came to nothing."""
        await self.settle(held, None)

    async def settle(self, held: Held | None, receipt: Receipt | None) -> None:
        """Count what the receipt says; without one, only give back."""
        taken = self._taken(receipt) if receipt and receipt.served else {}
        if not (held or taken):
            return
        if self.accounts.waits_to_settle:
            await asyncio.shield(asyncio.to_thread(self.accounts.settle, held, taken))
        else:
            self.accounts.settle(held, taken)

    async def _set_aside(self, draws: list[Draw]) -> Held | Refused:
        """Hold, in a thread where that crosses a network; raises ProviderError('budget') where it can't be counted."""
        if not self.accounts.remote:
            return self._hold(draws)
        if (held := self.accounts.at_hand(draws)) is not None:
            return held
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
            raise ProviderError("budget", "budgets can't be counted now", code="budget_unknown") from error

    def _unclaimed(self, holding: "asyncio.Future[Held | Refused]") -> None:
        """Who asked has left before the answer came: give back what was set aside."""
        if holding.exception() is None and isinstance(held := holding.result(), Held):
            asyncio.get_running_loop().run_in_executor(None, self.accounts.settle, held, {})

    def _draws(self, model: Model, *, called: bool) -> list[Draw]:
        """Only budgets that deny need holds: the others act on what was spent."""
        ask = self.exchange.ask
        denying = [b for b in self.budgets if b.then.denies and counts(b, ask, model)]
        if not denying:
            return []
        money, tokens = self._worst(model) if called else (ZERO, 0)
        return [
            Draw(
                account,
                limit_at(budget, self.local),
                amount(budget, money, tokens),
                earlier(budget, account, self.local),
                carried(budget, account, self.local),
            )
            for budget in denying
            for account in accounts(budget, ask, model, self.local)
        ]

    def _worst(self, model: Model) -> tuple[Decimal, int]:
        """The most that a call may cost: all the output that its limit allows, and all input as what costs most."""
        features = self.exchange.features
        taken = ceil(expected_input(model, features, self.config) * (1 + features.input_tokens_error))
        if features.attached_tokens:
            # A small file may unpack to a long one; a backend takes no more than its context.
            taken = max(taken, model.context)
        limit = 0 if model.parameters is not None and model.parameters.limitless else self.exchange.output_limit
        given = min(limit or model.max_output, model.max_output) * features.choices
        money = max(self._price(name, taken, given) for name in self._charged(model))
        return money, taken + given

    def _charged(self, model: Model) -> tuple[str, ...]:
        decision = self.exchange.decision
        asked = self.exchange.ask.model or decision.baseline
        return (model.id, asked) if decision.charge == "asked" else (model.id,)

    def _price(self, model: str, taken: int, given: int) -> Decimal:
        price = price_on(self.config.prices.get(model, ()), self.exchange.situation.day)
        return taken * price.dearest_input + given * price.output if price else ZERO

    def _taken(self, receipt: Receipt) -> dict[Account, Decimal]:
        ask, usage = self.exchange.ask, receipt.usage
        # An answer that was given again took none, but it is a request like any other.
        tokens = usage.input_tokens + usage.output_tokens if usage and not receipt.cached_from else 0
        # Of the steps of one budget, which share an account, each names it and one counts.
        return {
            account: amount(budget, receipt.charged, tokens)
            for served in self.config.models
            if served.id == receipt.served
            for budget in self.budgets
            if counts(budget, ask, served)
            for account in accounts(budget, ask, served, self.local)
        }
