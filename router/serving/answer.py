"""The only loop that does I/O for a request: attempt, draw, settle.

Invariant: the first chunk is drawn before anybody is told of success; every request that was decided ends in exactly
one receipt, whether it was answered, failed, ran out of time, or its client left.
"""

import asyncio
from collections.abc import Awaitable
from secrets import token_bytes
from time import perf_counter
from typing import TypeVar, cast

from router.decision.fallback import Stop, Try, next_step
from router.decision.receipt import Ending, Exchange, settle
from router.errors import (
    AttemptsExhausted,
    BadRequest,
    BudgetExceeded,
    DeadlineExceeded,
    ProviderError,
    RateLimited,
    RouterError,
)
from router.serving.active_config import ActiveConfig
from router.serving.budget_holds import BudgetHolds
from router.serving.call_context import CallContext
from router.serving.hedging import Failed, race
from router.serving.provider_call import ProviderCall, ms_since
from router.serving.rate_limiter import Admission
from router.serving.request_trace import RequestTrace
from router.serving.server_state import ServerState
from router.serving.usage_count import count_usage, credible
from router.transparency.commitments import SALT, seal
from router.types import (
    Attempt,
    ChatRequest,
    Chunk,
    Offer,
    Outcome,
    Receipt,
    Usage,
)

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
        self.served = ""
        self.chunks: list[Chunk] = []
        self._started = perf_counter()
        self._attempts: list[Attempt] = []
        self._offers: list[Offer] = []
        self._call: ProviderCall | None = None
        self._first: Chunk | None = None
        self._first_ms: float | None = None
        self._open: set[int] = set()
        self._usage: Usage | None = None
        self._notes: dict[str, None] = {}  # in order, and each once
        self._deadline = asyncio.timeout(state.limits.deadline_s)
        self._context = CallContext(active, state.pool, request, exchange, self.budget_holds, request_trace)
        self._place = state.pool.places(
            lambda model: exchange.decision.candidate(model).away_from, self._context.expected_tokens
        )

    async def __aenter__(self) -> "Answer":
        """Draw the first chunk, from the first model that gives one; raises RouterError."""
        await self._deadline.__aenter__()
        self.state.in_flight += 1
        try:
            await self._begin()
        except BaseException as error:
            outcome = self._stopped_by(error)
            try:
                await self.end(outcome)
            finally:
                await self._leave(error)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """End with the outcome that the way out tells, unless it has ended."""
        try:
            if self.receipt is None:
                await self.end("timeout" if self._deadline.expired() else _outcome(error), _detail(error))
        finally:
            await self._leave(error)

    async def _leave(self, error: BaseException | None) -> None:
        self.state.in_flight -= 1
        if self.admission:
            self.admission.leave()
        try:
            await self._deadline.__aexit__(type(error) if error else None, error, None)
        except TimeoutError:
            # The time ran out while the client was slow to take what was sent.
            raise self._late() from None

    def _late(self) -> DeadlineExceeded:
        return DeadlineExceeded(f"No answer within {self.state.limits.deadline_s:g} s.")

    def _stopped_by(self, error: BaseException) -> Outcome:
        """How an answer ended that never began."""
        if not isinstance(error, RouterError):
            return "client_left"
        return self._attempts[-1].outcome if self._attempts else "rate_limited"

    async def _begin(self) -> None:
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
                    raise ProviderError("cut_off", f"{self.served} stopped in the middle of its answer")
                await self.end("ok")
                raise StopAsyncIteration
            self._note(chunk)
            if chunk.text or chunk.tool_call or chunk.finish_reason or chunk.beside or chunk.logprobs:
                return chunk

    @property
    def deadline_s(self) -> float:
        """The time that the whole request has, in seconds."""
        return self.state.limits.deadline_s

    def settled(self) -> Receipt:
        """The receipt of an answer that has ended; raises RuntimeError before."""
        if self.receipt is None:
            raise RuntimeError("the answer has not ended")
        return self.receipt

    def said(self, error: ProviderError | DeadlineExceeded) -> ProviderError | DeadlineExceeded:
        """The error as its client may hear it: where the operator is silent, it names no model."""
        if isinstance(error, ProviderError) and self._silent:
            return ProviderError(error.outcome, "The model stopped in the middle of its answer")
        return error

    @property
    def _silent(self) -> bool:
        return self.exchange.decision.disclosure == "silent"

    def _failure(self, outcome: Outcome, retry_after: int | None) -> RouterError:
        return _failure(outcome, [] if self._silent else self._attempts, retry_after)

    async def fail(self, error: ProviderError | DeadlineExceeded) -> Receipt:
        """End an answer that broke off in the middle."""
        return await self.end(_outcome(error), error.message)

    async def end(self, outcome: Outcome, detail: str = "") -> Receipt:
        """Stop the call, settle and record; raises Overloaded where the record is owed and can't be written."""
        try:
            if self._call is not None:
                await self._call.stop()
        finally:
            self.receipt = self._close(outcome, detail)
            self.state.follow(self)
            await self.budget_holds.settle(self._call.held if self._call else None, self.receipt)
        if outcome != "client_left":
            await self.state.acknowledge(self.receipt)
        return self.receipt

    def _close(self, outcome: Outcome, detail: str) -> Receipt:
        served, call = self.served or None, self._call
        usage = (self._believed(served) or self._counted(served)) if served else None
        if call is not None:
            used = usage.input_tokens + usage.output_tokens if usage else None
            self._attempts.append(call.ended(outcome, detail, used=used))
        if served and usage and outcome == "ok":
            self.state.affinity.learn(self.request, self.exchange, self.active.models[served], usage)
        if self.admission and usage:
            self.admission.settle(usage.input_tokens + usage.output_tokens)
        receipt = settle(self.exchange, self._ending(outcome, served, usage), self.active.config)
        self.state.record(receipt, seal(self.request.messages, self.chunks, token_bytes(2 * SALT)))
        return receipt

    def _ending(self, outcome: Outcome, served: str | None, usage: Usage | None) -> Ending:
        """How it ended; what was offered is told where a model is at more than one place."""
        offers = tuple(self._offers) if self.active.deployed else ()
        attempts, notes, duration = tuple(self._attempts), tuple(self._notes), ms_since(self._started)
        return Ending(outcome, attempts, served, usage, duration, self._first_ms, notes, offers)

    async def _try(self, step: Try) -> int | None:
        """Call one deployment; returns the seconds after which it wants to be asked again, where it says so."""
        call = ProviderCall(self._context, step.model, step.deployment)
        try:
            call = await self._in_time(self._begun(call))
        except (ProviderError, DeadlineExceeded, Failed) as error:
            failed, why = (error.call, error.error) if isinstance(error, Failed) else (call, error)
            outcome = why.outcome if isinstance(why, ProviderError) else "timeout"
            wait = why.retry_after if isinstance(why, ProviderError) else None
            self._attempts.append(await failed.abandon(outcome, getattr(why, "message", ""), wait))
            if not isinstance(why, ProviderError):
                raise why from None
            return wait
        except BaseException:
            if call.open:
                self._attempts.append(await call.abandon("client_left"))
            raise
        self._call, self._first, self.served = call, call.first, call.model
        self._first_ms = ms_since(self._started)
        return None

    async def _begun(self, call: ProviderCall) -> ProviderCall:
        """The call once it has begun, or another that was begun beside it and was sooner."""
        hedge_s = self.active.config.resilience.hedge_s
        if hedge_s is None or not self.state.pool.may_hedge():
            await call.begin()
            return call
        return await race(call, hedge_s, self._beside, self._attempts.append)

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
            if self._deadline.expired():
                raise self._late() from None
            raise

    async def _draw(self) -> Chunk | None:
        # As `_in_time` does, without a coroutine of its own: this runs for every chunk.
        try:
            return await cast("ProviderCall", self._call).draw()
        except asyncio.CancelledError:
            if self._deadline.expired():
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

    def _believed(self, model: str) -> Usage | None:
        """What the backend says it used, where that can be."""
        if self._usage is None or credible(self._usage, self.active.models[model], self.request.choices):
            return self._usage
        self._notes["usage:what the backend said can't be true"] = None
        return None

    def _counted(self, model: str) -> Usage:
        tokenizer = self.active.config.tokenizers[self.active.models[model].tokenizer]
        return count_usage(self.request, self.exchange.features, tokenizer, _texts(self.chunks))


