"""What a server does for requests: read, decide, and hand the rest to an answer.

Invariant: everything that a decision depends on is gathered here, once; nothing is called before it is decided.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b

from router import tokens
from router.decision.decide import decide
from router.decision.features import read
from router.decision.ramp_split import USER_PART
from router.decision.receipt import Exchange
from router.decision.resolve import identify, resolve
from router.errors import BudgetExceeded, Overloaded
from router.ids import first_id, random_hex
from router.ledger import Ledger
from router.ledger.budget_store import Accounts
from router.serving.answer import Answer
from router.serving.budget_holds import at_limit, explain_wait, refuse_spent
from router.serving.deployments.cache_affinity import Affinity
from router.serving.deployments.deployment_pool import Fleet
from router.serving.rate_limiter import Metering, Passage
from router.serving.setup import DEFAULT_LIMITS, Durability, Limits, Setup, Terms, set_up
from router.transparency.commitments import Sealed
from router.types import (
    Ask,
    Budget,
    ChatRequest,
    Config,
    EmbeddingRequest,
    Options,
    Provider,
    Reader,
    Receipt,
    Situation,
)

NO_OPTIONS = Options()


class Service:
    """Answers requests under one configuration."""

    def __init__(
        self,
        config: Config,
        providers: Mapping[str, Provider],
        ledger: Ledger,
        reader: Reader,
        *,
        limits: Limits = DEFAULT_LIMITS,
        accounts: Accounts | None = None,
        metering: Metering | None = None,
        salt: bytes = b"",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        watch: Callable[[Receipt], object] = id,
        durability: Durability = "degrade",
    ) -> None:
        self.setup = set_up(config, providers)
        self.fleet = Fleet(config)
        self.ledger = ledger
        self.accounts = accounts or Accounts()
        self.metering = metering or Metering()
        self.reader = reader
        self.limits = limits
        self.salt = salt
        self.affinity = Affinity(salt)
        self.clock = clock
        self.watch = watch  # told of every receipt
        self.follow: Callable[[Answer], object] = id  # told of every answer that has ended
        self.durability: Durability = durability
        self.in_flight = 0
        ledger.keep(config)

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.setup.config

    def put_in_force(self, config: Config, providers: Mapping[str, Provider]) -> None:
        """Serve what comes from now on under another configuration, which the ledger must keep already.

        What is in flight ends under its own.
        """
        self.setup = set_up(config, providers)
        self.fleet.put_in_force(config)

    def consider(self, request: ChatRequest, terms: Terms) -> Exchange:
        """Read and decide, without calling anybody; raises RouterError."""
        return self._consider(self.setup, request, terms)

    async def considered(self, request: ChatRequest, terms: Terms) -> Exchange:
        """`consider`, in a thread where it asks across a network; it counts as a request of its key, of no tokens."""
        if terms.access is None:
            return await self._considered(self.setup, request, terms)
        passage = await self.metering.admit(terms.access)
        try:
            return await self._considered(self.setup, request, terms)
        finally:
            passage.leave()

    async def _considered(self, setup: Setup, request: ChatRequest, terms: Terms) -> Exchange:
        counted = terms.budgets or any(policy.budgets for policy in setup.config.policies.values())
        if self.accounts.remote and counted:
            return await asyncio.to_thread(self._consider, setup, request, terms)
        return self._consider(setup, request, terms)

    def _consider(self, setup: Setup, request: ChatRequest, terms: Terms) -> Exchange:
        time = self.clock()
        features = read(request, self.reader, tokens.count, setup.contexts)
        options = request.fungible or NO_OPTIONS
        ask = resolve(
            request.model,
            setup.config,
            policy=terms.policy or options.policy,
            consent=terms.consent or options.consent,
            unit=self._unit(request, terms),
            caller=identify(terms.caller, options, terms.access),
            permit=terms.access.permit if terms.access else None,
            vectors=isinstance(request, EmbeddingRequest),
        )
        situation = self._situation(setup, ask, time, terms.budgets)
        if warm := self.affinity.warm(request, ask, features, time):
            situation = replace(situation, warm=warm)
        try:
            decision = decide(features, ask, situation, setup.config)
        except BudgetExceeded as error:
            explain_wait(error, ask, setup.config, time.astimezone(setup.zone), situation.spent)
            raise
        own = terms.budgets
        return Exchange(new_id(time), time, terms.request_id, decision, features, ask, situation, own, terms.notes)

    def _situation(self, setup: Setup, ask: Ask, time: datetime, own: tuple[Budget, ...]) -> Situation:
        config = setup.config
        local = time.astimezone(setup.zone)
        budgets = config.policies[ask.policy].budgets or own
        spent = at_limit(ask, config, local, self.accounts, own) if budgets else ()
        refuse_spent(ask.caller.key or "", own, local, spent)
        return Situation(time.date(), (), 60 * local.hour + local.minute, spent)

    def answer(self, request: ChatRequest, terms: Terms) -> Answer:
        """Decide, and make ready to call: enter the answer to begin. Raises RouterError.

        For what comes without a key, since no limits of one are kept here; raises ValueError where there is one.
        """
        if terms.access is not None:
            raise ValueError("who has a key is let in by answered()")
        self.refuse_more()
        return Answer(self, self.setup, request, self.consider(request, terms), trail=terms.trail)

    async def answered(self, request: ChatRequest, terms: Terms) -> Answer:
        """`answer`, without holding up others, and within the limits of the key."""
        if terms.trail is not None:
            terms.trail.request = request
        self.refuse_more()
        if terms.access is None:
            return await self._answered(request, terms)
        passage = await self.metering.admit(terms.access)
        try:
            return await self._answered(request, terms, passage)
        except BaseException:
            passage.leave()
            raise

    async def _answered(self, request: ChatRequest, terms: Terms, passage: Passage | None = None) -> Answer:
        setup = self.setup
        exchange = await self._considered(setup, request, terms)
        self.refuse_more()
        if passage:
            await passage.reserve(exchange.expected_tokens)
        return Answer(self, setup, request, exchange, passage, terms.trail)

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

    def _unit(self, request: ChatRequest, terms: Terms) -> str:
        """The conversation, as a salted hash whose first half is the user's, where the client names one.

        A conversation is what the client calls one, else all that begin with the same words.
        """
        options = request.fungible
        named = terms.unit or (options.unit if options else None)
        words = named or next((m.text for m in request.messages if m.role == "user"), request.messages[0].text)
        conversation = self._hash(words)
        return (self._hash(f"user\0{request.user}") if request.user else conversation) + conversation

    def _hash(self, words: str) -> str:
        return blake2b(words.encode(errors="replace"), key=self.salt, digest_size=USER_PART // 2).hexdigest()


def new_id(time: datetime) -> str:
    """An id that sorts by time: milliseconds in hex, then 80 random bits."""
    return f"{first_id(time)}{random_hex()}"
