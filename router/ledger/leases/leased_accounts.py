"""The accounts of budgets at one of several servers, drawn on in memory out of blocks that a shared store sets aside.

Invariant: what calls take is in the database within a tick, whose totals are the truth; until then, and while calls are
in flight, it stays set aside at the store. Where the store can't be asked, the database is, call by call.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Protocol

from router.decision.budgets import Account, Draw
from router.errors import Unreachable
from router.ids import random_hex
from router.ledger.budget_store import Accounts, Held, NotAtHand, Refused, SpentBooks, Statement
from router.ledger.leases.account_lease import LEASE_S, AccountLease, Report, Share, Wanted
from router.money import ZERO

TICK_S = 0.2
"""What calls took is counted, and blocks that are not needed are given back, so often."""
LOOKED_S = 2.0
"""The total of an account that was looked at is kept fresh for so long."""
COUNTED_AT_ONCE = 200
_LOST = {
    "share": "budgets are held in the database, call by call, once the blocks that are here are used",
    "count": "budgets can't be counted; what calls took is kept and counted later",
}
_MENDED = {"share": "budgets are shared out again", "count": "budgets are counted again"}
log = logging.getLogger("fungible")


class Shares(Protocol):
    """The store that shares accounts out among servers; every method raises Unreachable."""

    def renewed(self) -> bool:
        """Whether it may have lost its memory since this was last asked."""

    def lease(self, wanted: Sequence[Wanted]) -> list[Share]:
        """Set aside what is wanted for this server, or what it has to keep where nothing is left."""

    def report(self, reports: Sequence[Report]) -> list[Share]:
        """Take what is set aside for this server from now on."""

    def spent(self, accounts: Sequence[Account]) -> dict[Account, Decimal]:
        """The totals of accounts."""

    def close(self) -> None:
        """Let go of it."""


class LeasedAccounts:
    """The accounts of `books`, shared out by `shares`. Without `tick_s` whoever made it calls `tick` by themselves.

    `clock` is monotonic, in seconds.
    """

    remote, waits_to_settle = True, False

    def __init__(
        self,
        books: Accounts,
        shares: Shares,
        clock: Callable[[], float] = time.monotonic,
        tick_s: float | None = TICK_S,
    ) -> None:
        self._books, self._shares, self._clock = books, shares, clock
        # The first is held for a moment only; the others while somebody is asked: the store hears one word at a time.
        self._turn, self._asking, self._counting = threading.Lock(), threading.Lock(), threading.Lock()
        self._leases: dict[Account, AccountLease] = {}
        self._changed: dict[Account, None] = {}
        self._in_database: set[str] = set()
        self._to_give_back: list[Held] = []
        self._lost = dict.fromkeys(_LOST, False)
        self.is_shared_out: bool | None = True
        self.known: SpentBooks | None = _Known(self)
        """The same accounts for whoever must not wait: `spent` raises NotAtHand where somebody has to be asked."""
        self._stopping = threading.Event()
        self._thread = (
            threading.Thread(target=self._run, args=(tick_s,), name="limits", daemon=True) if tick_s else None
        )
        if self._thread:
            self._thread.start()

    def spent(self, accounts: Iterable[Account]) -> dict[Account, Decimal]:
        """What each account has spent, as it was heard a moment ago; raises Unreachable."""
        asked = list(accounts)
        with suppress(NotAtHand):
            return self.spent_at_hand(asked)
        try:
            totals = self._shares.spent(asked)
            self._mend("share")
        except Unreachable as error:
            self._note("share", error)
            totals = self._books.spent(asked)
        with self._turn:
            for account, total in totals.items():
                self._of(account).update(total, self._clock())
        return self.spent_at_hand(asked, old=True)

    def spent_at_hand(self, accounts: Sequence[Account], *, old: bool = False) -> dict[Account, Decimal]:
        """What was heard lately, or whenever it was; raises NotAtHand."""
        with self._turn:
            now, leases = self._clock(), [self._of(account) for account in accounts]
            for lease in leases:
                lease.looked_at = now
                if not old and not lease.is_fresh(now):
                    raise NotAtHand
            return {account: lease.spent + lease.uncounted for account, lease in zip(accounts, leases, strict=True)}

    def at_hand(self, draws: Sequence[Draw]) -> Held | None:
        """Set the worst of a call aside out of the blocks that are here; None where somebody has to be asked."""
        with self._turn:
            now = self._clock()
            drawn = [(self._of(draw.account), draw) for draw in draws]
            if not all(lease.has(draw.worst, draw.limit, now) for lease, draw in drawn):
                return None
            id = random_hex()  # noqa: A001
            for lease, draw in drawn:
                lease.take(id, draw.worst, now)
        return Held(id, tuple(draw.account for draw in draws))

    def hold(self, draws: Sequence[Draw], lease_s: float) -> Held | Refused:
        """Set aside the worst of a call on every account, or on none; raises Unreachable."""
        if (held := self.at_hand(draws)) is not None:
            return held
        try:
            with self._asking:
                # Somebody may have brought a block while this one waited.
                outcome = self.at_hand(draws) or self._leased(draws)
            self._mend("share")
        except Unreachable as error:
            self._note("share", error)
            return self._hold_in_database(draws, lease_s)
        return outcome

    def renew(self, held: Held, lease_s: float) -> None:
        """Let a hold lapse later; what is leased is renewed while the server lives."""
        if held.id in self._in_database:
            self._books.renew(held, lease_s)

    def settle(self, held: Held | None, taken: Mapping[Account, Decimal]) -> None:
        """Give back what was held, and count what was taken, with the next tick."""
        with self._turn:
            now = self._clock()
            if held and held.id in self._in_database:
                self._in_database.discard(held.id)
                self._to_give_back.append(held)
            elif held:
                for account in held.accounts:
                    self._of(account).release(held.id)
                    self._changed[account] = None
            for account, amount in taken.items():
                if amount:
                    self._of(account).owe(amount, now)
                    self._changed[account] = None

    def statements(self) -> list[Statement]:
        """Every account that was ever drawn on, by name; what is held is what this server holds."""
        with suppress(Unreachable):
            self._count()
        there = {statement.account: statement for statement in self._books.statements()}
        with self._turn:
            for account, lease in self._leases.items():
                if lease.committed:
                    _, spent, held = there.get(account, Statement(account, ZERO, ZERO))
                    there[account] = Statement(account, spent + lease.uncounted, held + lease.in_flight)
        return [there[account] for account in sorted(there)]

    def close(self) -> None:
        """Count what is to be counted, give back what is set aside, and stop."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
        try:
            self._count()
        except Unreachable as error:
            log.error("what calls took since budgets were last counted is not counted: %s", error.why)
        with suppress(Unreachable), self._asking:
            left = [Report(account, lease.committed) for account, lease in self._leases.items() if lease.granted]
            self._shares.report(left)
        self._shares.close()
        self._books.close()

    def tick(self) -> None:
        """Count what was taken, give back what is not needed, renew the rest, and hear what others have spent."""
        try:
            self._count()
            self._mend("count")
        except Unreachable as error:
            self._note("count", error)
        try:
            self._report()
            self._look()
            self._mend("share")
        except Unreachable as error:
            self._note("share", error)
        self._forget()

    def _run(self, tick_s: float) -> None:
        while not self._stopping.wait(tick_s):
            try:
                self.tick()
            except Exception:
                log.exception("the limits that servers share can't be kept up to date")

    def _of(self, account: Account) -> AccountLease:
        if (lease := self._leases.get(account)) is None:
            lease = self._leases[account] = AccountLease()
        return lease

    def _leased(self, draws: Sequence[Draw]) -> Held | Refused:
        """Ask the store for what is lacking; raises Unreachable, after which nothing is held."""
        wanted: list[Wanted] = []
        with self._turn:
            now = self._clock()
            for draw in draws:
                lease = self._of(draw.account)
                if not lease.has(draw.worst, draw.limit, now):
                    wanted.append(lease.ask(draw.account, draw))
        try:
            shares = self._shares.lease(wanted)
            with self._turn:
                for each, share in zip(wanted, shares, strict=True):
                    self._of(each.account).leased(each, share, now + LEASE_S, self._clock())
                return self._taken(draws, wanted, shares)
        except BaseException:
            with self._turn:
                for each in wanted:
                    self._of(each.account).is_asked = False
                    # What the store made of it is not known: the next report says what is so.
                    self._changed[each.account] = None
            raise

    def _taken(self, draws: Sequence[Draw], wanted: Sequence[Wanted], shares: Sequence[Share]) -> Held | Refused:
        for each, share in zip(wanted, shares, strict=True):
            if share.outcome != "granted":
                return Refused(each.account, share.outcome)
        asked = {each.account for each in wanted}
        for draw in draws:
            lease = self._of(draw.account)
            if draw.account not in asked and not lease.has(draw.worst, draw.limit, self._clock()):
                # What was at hand a moment ago was taken meanwhile: as if a call in flight had it.
                return Refused(draw.account, "held")
        id = random_hex()  # noqa: A001
        for draw in draws:
            self._of(draw.account).take(id, draw.worst, self._clock())
        return Held(id, tuple(draw.account for draw in draws))

    def _hold_in_database(self, draws: Sequence[Draw], lease_s: float) -> Held | Refused:
        self._count()
        outcome = self._books.hold(draws, lease_s)
        if isinstance(outcome, Held):
            with self._turn:
                self._in_database.add(outcome.id)
        return outcome

    def _count(self) -> None:
        """Put what was taken into the database; raises Unreachable, after which it is kept for the next time."""
        with self._counting:
            with self._turn:
                amounts = {a: owed for a in self._changed if (owed := self._of(a).uncounted)}
                back, self._to_give_back = self._to_give_back, []
            accounts = list(amounts)
            while accounts or back:
                part, accounts = accounts[:COUNTED_AT_ONCE], accounts[COUNTED_AT_ONCE:]
                try:
                    totals = self._books.count(back, {account: amounts[account] for account in part})
                except BaseException:
                    with self._turn:
                        self._to_give_back += back
                    raise
                back = []
                with self._turn:
                    for account, total in totals.items():
                        self._of(account).counted(amounts[account], total, self._clock())

    def _report(self) -> None:
        """Tell the store what this server keeps of each account that changed, and of those that would lapse soon."""
        anew = self._shares.renewed()
        with self._asking:
            with self._turn:
                now = self._clock()
                told = {a: lease for a, lease in self._leases.items() if anew or self._is_due(a, lease, now)}
                reports = [Report(a, lease.shrink(now), lease.news) for a, lease in told.items()]
            if not reports:
                return
            shares = self._shares.report(reports)
            with self._turn:
                for lease, report, share in zip(told.values(), reports, shares, strict=True):
                    lease.reported(report, share, now + LEASE_S, self._clock())
                    if not lease.uncounted and lease.news is None:
                        self._changed.pop(report.account, None)

    def _is_due(self, account: Account, lease: AccountLease, now: float) -> bool:
        if account in self._changed or not lease.granted:
            return account in self._changed
        return now > lease.until - 2 / 3 * LEASE_S or lease.kept(now) < lease.granted

    def _look(self) -> None:
        """Hear what others have spent of the accounts that requests look at."""
        with self._turn:
            now = self._clock()
            stale = [
                account
                for account, lease in self._leases.items()
                if now < lease.looked_at + LOOKED_S and not lease.is_fresh(now + TICK_S)
            ]
        if stale:
            totals = self._shares.spent(stale)
            with self._turn:
                for account, total in totals.items():
                    self._of(account).update(total, self._clock())

    def _forget(self) -> None:
        with self._turn:
            now = self._clock()
            for account in [account for account, lease in self._leases.items() if lease.is_forgettable(now)]:
                del self._leases[account]
                self._changed.pop(account, None)

    def _note(self, what: str, error: Unreachable) -> None:
        if not self._lost[what]:
            self._lost[what] = True
            self.is_shared_out = not self._lost["share"]
            log.error("%s: %s", _LOST[what], error.why)

    def _mend(self, what: str) -> None:
        if self._lost[what]:
            self._lost[what] = False
            self.is_shared_out = not self._lost["share"]
            log.warning(_MENDED[what])


class _Known:
    """What is known of accounts without asking."""

    def __init__(self, accounts: LeasedAccounts) -> None:
        self._accounts = accounts

    def spent(self, accounts: Iterable[Account]) -> dict[Account, Decimal]:
        return self._accounts.spent_at_hand(list(accounts))
