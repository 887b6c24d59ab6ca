"""What the requests of one server share: limits, accounts, deployments, the ledger, and how many are in flight.

Invariant: an answer that has ended is on disk, or, where durability is `degrade`, ended while no receipt had waited
longer than the window; so what a crash loses was answered within one window.
"""

import logging
from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from router.errors import Overloaded
from router.ledger import Ledger
from router.ledger.budget_store import BudgetAccounts
from router.serving.budgets.reached_limits import ReachedLimits
from router.serving.cached_answers.answer_cache import AnswerCache
from router.serving.deployments.cache_affinity import CacheAffinity
from router.serving.deployments.deployment_pool import DeploymentPool
from router.serving.limits import Durability, Limits
from router.serving.observed_answer import ObservedAnswer
from router.serving.thought_origins import ThoughtOrigins
from router.serving.work.body_room import BodyRoom
from router.serving.work.heavy_work import HeavyWork
from router.transparency.commitments import Sealed
from router.types import Receipt

P = ParamSpec("P")
T = TypeVar("T")
STALLED_S = 5.0
"""A disk that takes longer than this is not waited for by those who have not begun."""
MOST_WAITING = 50_000
"""Receipts that wait: with so many, no request is begun any more; those in flight still add theirs."""
log = logging.getLogger("fungible")


def ignore(_: object) -> None:
    """Watch nothing."""


class InFlight(Protocol):
    """An answer that is on its way."""

    def cut(self) -> None:
        """End it now, as one that was stopped."""


def without_fail(what: str, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T | None:
    """Do what must not keep an exchange from being settled; where it fails, the log says so, without its words."""
    try:
        return work(*given, **named)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of tiktoken's engine is no Exception
        log.error("failed to %s: %s", what, type(error).__name__)
        return None


class ServerState:
    """What a service and its answers share. `watch` gets every receipt, `follow` every answer that has ended.

    `keep_words` gets the same answers, where the operator has words kept.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        limits: Limits,
        accounts: BudgetAccounts,
        pool: DeploymentPool,
        affinity: CacheAffinity,
        durability: Durability,
        salt: bytes = b"",
        watch: Callable[[Receipt], object] = ignore,
    ) -> None:
        self.ledger = ledger
        self.limits = limits
        self.accounts = accounts
        self.pool = pool
        self.affinity = affinity
        self.durability: Durability = durability
        self.salt = salt
        self.watch = watch
        self.follow: Callable[[ObservedAnswer], object] = ignore
        self.keep_words: Callable[[ObservedAnswer], object] = ignore
        self.in_flight = 0
        self.reached_limits = ReachedLimits()
        self.heavy_work = HeavyWork()
        self.answers: set[InFlight] = set()
        self.thoughts = ThoughtOrigins()
        self.body_room = BodyRoom(limits.bodies_bytes)
        self.answer_cache = AnswerCache(limits.cache_bytes)

    def refuse_more(self) -> None:
        """Raise Overloaded where no more can be answered now."""
        if self.in_flight >= self.limits.in_flight:
            raise Overloaded(f"{self.in_flight} requests are in flight, which is the limit.", retry_after=1)
        if self._is_shedding():
            raise Overloaded("The ledger can't be written, and nothing is served unrecorded.", retry_after=1)

    @property
    def is_late(self) -> bool:
        """Whether a receipt waits for longer than its durability allows."""
        patience_s = self.limits.window_s if self.durability == "degrade" else STALLED_S
        return self.ledger.oldest_s > patience_s

    def _is_shedding(self) -> bool:
        """Whether the ledger fails, or lags so far that nobody should begin."""
        if self.ledger.failure and (self.durability == "refuse" or self.is_late):
            return True
        patience_s = max(self.limits.window_s, STALLED_S)
        return self.ledger.oldest_s > patience_s or self.ledger.waiting >= MOST_WAITING

    def describe_ledger(self) -> str | None:
        """What is wrong with the ledger, for an operator, or None."""
        ledger = self.ledger
        if why := ledger.failure or ledger.damage:
            return why
        if not self.is_late:
            return None
        waits = f"{ledger.waiting} receipt(s) wait to be on disk, the oldest for {ledger.oldest_s:.2f} s"
        return f"{waits}; {self.limits.window_s:g} s are allowed" if self.durability == "degrade" else waits

    def cut(self) -> None:
        """End every answer now: the server has no more time for them."""
        for answer in tuple(self.answers):
            answer.cut()

    def record(self, receipt: Receipt, sealed: Sealed | None) -> None:
        """Keep a receipt, once for each exchange, with commitments to what was said where there are any."""
        self.ledger.append(receipt, sealed)
        without_fail("watch a receipt", self.watch, receipt)

    def tell(self, answer: ObservedAnswer) -> None:
        """An answer has ended: whoever follows answers may look at it, unless it is one that they have seen."""
        if not answer.settled().cached_from:
            # Evidence on models rests on answers that came about on their own.
            without_fail("follow an answer", self.follow, answer)
        if self.keep_words is not ignore:
            without_fail("keep the words of a request", self.keep_words, answer)

    async def acknowledge(self, receipt: Receipt) -> None:
        """Wait until a receipt is on disk, unless durability allows to be late; raises Overloaded where it can't be."""
        if self.durability == "refuse" or self.is_late:
            await self.ledger.written(receipt.id)
