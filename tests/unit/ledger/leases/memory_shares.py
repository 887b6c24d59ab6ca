"""The store of leases in memory, by the same rule as Valkey's script: what tests hold the script to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import count

from router.decision.budgets import Account
from router.errors import Unreachable
from router.ledger.leases.account_lease import LEASE_S, SHARE, Report, Share, Wanted

Truth = Callable[[Iterable[Account]], Mapping[Account, Decimal]]
UNIT = Decimal("0.001")


class Store:
    """What all servers share: totals, and what is set aside for each server until when."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.up = True
        self.run = 0
        self.totals: dict[Account, Decimal] = {}
        self.aside: dict[tuple[Account, int], tuple[Decimal, float]] = {}
        self.numbers = count()

    def lose_memory(self) -> None:
        self.run += 1
        self.totals, self.aside = {}, {}

    def set_aside(self, account: Account, but: int | None = None) -> Decimal:
        return sum(
            (
                amount
                for (name, server), (amount, until) in self.aside.items()
                if name == account and server != but and until > self.clock()
            ),
            Decimal(0),
        )


class MemoryShares:
    """One server's side of it."""

    def __init__(self, store: Store, truth: Truth) -> None:
        self.store, self.truth = store, truth
        self.number = next(store.numbers)
        self.run = -1
        self.cut_off = False
        self.asked = 0

    def renewed(self) -> bool:
        self._reach()
        before, self.run = self.run, self.store.run
        return before != self.run

    def lease(self, wanted: Sequence[Wanted]) -> list[Share]:
        self._reach()
        return [self._lease(each) for each in wanted]

    def report(self, reports: Sequence[Report]) -> list[Share]:
        self._reach()
        return [self._report(each) for each in reports]

    def spent(self, accounts: Sequence[Account]) -> dict[Account, Decimal]:
        self._reach()
        return {account: self._total(account) for account in accounts}

    def close(self) -> None:
        self.cut_off = True

    def _reach(self) -> None:
        self.asked += 1
        if not self.store.up or self.cut_off:
            raise Unreachable("nobody is there")

    def _total(self, account: Account, known: Decimal | None = None) -> Decimal:
        kept = self.store.totals.get(account)
        if kept is None and known is None:
            known = self.truth([account])[account]
        if known is not None:
            self.store.totals[account] = max(kept or Decimal(0), known // UNIT * UNIT)
        return self.store.totals[account]

    def _put(self, account: Account, amount: Decimal) -> Decimal:
        told = -(-amount // UNIT) * UNIT
        self.store.aside[account, self.number] = (told, self.store.clock() + LEASE_S)
        return told

    def _lease(self, wanted: Wanted) -> Share:
        account, earlier, limit, need, base, news, carried = wanted
        total = self._total(account, news)
        before = sum((self._total(each) for each in earlier), Decimal(0))
        held_before = sum((self.store.set_aside(each) for each in earlier), Decimal(0))
        others = self.store.set_aside(account, but=self.number)
        told = -(-base // UNIT) * UNIT
        sure = limit
        if carried is not None:
            used_before, held_then = self._total(carried.account), self.store.set_aside(carried.account)
            left = [carried.left(used) // UNIT * UNIT for used in (used_before, used_before + held_then)]
            limit, sure = limit + left[0], limit + left[1]
        used = total + before + held_before + others + told
        if total + before >= limit or used >= sure:
            own = self._put(account, told)
            why = "spent" if total + before >= limit else "held"
            return Share(why, own, total, others, before + held_before)  # type: ignore[arg-type]
        block = (sure - used) / SHARE // UNIT * UNIT
        own = self._put(account, told + max(-(-need // UNIT) * UNIT, block))
        return Share("granted", own, total, others, before + held_before)

    def _report(self, report: Report) -> Share:
        total = self._total(report.account, report.total)
        own = self._put(report.account, report.own)
        others = self.store.set_aside(report.account, but=self.number)
        return Share("granted", own, total, others, Decimal(0))
