"""One call of one deployment, from its hold on budgets to its first chunk and its end.

Invariant: whatever the way out, the fleet is told once how it ended, and what was set aside is given back or settled.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from time import perf_counter
from typing import cast

from router.errors import ProviderError
from router.ledger.budget_store import Held
from router.serving.call_context import CallContext
from router.serving.request_trace import CallTrace
from router.types import Attempt, Call, Chunk, Model, Outcome


class ProviderCall:
    """A call on its way; `first` is its first chunk once it has begun, `open` says that it has not ended."""

    def __init__(self, context: CallContext, model: str, deployment: str) -> None:
        self.model = model
        self.deployment = deployment
        self.first: Chunk | None = None
        self.held: Held | None = None
        self._context = context
        self._started = perf_counter()
        self._stream: AsyncIterator[Chunk] | None = None
        self._call_trace: CallTrace | None = None
        self.open = True
        context.pool.begin(deployment, context.expected_tokens)

    @property
    def row(self) -> Model:
        """The model's row in the catalog."""
        return self._context.active.models[self.model]

    async def begin(self) -> None:
        """Draw the first chunk; raises ProviderError where there is none."""
        context = self._context
        self.held = await context.budget_holds.hold(self.row)
        away_from = context.exchange.decision.candidate(self.model).away_from
        provider = context.active.providers[context.active.provider_of(self.model, self.deployment)]
        if context.request_trace is not None:
            self._call_trace = context.request_trace.call(self.model, self.deployment, provider)
        trace = self._call_trace.headers if self._call_trace else None
        self._stream = provider.stream(Call(context.request, self.row, context.exchange.features, away_from, trace))
        self.first = await self.draw()
        if self.first is None:
            raise ProviderError("unavailable", f"{self.model} ended without an answer")

    async def draw(self) -> Chunk | None:
        """The next chunk, or None at the end; raises ProviderError alone, whatever an adapter does."""
        try:
            return await anext(cast("AsyncIterator[Chunk]", self._stream), None)
        except ProviderError:
            raise
        except Exception as error:
            raise ProviderError("unavailable", f"the adapter failed with {type(error).__name__}") from error

    async def stop(self) -> None:
        """Close the stream."""
        if (aclose := getattr(self._stream, "aclose", None)) is not None:
            with suppress(Exception):
                await aclose()

    def ended(self, outcome: Outcome, detail: str = "", *, used: int | None = None, wait: int | None = None) -> Attempt:
        """Tell how it ended; `used` are its tokens, `wait` the seconds after which it wants to be asked again."""
        if self.open:
            self.open = False
            self._context.pool.end(self.deployment, outcome, self._context.expected_tokens, used, wait)
        attempt = Attempt(self.model, outcome, ms_since(self._started), detail, self.deployment)
        if self._call_trace is not None:
            call_trace, self._call_trace = self._call_trace, None
            call_trace.ended(attempt)
        return attempt

    async def abandon(self, outcome: Outcome, detail: str = "", wait: int | None = None) -> Attempt:
        """Give up a call that did not context."""
        attempt = self.ended(outcome, detail, wait=wait)
        await self.stop()
        held, self.held = self.held, None
        await self._context.budget_holds.give_back(held)
        return attempt


def ms_since(started: float) -> float:
    """Milliseconds since a moment of the performance counter."""
    return round((perf_counter() - started) * 1000, 3)
