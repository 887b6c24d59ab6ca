"""What the requests of one server share: limits, accounts, deployments, the ledger, and how many are in flight."""

from collections.abc import Callable

from router.errors import Overloaded
from router.ledger import Ledger
from router.ledger.budget_store import Accounts
from router.serving.deployments.cache_affinity import CacheAffinity
from router.serving.deployments.deployment_pool import DeploymentPool
from router.serving.limits import Durability, Limits
from router.serving.observed_answer import ObservedAnswer
from router.transparency.commitments import Sealed
from router.types import Receipt


def ignore(_: object) -> None:
    """Watch nothing."""


class ServerState:
    """What a service and its answers share. `watch` gets every receipt, `follow` every answer that has ended."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        limits: Limits,
        accounts: Accounts,
        pool: DeploymentPool,
        affinity: CacheAffinity,
        durability: Durability,
        watch: Callable[[Receipt], object] = ignore,
    ) -> None:
        self.ledger = ledger
        self.limits = limits
        self.accounts = accounts
        self.pool = pool
        self.affinity = affinity
        self.durability: Durability = durability
        self.watch = watch
        self.follow: Callable[[ObservedAnswer], object] = ignore
        self.in_flight = 0

    def refuse_more(self) -> None:
        """Raise Overloaded where no more can be answered now."""
        if self.in_flight >= self.limits.in_flight:
            raise Overloaded(f"{self.in_flight} requests are in flight, which is the limit.", retry_after=1)
        if self.durability == "refuse" and self.ledger.failure:
            raise Overloaded("The ledger can't be written, and nothing is served unrecorded.", retry_after=1)

    def record(self, receipt: Receipt, sealed: Sealed) -> None:
        """Keep a receipt, once for each exchange, with commitments to what was said."""
        self.ledger.append(receipt, sealed)
        self.watch(receipt)

    async def acknowledge(self, receipt: Receipt) -> None:
        """Wait, where durability is `refuse`, until a receipt is on disk; raises Overloaded where it can't be."""
        if self.durability == "refuse":
            await self.ledger.written(receipt.id)
