"""The only loop that does I/O for a request: attempt, draw, settle.

Invariant: the first chunk is drawn before anybody is told of success; every request that was decided ends in exactly
one receipt, whether it was answered, failed, ran out of time, or its client left.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from secrets import token_bytes
from time import perf_counter
from typing import TYPE_CHECKING, cast

from router.attempts import Stop, next_step
from router.billing import count_usage
from router.errors import (
    AttemptsExhausted,
    BadRequest,
    BudgetExceeded,
    DeadlineExceeded,
    ProviderError,
    RateLimited,
    RouterError,
)
from router.proving.commitments import SALT, seal
from router.receipts import Ending, Exchange, settle
from router.setup import Setup
from router.spending import Spending
from router.types import (
    Attempt,
    Call,
    ChatRequest,
    Chunk,
    Model,
    Outcome,
    Receipt,
    Usage,
)

if TYPE_CHECKING:
    from router.service import Service


class Answer:
    """One request on its way: a context, an iterator of chunks, and a receipt once it has ended.

    Entering it draws the first chunk; leaving it ends it, whatever the way out.
    """

    def __init__(self, service: "Service", setup: Setup, request: ChatRequest, exchange: Exchange) -> None:
        self.service = service
        self.setup = setup
        self.request = request
        self.exchange = exchange
        self.spending = Spending(exchange, self.setup.config, service.accounts, service.limits.deadline_s)
        self.receipt: Receipt | None = None
        self.served = ""
        self._started = self._attempt_started = perf_counter()
        self._attempts: list[Attempt] = []
        self._stream: AsyncIterator[Chunk] | None = None
        self._first: Chunk | None = None
        self._first_ms: float | None = None
        self._open: set[int] = set()
        self._chunks: list[Chunk] = []
        self._usage: Usage | None = None
        self._deadline = asyncio.timeout(service.limits.deadline_s)

    async def __aenter__(self) -> "Answer":
        """Draw the first chunk, from the first model that gives one; raises RouterError."""
        await self._deadline.__aenter__()
        self.service.in_flight += 1
        try:
            await self._begin()
        except BaseException as error:
            outcome = self._attempts[-1].outcome if isinstance(error, RouterError) else "client_left"
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
                await self.end("timeout" if self._deadline.expired() else _outcome(error))
        finally:
            await self._leave(error)

    async def _leave(self, error: BaseException | None) -> None:
        self.service.in_flight -= 1
        try:
            await self._deadline.__aexit__(type(error) if error else None, error, None)
        except TimeoutError:
            # The time ran out while the client was slow to take what was sent.
            raise self._late() from None

    def _late(self) -> DeadlineExceeded:
        return DeadlineExceeded(f"No answer within {self.service.limits.deadline_s:g} s.")

    async def _begin(self) -> None:
        retry_after = None
        while self._first is None:
            step = next_step(self.exchange.decision, self._attempts)
            if isinstance(step, Stop):
                raise _failure(step.outcome, self._attempts, retry_after)
            retry_after = await self._try(step.model)

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
            if chunk.text or chunk.tool_call or chunk.finish_reason:
                return chunk

    def settled(self) -> Receipt:
        """The receipt of an answer that has ended; raises RuntimeError before."""
        if self.receipt is None:
            raise RuntimeError("the answer has not ended")
        return self.receipt

    async def fail(self, error: ProviderError | DeadlineExceeded) -> Receipt:
        """End an answer that broke off in the middle."""
        return await self.end(_outcome(error))

    async def end(self, outcome: Outcome) -> Receipt:
        """Stop the call, settle and record; raises Overloaded where the record is owed and can't be written."""
        if self.served:
            self._attempt(self.served, outcome)
        try:
            await self._stop_call()
        finally:
            self.receipt = self._close(outcome)
            await self.spending.settle(self.receipt)
        if outcome != "client_left":
            await self.service.acknowledge(self.receipt)
        return self.receipt

    def _close(self, outcome: Outcome) -> Receipt:
        served = self.served or None
        usage = (self._usage or self._counted(served)) if served else None
        ending = Ending(outcome, tuple(self._attempts), served, usage, _ms_since(self._started), self._first_ms)
        receipt = settle(self.exchange, ending, self.setup.config)
        self.service.record(receipt, seal(self.request.messages, self._chunks, token_bytes(2 * SALT)))
        return receipt

    async def _try(self, model: str) -> int | None:
        """Call one model; returns the seconds after which it wants to be asked again, where it says so."""
        self._attempt_started = perf_counter()
        row, candidate = self.setup.models[model], self.exchange.decision.candidate(model)
        self._stream = None
        try:
            await self._hold(row)
            self._stream = self.setup.providers[row.provider].stream(
                Call(self.request, row, self.exchange.features, candidate.away_from)
            )
            self._first = await self._draw()
            if self._first is None:
                raise ProviderError("unavailable", f"{model} ended without an answer")
        except (ProviderError, DeadlineExceeded) as error:
            outcome = error.outcome if isinstance(error, ProviderError) else "timeout"
            self._attempt(model, outcome, error.message)
            await self._stop_call()
            await self.spending.settle()
            if isinstance(error, DeadlineExceeded):
                raise
            return error.retry_after
        self.served = model
        self._first_ms = _ms_since(self._started)
        return None

    async def _hold(self, row: Model) -> None:
        try:
            await self.spending.hold(row)
        except asyncio.CancelledError:
            if self._deadline.expired():
                raise self._late() from None
            raise

    async def _draw(self) -> Chunk | None:
        stream = cast("AsyncIterator[Chunk]", self._stream)
        try:
            return await anext(stream, None)
        except asyncio.CancelledError:
            if self._deadline.expired():
                raise self._late() from None
            raise
        except ProviderError:
            raise
        except Exception as error:
            raise ProviderError("unavailable", f"the adapter failed with {type(error).__name__}") from error

    def _note(self, chunk: Chunk) -> None:
        self._chunks.append(chunk)
        self._usage = chunk.usage or self._usage
        if chunk.finish_reason:
            self._open.discard(chunk.index)
        elif chunk.text or chunk.tool_call:
            self._open.add(chunk.index)

    def _attempt(self, model: str, outcome: Outcome, detail: str = "") -> None:
        self._attempts.append(Attempt(model, outcome, _ms_since(self._attempt_started), detail))

    async def _stop_call(self) -> None:
        if (aclose := getattr(self._stream, "aclose", None)) is not None:
            with suppress(Exception):
                await aclose()

    def _counted(self, model: str) -> Usage:
        tokenizer = self.setup.config.tokenizers[self.setup.models[model].tokenizer]
        return count_usage(self.request, self.exchange.features, tokenizer, _texts(self._chunks))


def _texts(chunks: list[Chunk]) -> list[str]:
    """All that was said, in the order in which it came."""
    return [
        chunk.text + ((piece.name or "") + piece.arguments if (piece := chunk.tool_call) else "") for chunk in chunks
    ]


def _ms_since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 3)


def _outcome(error: BaseException | None) -> Outcome:
    if isinstance(error, ProviderError):
        return "cut_off"
    return "timeout" if isinstance(error, DeadlineExceeded) else "client_left"


def _failure(outcome: Outcome, attempts: list[Attempt], retry_after: int | None) -> RouterError:
    """The error that tells the client what became of its request."""
    tried = "; ".join(f"{a.model}: {a.outcome}" + (f" ({a.detail})" if a.detail else "") for a in attempts)
    if outcome in ("rejected", "content_filter"):
        return BadRequest(f"The model refused the request. {tried}")
    if outcome == "budget":
        return BudgetExceeded(f"No budget is left for a model that may answer. {tried}", retry_after=1)
    if outcome == "rate_limited":
        return RateLimited(f"Every model that was allowed to answer is at its limit. {tried}", retry_after=retry_after)
    return AttemptsExhausted(f"Every model that was allowed to answer failed. {tried}", attempts)
