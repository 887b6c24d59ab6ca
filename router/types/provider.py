"""The seam to backends: one method that streams chunks and raises only ProviderError."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, get_args

from router.types.catalog import Model
from router.types.chat import ChatRequest
from router.types.pipeline import Features, Usage
from router.types.words import FinishReason

NoteKind = Literal[
    "dropped",
    "renamed",
    "clamped",
    "approximated",
    "finish_reason",
    "usage",
    "upstream_model",
    "cache_written",
]
NOTE_KINDS: tuple[NoteKind, ...] = get_args(NoteKind)


@dataclass(frozen=True, slots=True)
class ToolCallPiece:
    """A part of a tool call: `id` and `name` come with its first piece, `arguments` pieces add up to JSON text."""

    position: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


class Chunk(NamedTuple):
    """A piece of the answer number `index`; the last piece of each answer carries `finish_reason`.

    `notes` tell what was changed on the way to the backend or not believed of what it says: `kind:detail`, with a kind
    of `NOTE_KINDS`. `beside` is what the message holds beside text and tool calls, such as a refusal, and `logprobs`
    belong to the text; both are passed on as they came. Beside an end may stand the `stop_sequence` that made it.
    `more` says that the next chunk is here already, so that what is sent may wait for it. A named tuple, since a stream
    is made of them: five times as fast as a frozen dataclass.
    """

    index: int = 0  # type: ignore[assignment]  # the method of tuples is of no use here
    text: str = ""
    tool_call: ToolCallPiece | None = None
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    notes: tuple[str, ...] = ()
    beside: Mapping[str, Any] | None = None
    logprobs: Mapping[str, Any] | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one model, which must not be served from the regions of `away_from`.

    `trace` holds the headers that carry its trace on to another machine, where it has one.
    """

    request: ChatRequest
    model: Model
    features: Features
    away_from: tuple[str, ...] = ()
    trace: Mapping[str, str] | None = None


class Provider(Protocol):
    """An adapter. Close the iterator to stop the call.

    One that keeps something open between calls has a coroutine `aclose()` too, which closes what rests at once and what
    is in use as soon as its call has ended. One that asks another machine may say which: `place`, its host and port.
    """

    def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """Answer in chunks, at least one, every choice finished; raise only ProviderError."""
