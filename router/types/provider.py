"""The seam to backends: one method that streams chunks and raises only ProviderError."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from router.types.catalog import Model, Text

if TYPE_CHECKING:
    from router.types.chat import ChatRequest
    from router.types.line import Features, Usage

Outcome = Literal[
    "ok",
    "timeout",
    "rate_limited",
    "unavailable",
    "rejected",
    "content_filter",
    "cut_off",
    "client_left",
    "budget",
]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class ToolCallPiece:
    """A part of a tool call: `id` and `name` come with its first piece, `arguments` pieces add up to JSON text."""

    position: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the answer number `index`; the last piece of each answer carries `finish_reason`."""

    index: int = 0
    text: str = ""
    tool_call: ToolCallPiece | None = None
    finish_reason: FinishReason | None = None
    usage: "Usage | None" = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one model, which must not be served from the regions of `away_from`."""

    request: "ChatRequest"
    model: Model
    features: "Features"
    away_from: tuple[str, ...] = ()


class Provider(Protocol):
    """An adapter. Close the iterator to stop the call."""

    def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """Answer in chunks, at least one, every choice finished; raise only ProviderError."""


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider in a file: the adapter's entry-point name and its settings, checked by the adapter."""

    __pydantic_config__ = {"extra": "forbid"}

    adapter: Text
    settings: Mapping[str, Any] = field(default_factory=dict)
