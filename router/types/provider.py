"""The seams to backends and to judges: one method each, which raises only ProviderError.

Invariant: a judge is told both answers alike, and not which of them served.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol, get_args

from router.types.catalog import Model
from router.types.chat import ChatRequest
from router.types.facts import Features
from router.types.pipeline import Usage
from router.types.records.quick_records import quick
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
    "alias",
]
NOTE_KINDS: tuple[NoteKind, ...] = get_args(NoteKind)


@dataclass(frozen=True, slots=True)
class ToolCallPiece:
    """A part of a tool call: `id` and `name` come with its first piece, `arguments` pieces add up to JSON text.

    `extra` is what else the backend said of the call, such as a signature; it must come back to it as it was. What only
    Anthropic's API has a word for stands there under its name. With `plain` the call is of a custom tool, and its
    arguments are plain text.
    """

    position: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    extra: Mapping[str, Any] | None = None
    plain: bool = False


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


@quick
@dataclass(frozen=True, slots=True)
class Call:
    """One request to one model, which must not be served from the regions of `away_from`.

    `trace` holds the headers that let it be followed on another machine: its id, and its trace where it has one.
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


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a model answered, as text; tool calls are their names and arguments."""

    model: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One request of a day with the answers of both models; `id` is the receipt's: by chance it orders the two."""

    id: str
    day: date
    request: ChatRequest
    features: Features
    original: Spoken
    substitute: Spoken


class Grades(NamedTuple):
    """Outcomes in [0, 1], and what judging cost in micro-dollars."""

    original: float
    substitute: float
    cost: Decimal = Decimal(0)


class Ungraded(NamedTuple):
    """The judge could not say, and this is what that cost."""

    cost: Decimal = Decimal(0)


class Judge(Protocol):
    """A plug-in of the group `fungible.judges`."""

    async def grade(self, comparison: Comparison) -> Grades | Ungraded:
        """Grade both answers; raise only ProviderError."""
