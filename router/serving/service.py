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
from router.errors import BudgetExceeded
from router.ids import first_id, random_hex
from router.ledger import Ledger
from router.ledger.budget_store import Accounts
from router.serving.active_config import ActiveConfig, activate
from router.serving.answer import Answer
from router.serving.budget_holds import at_limit, explain_wait, refuse_spent
from router.serving.deployments.cache_affinity import CacheAffinity
from router.serving.deployments.deployment_pool import DeploymentPool
from router.serving.limits import DEFAULT_LIMITS, Durability, Limits
from router.serving.rate_limiter import Admission, RateLimiter
from router.serving.request_context import RequestContext
from router.serving.server_state import ServerState, ignore
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
        rate_limiter: RateLimiter | None = None,
        salt: bytes = b"",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        watch: Callable[[Receipt], object] = ignore,
        durability: Durability = "degrade",
    ) -> None:
        self.active = activate(config, providers)
        self.state = ServerState(
            ledger=ledger,
            limits=limits,
            accounts=accounts or Accounts(),
            pool=DeploymentPool(config),
            affinity=CacheAffinity(salt),
            durability=durability,
            watch=watch,
        )
        self.rate_limiter = rate_limiter or RateLimiter()
        self.reader = reader
        self.salt = salt
        self.clock = clock
        ledger.keep(config)

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.active.config

    def put_in_force(self, config: Config, providers: Mapping[str, Provider]) -> None:
        """Serve what comes from now on under another configuration, which the ledger must keep already.

        What is in flight ends under its own.
        """
        self.active = activate(config, providers)
        self.state.pool.put_in_force(config)

    def consider(self, request: ChatRequest, context: RequestContext) -> Exchange:
        """Read and decide, without calling anybody; raises RouterError."""
        return self._consider(self.active, request, context)

    async def considered(self, request: ChatRequest, context: RequestContext) -> Exchange:
        """`consider`, in a thread where it asks across a network; it counts as a request of its key, of no tokens."""
        if context.access is None:
            return await self._considered(self.active, request, context)
        admission = await self.rate_limiter.admit(context.access)
        try:
            return await self._considered(self.active, request, context)
        finally:
            admission.leave()

    async def _considered(self, active: ActiveConfig, request: ChatRequest, context: RequestContext) -> Exchange:
        counted = context.budgets or any(policy.budgets for policy in active.config.policies.values())
        if self.state.accounts.remote and counted:
            return await asyncio.to_thread(self._consider, active, request, context)
        return self._consider(active, request, context)

    def _consider(self, active: ActiveConfig, request: ChatRequest, context: RequestContext) -> Exchange:
        time = self.clock()
        features = read(request, self.reader, tokens.count, active.contexts)
        options = request.fungible or NO_OPTIONS
        ask = resolve(
            request.model,
            active.config,
            policy=context.policy or options.policy,
            consent=context.consent or options.consent,
            unit=self._unit(request, context),
            caller=identify(context.caller, options, context.access),
            permit=context.access.permit if context.access else None,
            vectors=isinstance(request, EmbeddingRequest),
        )
        situation = self._situation(active, ask, time, context.budgets)
        if warm := self.state.affinity.warm(request, ask, features, time):
            situation = replace(situation, warm=warm)
        try:
            decision = decide(features, ask, situation, active.config)
        except BudgetExceeded as error:
            explain_wait(error, ask, active.config, time.astimezone(active.zone), situation.spent)
            raise
        own = context.budgets
        return Exchange(new_id(time), time, context.request_id, decision, features, ask, situation, own, context.notes)

    def _situation(self, active: ActiveConfig, ask: Ask, time: datetime, own: tuple[Budget, ...]) -> Situation:
        config = active.config
        local = time.astimezone(active.zone)
        budgets = config.policies[ask.policy].budgets or own
        spent = at_limit(ask, config, local, self.state.accounts, own) if budgets else ()
        refuse_spent(ask.caller.key or "", own, local, spent)
        return Situation(time.date(), (), 60 * local.hour + local.minute, spent)

    def answer(self, request: ChatRequest, context: RequestContext) -> Answer:
        """Decide, and make ready to call: enter the answer to begin. Raises RouterError.

        For what comes without a key, since no limits of one are kept here; raises ValueError where there is one.
        """
        if context.access is not None:
            raise ValueError("who has a key is let in by answered()")
        self.state.refuse_more()
        return Answer(
            self.state, self.active, request, self.consider(request, context), request_trace=context.request_trace
        )

    async def answered(self, request: ChatRequest, context: RequestContext) -> Answer:
        """`answer`, without holding up others, and within the limits of the key."""
        if context.request_trace is not None:
            context.request_trace.request = request
        self.state.refuse_more()
        if context.access is None:
            return await self._answered(request, context)
        admission = await self.rate_limiter.admit(context.access)
        try:
            return await self._answered(request, context, admission)
        except BaseException:
            admission.leave()
            raise

    async def _answered(
        self, request: ChatRequest, context: RequestContext, admission: Admission | None = None
    ) -> Answer:
        active = self.active
        exchange = await self._considered(active, request, context)
        self.state.refuse_more()
        if admission:
            await admission.reserve(exchange.expected_tokens)
        return Answer(self.state, active, request, exchange, admission, context.request_trace)

    def _unit(self, request: ChatRequest, context: RequestContext) -> str:
        """The conversation, as a salted hash whose first half is the user's, where the client names one.

        A conversation is what the client calls one, else all that begin with the same words.
        """
        options = request.fungible
        named = context.unit or (options.unit if options else None)
        words = named or next((m.text for m in request.messages if m.role == "user"), request.messages[0].text)
        conversation = self._hash(words)
        return (self._hash(f"user\0{request.user}") if request.user else conversation) + conversation

    def _hash(self, words: str) -> str:
        return blake2b(words.encode(errors="replace"), key=self.salt, digest_size=USER_PART // 2).hexdigest()


def new_id(time: datetime) -> str:
    """An id that sorts by time: milliseconds in hex, then 80 random bits."""
    return f"{first_id(time)}{random_hex()}"
