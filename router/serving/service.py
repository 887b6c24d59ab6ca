"""What a server does for requests: read, decide, and hand the rest to an answer.

Invariant: everything that a decision depends on is gathered here, once; nothing is called before it is decided.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

from router import tokens
from router.decision.decide import decide
from router.decision.features import read
from router.decision.names.model_names import alias_notes
from router.decision.names.successors import successor_notes
from router.decision.names.version_names import alias_of, version_notes
from router.decision.receipt import Exchange
from router.decision.recorded_words import NoteFilter
from router.decision.resolve import identify, resolve, tagged
from router.decision.routing_controls import narrowed, policy_for
from router.errors import BudgetExceeded
from router.ids import first_id, random_hex, salted, salted_user
from router.ledger import Ledger
from router.ledger.budget_store import Accounts, BudgetAccounts, NotAtHand, SpentBooks
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
    NO_OPTIONS,
    Ask,
    Budget,
    Caller,
    ChatRequest,
    Config,
    EmbeddingRequest,
    Provider,
    Reader,
    Receipt,
    Situation,
    Task,
)


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
        accounts: BudgetAccounts | None = None,
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
            salt=salt,
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
        # Under another revision nothing of it is found any more: see `cache_key`.
        self.state.answer_cache.clear()

    def consider(self, request: ChatRequest, context: RequestContext) -> Exchange:
        """Read and decide, without calling anybody; raises RouterError."""
        return self._consider(self.active, request, context)

    async def considered(self, request: ChatRequest, context: RequestContext) -> Exchange:
        """`consider`, in a thread where it takes long; it counts as a request of its key, of no tokens."""
        if context.access is None:
            return await self._considered(self.active, request, context)
        admission = await self.rate_limiter.admit(context.access)
        try:
            return await self._considered(self.active, request, context)
        finally:
            admission.leave()

    async def _considered(self, active: ActiveConfig, request: ChatRequest, context: RequestContext) -> Exchange:
        """`_consider`, in a thread where it asks across a network, or reads what is large and may be asked for."""
        if context.large:
            self._ask(active, request, context, "")
        if self._is_remote(active, context):
            known = self.state.accounts.known
            if known and not context.large and not self._reader_is_remote:
                with suppress(NotAtHand):
                    return self._consider(active, request, context, known)
            return await asyncio.to_thread(self._consider, active, request, context)
        if context.large:
            return await self.state.heavy_work.run(partial(self._consider, active, request, context))
        return self._consider(active, request, context)

    def _is_remote(self, active: ActiveConfig, context: RequestContext) -> bool:
        """Whether a decision asks for something across a network."""
        if self.state.accounts.remote and (
            context.budgets or any(policy.budgets for policy in active.config.policies.values())
        ):
            return True
        return self._reader_is_remote

    @property
    def _reader_is_remote(self) -> bool:
        return bool(getattr(self.reader, "remote", False))

    def _ask(
        self, active: ActiveConfig, request: ChatRequest, context: RequestContext, unit: str, task: Task | None = None
    ) -> Ask:
        options = request.fungible or NO_OPTIONS
        policy = context.policy or options.policy
        permit = context.access.permit if context.access else None
        mode = None
        if (controls := context.controls) is not None:
            mode = policy_for(controls, request.model, policy, active.config)
            permit = narrowed(permit, controls, request, active.config)
        return resolve(
            request.model,
            active.config,
            policy=mode or policy,
            consent=context.consent or options.consent,
            unit=unit,
            caller=self._caller(active, request, context),
            permit=permit,
            mode=mode,
            vectors=isinstance(request, EmbeddingRequest),
            task=task,
        )

    def _caller(self, active: ActiveConfig, request: ChatRequest, context: RequestContext) -> Caller:
        caller = identify(context.caller, request.fungible or NO_OPTIONS, context.access)
        keys = active.config.metadata_tags
        return tagged(caller, request.metadata, keys) if keys else caller

    def _consider(
        self, active: ActiveConfig, request: ChatRequest, context: RequestContext, books: SpentBooks | None = None
    ) -> Exchange:
        """Read and decide; raises NotAtHand where the `books` do not know what the budgets have spent."""
        time, started = self.clock(), perf_counter()
        features = read(request, self.reader, tokens.count, active.contexts, active.config.phrases)
        ask = self._ask(active, request, context, self._unit(request, context), features.task)
        situation = self._situation(active, ask, time, context.budgets, books or self.state.accounts)
        stays = context.controls is None or context.controls.affinity != "none"
        if stays and (warm := self.state.affinity.warm(request, ask, features, time)):
            situation = replace(situation, warm=warm)
        try:
            decision = decide(features, ask, situation, active.config)
        except BudgetExceeded as error:
            explain_wait(error, ask, active.config, time.astimezone(active.zone), situation.spent)
            raise
        own, filtered = context.budgets, context.notes
        if filtered:
            filtered = NoteFilter(active.model_names, self.salt).kept(filtered)
        led = successor_notes(ask, features.needs, situation, active.config)
        alias = alias_of(ask.asked, active.config)
        named = version_notes(alias, decision, features.task) if alias else alias_notes(ask, active.config)
        notes = (*filtered, *named, *led)
        return Exchange(
            id=new_id(time),
            time=time,
            request_id=context.request_id,
            decision=decision,
            features=features,
            ask=ask,
            situation=situation,
            budgets=own,
            notes=notes,
            controls=context.controls,
            decided_ms=round(1000 * (perf_counter() - started)),
        )

    def _situation(
        self, active: ActiveConfig, ask: Ask, time: datetime, own: tuple[Budget, ...], books: SpentBooks
    ) -> Situation:
        config = active.config
        local = time.astimezone(active.zone)
        budgets = (*config.policies[ask.policy].budgets, *own)
        spent: tuple[str, ...] = ()
        if budgets:
            reached = at_limit(ask, config, local, books, own)
            self.state.reached_limits.observe(reached.values())
            spent = tuple(reached)
            refuse_spent(ask.caller.key or "", own, local, spent)
        minute = 60 * local.hour + local.minute
        known = self.state.pool.measured_words() if active.measures else ()
        return Situation(time.date(), (), minute, spent, calendar_day=local.toordinal(), measured=known)

    def answer(self, request: ChatRequest, context: RequestContext) -> Answer:
        """Decide, and make ready to call: enter the answer to begin. Raises RouterError.

        For what comes without a key, since no limits of one are kept here; raises ValueError where there is one.
        """
        if context.access is not None:
            raise ValueError("who has a key is let in by answered()")
        self.state.refuse_more()
        exchange, use = self.consider(request, context), context.cache_use
        return Answer(self.state, self.active, request, exchange, request_trace=context.request_trace, cache_use=use)

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
        waits = context.large or self._is_remote(active, context)
        if waits:
            exchange = await self._considered(active, request, context)
        else:
            exchange = self._consider(active, request, context)
        if admission or waits:
            # It had to wait, and others came meanwhile.
            self.state.refuse_more()
        if admission:
            await admission.reserve(exchange.expected_tokens)
        trace, large, use = context.request_trace, context.large, context.cache_use
        return Answer(self.state, active, request, exchange, admission, trace, large=large, cache_use=use)

    def _unit(self, request: ChatRequest, context: RequestContext) -> str:
        """The conversation, as a salted hash whose first half is the user's, where the client names one.

        A conversation is what the client calls one, else all that begin with the same words.
        """
        options = request.fungible
        session = context.controls.session if context.controls else None
        named = context.unit or (options.unit if options else None) or session
        words = named or next((m.text for m in request.messages if m.role == "user"), request.messages[0].text)
        conversation = salted(words, self.salt)
        return (salted_user(request.user, self.salt) if request.user else conversation) + conversation


def new_id(time: datetime) -> str:
    """An id that sorts by time: milliseconds in hex, then 80 random bits."""
    return f"{first_id(time)}{random_hex()}"
