"""One call of one deployment, from its hold on budgets to its first chunk and its end.

Invariant: whatever the way out, the fleet is told once how it ended, and what was set aside is given back or settled.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any, cast, get_args

from router.decision.parameters.set_parameters import sent
from router.decision.recorded_words import TriedCall
from router.errors import DeadlineExceeded, ProviderError, ServerStopped
from router.ledger.budget_store import Held
from router.serving.backends.swapped_models import ejects, other_model, refuse_swapped
from router.serving.call_context import CallContext
from router.serving.request_trace import CallTrace
from router.serving.thought_origins import LEFT_OUT
from router.tokens import load_beside
from router.types import Call, Chunk, FinishReason, Model, Outcome, ToolCallPiece, Usage

MOST_CHOICES = 65_536
_REASONS = frozenset(get_args(FinishReason))


class ProviderCall:
    """A call on its way; `first` is its first chunk once it has begun, `open` says that it has not ended."""

    def __init__(self, context: CallContext, model: str, deployment: str) -> None:
        active = context.active
        self.model = model
        self.deployment = deployment
        self.row: Model = active.models[model]
        """The model's row in the catalog."""
        self._provider = active.deployed.get(deployment) or self.row.provider
        self.first: Chunk | None = None
        self.held: Held | None = None
        self.notes: tuple[str, ...] = ()
        self._context = context
        self._started = perf_counter()
        self._stream: AsyncIterator[Chunk] | None = None
        self._call_trace: CallTrace | None = None
        self.open = True
        context.pool.begin(deployment, context.expected_tokens)

    async def begin(self) -> None:
        """Draw the first chunk; raises ProviderError where there is none."""
        context, row = self._context, self.row
        exchange, active = context.exchange, context.active
        if context.budget_holds.budgets:
            self.held = await context.budget_holds.hold(row)
        away_from = exchange.decision.candidate(self.model).away_from
        provider = active.providers[self._provider]
        if context.request_trace is not None:
            self._call_trace = context.request_trace.call(self.model, self.deployment, provider)
        # Whoever looks for a request in a backend's log has the id that its client has.
        trace = {"x-request-id": exchange.request_id}
        if self._call_trace is not None:
            trace.update(self._call_trace.headers)
        request = context.thoughts.for_model(context.request, row)
        if request is not context.request:
            self.notes = (LEFT_OUT,)
        request = sent(request, exchange.decision, row)
        # Where the backend says no usage, the answer is counted in its own vocabulary: by then that is here.
        load_beside(active.own_vocabulary(self.model))
        called = perf_counter()
        self._stream = provider.stream(Call(request, row, exchange.features, away_from, trace))
        self.first = await self.draw()
        if self.first is None:
            raise ProviderError("unavailable", f"{self.model} ended without an answer", code="no_answer")
        context.pool.first_token(self.model, 1000 * (perf_counter() - called))
        if self.first.notes and other_model(active, self.model, self._provider, self.first.notes):
            context.pool.swapped[self.deployment] += 1
            refuse_swapped(active, self.model, self._provider)

    async def draw(self) -> Chunk | None:
        """The next chunk, or None at the end; raises ProviderError alone, whatever an adapter does."""
        try:
            # `anext` with a default would put an object of its own around each step.
            chunk = await cast("AsyncIterator[Chunk]", self._stream).__anext__()
        except StopAsyncIteration:
            return None
        except ProviderError:
            raise
        except Exception as error:
            sentence = f"the adapter failed with {type(error).__name__}"
            raise ProviderError("unavailable", sentence, code="adapter_failed") from error
        if not is_sound(chunk):
            raise ProviderError("unavailable", "the adapter gave what is no piece of an answer", code="no_piece")
        return chunk

    async def stop(self) -> None:
        """Close the stream."""
        if (aclose := getattr(self._stream, "aclose", None)) is not None:
            with suppress(Exception):
                await aclose()

    def ended(self, outcome: Outcome, why: BaseException | None = None, *, used: int | None = None) -> TriedCall:
        """Tell how it ended, and of which error; `used` are its tokens."""
        wait = why.retry_after if isinstance(why, ProviderError) else None
        if self.open:
            self.open = False
            self._context.pool.end(self.deployment, outcome, self._context.expected_tokens, used, wait)
            if why is not None and ejects(self._context.active, self._provider, why):
                self._context.pool.eject(self.deployment)
        code, message = _described(why)
        refusal = why.refusal if isinstance(why, ProviderError) else None
        attempt = TriedCall(self.model, outcome, ms_since(self._started), code, self.deployment, message, refusal)
        if self._call_trace is not None:
            call_trace, self._call_trace = self._call_trace, None
            call_trace.ended(attempt)
        return attempt

    async def abandon(self, outcome: Outcome, why: BaseException | None = None) -> TriedCall:
        """Give up a call that did not begin, or that another was sooner than."""
        attempt = self.ended(outcome, why)
        await self.stop()
        held, self.held = self.held, None
        await self._context.budget_holds.give_back(held)
        return attempt


def _described(why: BaseException | None) -> tuple[str, str]:
    """The code of an error for a receipt, and its words for a client; of one that is not ours, neither."""
    if isinstance(why, ProviderError):
        return why.code, why.message
    if isinstance(why, ServerStopped):
        return "stopped", why.message
    return ("deadline", why.message) if isinstance(why, DeadlineExceeded) else ("", "")


def ms_since(started: float) -> float:
    """Milliseconds since a moment of the performance counter."""
    return round((perf_counter() - started) * 1000, 3)


def is_sound(chunk: object) -> bool:
    """Whether it is a piece of an answer that can be counted, committed to and sent; counts are judged elsewhere."""
    if type(chunk) is not Chunk:
        return False
    # What an adapter gives need not be what it should be.
    index, text, tool_call, reason, usage, notes, beside, logprobs, _ = cast("tuple[Any, ...]", chunk)
    if type(index) is not int or not 0 <= index < MOST_CHOICES or not _is_text(text):
        return False
    if tool_call is None and reason is None and usage is None and notes == () and beside is None and logprobs is None:
        # Most pieces of a stream.
        return True
    return _is_rest(tool_call, reason, usage, notes, beside, logprobs)


def _is_rest(tool_call: Any, reason: Any, usage: Any, notes: Any, beside: Any, logprobs: Any) -> bool:
    return (
        (tool_call is None or _is_call(tool_call))
        and (reason is None or (type(reason) is str and reason in _REASONS))
        and (usage is None or type(usage) is Usage)
        and (notes == () or (type(notes) is tuple and all(map(_is_text, notes))))
        and (beside is None or isinstance(beside, Mapping))
        and (logprobs is None or isinstance(logprobs, Mapping))
    )


def _is_text(text: object) -> bool:
    """Whether it is a text that UTF-8 can hold: half of a pair of surrogates is in none."""
    if not isinstance(text, str):
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _is_call(piece: object) -> bool:
    return (
        type(piece) is ToolCallPiece
        and type(piece.position) is int
        and piece.position >= 0
        and all(name is None or _is_text(name) for name in (piece.id, piece.name))
        and _is_text(piece.arguments)
        and (piece.extra is None or isinstance(piece.extra, Mapping))
    )
