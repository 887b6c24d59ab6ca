"""The only loop that does I/O for a request: attempt, draw, settle.

Invariant: the first chunk is drawn before anybody is told of success; every request that was decided ends in exactly
one receipt, whether it was answered, failed, ran out of time, or its client left.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from time import perf_counter
from typing import TypeVar, cast

from router.decision.fallback import Stop, Try, next_step
from router.decision.receipt import Ending, Exchange, settle
from router.decision.recorded_words import NoteFilter, TriedCall
from router.errors import DeadlineExceeded, ProviderError, RouterError, ServerStopped
from router.ids import random_bytes
from router.serving.active_config import ActiveConfig
from router.serving.budget_holds import BudgetHolds
from router.serving.cached_answers.cache_use import DEFAULT_USE, CacheUse
from router.serving.cached_answers.cached_call import CachedCall, CacheSide
from router.serving.call_context import CallContext
from router.serving.hedging import Failed, race
from router.serving.outcomes import failure, outcome_of
from router.serving.provider_call import ProviderCall, ms_since
from router.serving.rate_limiter import Admission
from router.serving.request_trace import RequestTrace
from router.serving.server_state import ServerState, without_fail
from router.serving.usage_count import count_usage, credible, expected_usage, texts
from router.serving.work.answer_size import AnswerSize, Measured
from router.serving.work.patience import Patience
from router.transparency.commitments import SALT, Sealed, seal, seal_in_pieces
from router.types import Attempt, ChatRequest, Chunk, Offer, Outcome, Receipt, Usage

T = TypeVar("T")


class Answer:
    """One request on its way: a context, an iterator of chunks, and a receipt once it has ended.

    Entering it draws the first chunk; leaving it ends it, whatever the way out.
    """

    def __init__(
        self,
        state: ServerState,
        active: ActiveConfig,
        request: ChatRequest,
        exchange: Exchange,
        admission: Admission | None = None,
        request_trace: RequestTrace | None = None,
        *,
        large: bool = False,
        cache_use: CacheUse = DEFAULT_USE,
    ) -> None:
        self.state = state
        self.active = active
        self.request = request
        self.exchange = exchange
        self.admission = admission
        self.request_trace = request_trace
        if request_trace is not None:
            request_trace.answer = self
        self.budget_holds = BudgetHolds(exchange, self.active.config, state.accounts, state.limits.deadline_s)
        self.receipt: Receipt | None = None
        self.served = self.cached_from = ""
        self.chunks: list[Chunk] = []
        self._started = perf_counter()
        self._attempts: list[TriedCall] = []
        self._offers: list[Offer] = []
        self._call: ProviderCall | CachedCall | None = None
        self._cache = CacheSide(state.answer_cache, exchange, active, cache_use)
        self._first: Chunk | None = None
        self._first_ms: float | None = None
        self._open: set[int] = set()
        self._usage: Usage | None = None
        self._large, self._size = large, AnswerSize(state.limits)
        self._measured: Measured | None = None
        self._notes: dict[str, None] = {}  # in order, and each once
        self._cut = False
        self._patience = Patience(state.limits, streams=bool(request.stream), renew=self._renew_holds)
        features = exchange.features
        tokens = features.input_tokens + features.output_tokens * features.choices
        self._context = CallContext(
            active, state.pool, request, exchange, self.budget_holds, state.thoughts, request_trace, tokens
        )
        self._place = state.pool.places(
            lambda model: exchange.decision.candidate(model).away_from, tokens, exchange.ask.unit
        )

    async def __aenter__(self) -> "Answer":
        """Draw the first chunk, from the first model that gives one; raises RouterError."""
        self._patience.enter()
        self.state.in_flight += 1
        self.state.answers.add(self)
        try:
            await self._begin()
        except BaseException as error:
            outcome = self._stopped_by(error)
            try:
                await self.end(outcome)
            finally:
                self._leave(error)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """End with the outcome that the way out tells, unless it has ended."""
        try:
            if self.receipt is None:
                late = self._late() if self._patience.expired() else error
                await self.end(outcome_of(late), error)
        finally:
            self._leave(error)

    def _leave(self, error: BaseException | None) -> None:
        self.state.in_flight -= 1
        self.state.answers.discard(self)
        if self.admission:
            self.admission.leave()
        try:
            self._patience.leave(error)
        except TimeoutError:
            # The time ran out while the client was slow to take what was sent.
            raise self._late() from None

    def cut(self) -> None:
        """End it now: the server is being stopped. It ends as one whose time has run out does, by another name."""
        if self.receipt is None and not (self._cut or self._patience.expired()):
            self._cut = True
            self._patience.stop()

    def _late(self) -> DeadlineExceeded:
        return ServerStopped() if self._cut else DeadlineExceeded(self._patience.sentence)

    def _renew_holds(self) -> None:
        """Its tokens still come: what was set aside for them stays so."""
        if self._call is not None:
            self.budget_holds.renew(self._call.held)

    def _stopped_by(self, error: BaseException) -> Outcome:
        """How an answer ended that never began."""
        if isinstance(error, ServerStopped) or not isinstance(error, RouterError):
            return outcome_of(error)
        return self._attempts[-1].outcome if self._attempts else "rate_limited"

    async def _begin(self) -> None:
        if self._cache.is_used:
            heavy_work = self.state.heavy_work if self._large else None
            kept = await self._in_time(self._cache.find(self.request, heavy_work, self.budget_holds))
            if kept is not None:
                self._take(kept)
                self.cached_from = kept.cached_from
                return
        pool, retry_after = self.state.pool, None
        pool.earn()
        while self._call is None:
            step = next_step(self.exchange.decision, self._attempts, self._place, may_repeat=pool.may_repeat())
            self._log(step.offers)
            if isinstance(step, Stop):
                raise self._failure(step.outcome, retry_after)
            if step.again and not await self._paused(retry_after):
                raise self._failure(self._attempts[-1].outcome, retry_after)
            retry_after = await self._try(step)

    def _log(self, offers: tuple[Offer, ...]) -> None:
        """Note which deployments were offered the request, and what became of that."""
        self._offers += offers
        self.state.pool.log(offers)

    async def _paused(self, retry_after: int | None) -> bool:
        """Wait before the same deployment is asked again; says whether that is worth while."""
        pause = self.state.pool.pause_s(retry_after)
        if pause is not None:
            await self._in_time(asyncio.sleep(pause))
        return pause is not None

    def __aiter__(self) -> "Answer":
        """The chunks, once."""
        return self

    async def __anext__(self) -> Chunk:
        """The next chunk; raises ProviderError or DeadlineExceeded mid-way. Ends the answer after the last one."""
        while True:
            chunk, self._first = self._first, None
            if chunk is None and (chunk := await self._draw()) is None:
                if self._open:
                    raise ProviderError("cut_off", f"{self.served} stopped in the middle of its answer", code="cut_off")
                await self.end("ok")
                raise StopAsyncIteration
            self._note(chunk)
            self._patience.token()
            if self._size.add(chunk):
                # An adapter that never waits would keep everybody else, and the deadline, from theirs.
                await self._in_time(asyncio.sleep(0))
            if chunk.text or chunk.tool_call or chunk.finish_reason or chunk.beside or chunk.logprobs:
                return chunk

    @property
    def deadline_s(self) -> float:
        """The time to a first token, and from one to the next, in seconds."""
        return self.state.limits.deadline_s

    def settled(self) -> Receipt:
        """The receipt of an answer that has ended; raises RuntimeError before."""
        if self.receipt is None:
            raise RuntimeError("the answer has not ended")
        return self.receipt

    def said(self, error: ProviderError | DeadlineExceeded) -> ProviderError | DeadlineExceeded:
        """The error as its client may hear it: where the operator is silent, it names no model."""
        if isinstance(error, ProviderError) and self._silent:
            return ProviderError(error.outcome, "The model stopped in the middle of its answer", refusal=error.refusal)
        return error

    @property
    def _silent(self) -> bool:
        return self.exchange.decision.disclosure == "silent"

    def _failure(self, outcome: Outcome, retry_after: int | None) -> RouterError:
        return failure(outcome, self._attempts, retry_after, silent=self._silent)

    async def fail(self, error: ProviderError | DeadlineExceeded) -> Receipt:
        """End an answer that broke off in the middle."""
        return await self.end(outcome_of(error), error)

    async def end(self, outcome: Outcome, why: BaseException | None = None) -> Receipt:
        """Stop the call, settle and record; raises Overloaded where the record is owed and can't be written."""
        try:
            if self._call is not None:
                await self._call.stop()
        finally:
            try:
                if self._large or self.is_long:
                    await self._measure_aside()
            finally:
                try:
                    self.receipt = self._close(outcome, why)
                    self.state.tell(self)
                finally:
                    if self.budget_holds.budgets:
                        await self.budget_holds.settle(self._call.held if self._call else None, self.receipt)
        if outcome != "client_left":
            await self.state.acknowledge(self.receipt)
        without_fail("keep an answer", self._cache.keep, self.receipt, self.chunks)
        return self.receipt

    async def _measure_aside(self) -> None:
        """Whoever leaves meanwhile, what is large is counted in a thread, not here."""
        # Where no thread is to be had any more, it is counted here after all.
        with suppress(RuntimeError):
            await self.state.heavy_work.finish(self._measure)

    def _measure(self) -> None:
        """What takes time in proportion to what was asked and said; where that is much, a thread does it."""
        usage = self._used(self.served) if self.served else None
        sealed = without_fail("commit to the words", self._sealed)
        marks = without_fail("mark a conversation", self._marks) if usage and self._large else None
        self._measured = Measured(usage, sealed, marks)

    def _sealed(self) -> Sealed:
        commit = seal_in_pieces if self._large or self.is_long else seal
        return commit(self.request.messages, self.chunks, random_bytes(2 * SALT))

    def _marks(self) -> Sequence[bytes]:
        return self.state.affinity.marks(self.request, self.exchange.ask)

    @property
    def is_long(self) -> bool:
        """Whether so much was said that to count, seal or render it would hold up other requests."""
        return self._size.is_long

    def _close(self, outcome: Outcome, why: BaseException | None) -> Receipt:
        """Close the books and record; whatever the answer held, there is a receipt."""
        served, call = self.served or None, self._call
        if self._measured is None:
            self._measure()
        usage, sealed, marks = cast("Measured", self._measured)
        if call is not None:
            used = usage.input_tokens + usage.output_tokens if usage else None
            if (tried := call.ended(outcome, why, used=used)) is not None:
                self._attempts.append(tried)
        if served and usage and outcome == "ok" and not self.cached_from:
            self._learn(served, usage, marks)
        if served:
            self._learn_thoughts(served)
        if self.admission and usage:
            self.admission.settle(0 if self.cached_from else usage.input_tokens + usage.output_tokens)
        receipt = settle(self.exchange, self._ending(outcome, served, usage), self.active.config)
        self.state.record(receipt, sealed)
        return receipt

    def _learn(self, served: str, usage: Usage, marks: Sequence[bytes] | None) -> None:
        affinity, model = self.state.affinity, self.active.models[served]
        without_fail("learn of a cache", affinity.learn, self.request, self.exchange, model, usage, marks)

    def _learn_thoughts(self, served: str) -> None:
        thoughts, model = self.state.thoughts, self.active.models[served]
        without_fail("learn of thoughts", thoughts.learn, self.chunks, model)

    def _ending(self, outcome: Outcome, served: str | None, usage: Usage | None) -> Ending:
        """How it ended; what was offered is told where a model is at more than one place."""
        offers = tuple(self._offers) if self.active.deployed else ()
        keeps = self.active.keeps_text
        attempts = tuple(
            [tried.for_receipt(keep_text=keeps(tried.model, tried.deployment)) for tried in self._attempts]
        )
        first_ms, notes, ms = self._first_ms, self._kept_notes(), ms_since(self._started)
        return Ending(outcome, attempts, served, usage, ms, first_ms, notes, offers, self.cached_from)

    def _kept_notes(self) -> tuple[str, ...]:
        """What the adapter noted, but for a backend's own words, unless the operator keeps those."""
        call = self._call
        if not self._notes or (call is not None and self.active.keeps_text(call.model, call.deployment)):
            return tuple(self._notes)
        return NoteFilter(self.active.model_names, self.state.salt).kept(self._notes)

    async def _try(self, step: Try) -> int | None:
        """Call one deployment; returns the seconds after which it wants to be asked again, where it says so."""
        call = ProviderCall(self._context, step.model, step.deployment)
        try:
            hedge_s = self.active.config.resilience.hedge_s
            if hedge_s is None or not self.state.pool.may_hedge():
                await self._in_time(call.begin())
            else:
                # The call once it has begun, or another that was begun beside it and was sooner.
                call = await self._in_time(race(call, hedge_s, self._beside, self._attempts.append))
        except (ProviderError, DeadlineExceeded, Failed) as error:
            failed, why = (error.call, error.error) if isinstance(error, Failed) else (call, error)
            outcome = why.outcome if isinstance(why, ProviderError) else outcome_of(why)
            self._attempts.append(await failed.abandon(outcome, why))
            if not isinstance(why, ProviderError):
                raise why from None
            return why.retry_after
        except BaseException:
            if call.open:
                self._attempts.append(await call.abandon("client_left"))
            raise
        self._take(call)
        return None

    def _take(self, call: ProviderCall | CachedCall) -> None:
        """It is this call that answers."""
        self._call, self._first, self.served = call, call.first, call.model
        self._notes.update(dict.fromkeys(call.notes))
        self._first_ms = ms_since(self._started)

    def _beside(self, call: ProviderCall) -> ProviderCall | None:
        """Another call beside one that is late, where there is one to make."""
        as_if = [*self._attempts, Attempt(call.model, "timeout", 0.0, "", call.deployment)]
        step = next_step(self.exchange.decision, as_if, self._place)
        if isinstance(step, Stop):
            return None
        self._log(step.offers)
        self.state.pool.hedged()
        return ProviderCall(self._context, step.model, step.deployment)

    async def _in_time(self, awaited: Awaitable[T]) -> T:
        """Wait for something; raises DeadlineExceeded where the time for the whole request runs out meanwhile."""
        try:
            return await awaited
        except asyncio.CancelledError:
            if self._patience.expired():
                raise self._late() from None
            raise

    async def _draw(self) -> Chunk | None:  # as `_in_time` does, without a coroutine of its own, for every chunk
        try:
            return await cast("ProviderCall | CachedCall", self._call).draw()
        except asyncio.CancelledError:
            if self._patience.expired():
                raise self._late() from None
            raise

    def _note(self, chunk: Chunk) -> None:
        self.chunks.append(chunk)
        self._usage = chunk.usage or self._usage
        if chunk.notes:
            self._notes.update(dict.fromkeys(chunk.notes))
        if chunk.finish_reason:
            self._open.discard(chunk.index)
        elif chunk.text or chunk.tool_call or chunk.beside:
            self._open.add(chunk.index)

    def _used(self, model: str) -> Usage:
        """What it took: the backend's word, our count, or where neither can be had what was expected."""
        if used := without_fail("count an answer", self._said_or_counted, model):
            return used
        return expected_usage(self.exchange.sent_features, self.active.tokenizer(model))

    def _said_or_counted(self, model: str) -> Usage:
        """What the backend says it used, where that can be; else our count."""
        if self._usage is not None:
            if credible(self._usage, self.active.models[model], self.request.choices):
                return self._usage
            self._notes["usage:what the backend said can't be true"] = None
        return count_usage(self.request, self.exchange.features, self.active.tokenizer(model), texts(self.chunks))