def _texts(chunks: list[Chunk]) -> list[str]:
    """All that was said, in the order in which it came."""
    return [
        chunk.text
        + ((piece.name or "") + piece.arguments if (piece := chunk.tool_call) else "")
        + ("".join(word for word in chunk.beside.values() if isinstance(word, str)) if chunk.beside else "")
        for chunk in chunks
    ]


def _outcome(error: BaseException | None) -> Outcome:
    if isinstance(error, ProviderError):
        return "cut_off"
    return "timeout" if isinstance(error, DeadlineExceeded) else "client_left"


def _detail(error: BaseException | None) -> str:
    return error.message if isinstance(error, ProviderError | DeadlineExceeded) else ""


def _failure(outcome: Outcome, attempts: list[Attempt], retry_after: int | None) -> RouterError:
    """The error that tells the client what became of its request."""
    tried = "".join(f"; {a.model}: {a.outcome}" + (f" ({a.detail})" if a.detail else "") for a in attempts)
    tried = tried.replace(";", "", 1)
    if outcome in ("rejected", "content_filter"):
        return BadRequest(f"The model refused the request.{tried}")
    if outcome == "budget":
        return BudgetExceeded(f"No budget is left for a model that may answer.{tried}", retry_after=1)
    if outcome == "rate_limited":
        return RateLimited(f"Every model that was allowed to answer is at its limit.{tried}", retry_after=retry_after)
    return AttemptsExhausted(f"Every model that was allowed to answer failed.{tried}", attempts)
