"""One account as one server knows it: what was set aside for it, what its calls hold, and what is not counted yet.

Invariant: calls take only what is free, and what is free was set aside by the store that all servers share; whatever is
not in the database yet stays set aside.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from math import inf
from typing import Literal, NamedTuple

from router.decision.budgets import Account, Carried, Draw
from router.money import ZERO

SHARE = 32
"""A server takes a block of what is left, divided by this: so blocks become smaller as the limit comes near."""
LEASE_S = 30.0
"""What a server that is no longer heard of had set aside is free again after so many seconds."""
IDLE_S = 2.0
"""A block that was not drawn on for so long is given back."""
FRESH_S, LONGEST_FRESH_S = 1.0, 4.0
"""For so long is a total that was heard good enough for what only looks at it; longer where it does not change."""


class Wanted(NamedTuple):
    """A server's question to the store: so much more for an account, beside the `base` that it has to keep.

    What was spent on the `earlier` accounts counts against the limit, too; what is `carried` goes on top of it. `total`
    is the account's in the database, where the store has not heard of it. Amounts are in the budget's unit.
    """

    account: Account
    earlier: tuple[Account, ...]
    limit: Decimal
    need: Decimal
    base: Decimal
    total: Decimal | None = None
    carried: Carried | None = None


class Report(NamedTuple):
    """What a server has set aside for an account from now on, and its total in the database where that is new."""

    account: Account
    own: Decimal
    total: Decimal | None = None


class Share(NamedTuple):
    """The store's answer: what is set aside for this server now, and what else counts against the limit."""

    outcome: Literal["granted", "spent", "held"]
    own: Decimal
    spent: Decimal
    others: Decimal
    """What is set aside for other servers."""
    earlier: Decimal
    """What was spent on earlier accounts and is set aside on them."""


@dataclass(slots=True)
class AccountLease:
    """The account; amounts in its budget's unit, times in seconds of a monotonic clock."""

    granted: Decimal = ZERO
    """What the store has set aside for this server, used or not."""
    until: float = -inf
    limit: Decimal | None = None
    """The limit under which it was."""
    held: dict[str, Decimal] = field(default_factory=dict)
    """The worst of each call in flight."""
    in_flight: Decimal = ZERO
    uncounted: Decimal = ZERO
    """What calls took and the database has not counted."""
    spent: Decimal = ZERO
    """The total of all servers as it was last heard; `others` and `earlier` are as in Share."""
    others: Decimal = ZERO
    earlier: Decimal = ZERO
    news: Decimal | None = None
    """The total in the database, where this server has just counted there and the store has not heard of it."""
    updated: float = -inf
    fresh_s: float = FRESH_S
    drawn: float = -inf
    looked_at: float = -inf
    counted_since: Decimal = ZERO
    """What was counted since the store was asked, which is in the answer twice."""
    is_asked: bool = False
    """The store is being asked for more just now, so nothing is free meanwhile."""

    @property
    def committed(self) -> Decimal:
        """What has to stay set aside."""
        return self.in_flight + self.uncounted

    @property
    def free(self) -> Decimal:
        """What is set aside and nobody uses."""
        return self.granted - self.committed

    def has(self, worst: Decimal, limit: Decimal, now: float) -> bool:
        """Whether a call may be let through without a question: a limit that is another needs one."""
        return not self.is_asked and now < self.until and limit == self.limit and self.free >= worst and self.free > 0

    def ask(self, account: Account, draw: Draw) -> Wanted:
        """The question for a call that needs more than is free; nothing is free until its answer is here."""
        self.is_asked, self.counted_since = True, ZERO
        return Wanted(account, draw.earlier, draw.limit, draw.worst, self.committed, self.news, draw.carried)

    def take(self, call: str, worst: Decimal, now: float) -> None:
        """Set the worst of a call aside, out of what is free."""
        self.held[call] = worst
        self.in_flight += worst
        self.drawn = now

    def release(self, call: str) -> None:
        """A call has ended, or came to nothing."""
        self.in_flight -= self.held.pop(call, ZERO)

    def owe(self, amount: Decimal, now: float) -> None:
        """A call took so much, which is to be counted."""
        self.uncounted += amount
        self.drawn = now

    def counted(self, amount: Decimal, total: Decimal, now: float) -> None:
        """So much is in the database, whose total this is then: it is not set aside any more, nor is it free."""
        self.uncounted -= amount
        self.granted -= amount
        self.counted_since += amount
        self.news = total
        self.update(total, now)

    def update(self, total: Decimal, now: float) -> None:
        """The total of all servers; it never falls within a period."""
        self.fresh_s = FRESH_S if total > self.spent else min(LONGEST_FRESH_S, 2 * self.fresh_s)
        self.spent, self.updated = max(self.spent, total), now

    def is_fresh(self, now: float) -> bool:
        """Whether the total was heard lately."""
        return now < self.updated + self.fresh_s

    def kept(self, now: float) -> Decimal:
        """What should stay set aside: of what is free a block of what is left, nothing where nobody draws on it."""
        keep = ZERO
        if self.limit is not None and now < min(self.until, self.drawn + IDLE_S):
            room = self.limit - self.spent - self.others - self.earlier - self.committed
            keep = max(ZERO, min(self.free, room / SHARE))
        return self.committed + keep

    def shrink(self, now: float) -> Decimal:
        """Let go of the rest; gives what stays set aside."""
        self.granted = self.kept(now)
        return self.granted

    def leased(self, wanted: Wanted, share: Share, until: float, now: float) -> None:
        """What the store said to a question."""
        self.granted, self.limit, self.earlier = share.own - self.counted_since, wanted.limit, share.earlier
        self.is_asked = False
        self._answered(wanted.total, share, until, now)

    def reported(self, report: Report, share: Share, until: float, now: float) -> None:
        """What the store said to a report."""
        self._answered(report.total, share, until, now)

    def _answered(self, told: Decimal | None, share: Share, until: float, now: float) -> None:
        if self.news == told:
            self.news = None
        self.others, self.until = share.others, until
        self.update(share.spent, now)

    def is_forgettable(self, now: float) -> bool:
        """Whether nothing of it is needed any more."""
        used = max(self.drawn, self.looked_at)
        return not self.held and not self.uncounted and not self.granted and now > used + 2 * LEASE_S
