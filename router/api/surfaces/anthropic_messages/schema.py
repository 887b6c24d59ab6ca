"""The shapes of what a client of Anthropic's Messages API sends.

Invariant: every block and tool that is accepted here has a shape; any other kind is refused by its name, never skipped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len, MaxLen, MinLen
from pydantic import ConfigDict, Discriminator

from router.types import Options
from router.types.chat import MOST_TOKENS, Name

MOST_STOPS = 16


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Words."""

    type: Literal["text"]
    text: str
    cache_control: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Base64Source:
    """Bytes, with their media type."""

    type: Literal["base64"]
    media_type: Name
    data: str


@dataclass(frozen=True, slots=True)
class UrlSource:
    """An address at which the backend looks."""

    type: Literal["url"]
    url: Annotated[str, MinLen(1)]


@dataclass(frozen=True, slots=True)
class TextSource:
    """A document that is plain text."""

    type: Literal["text"]
    data: str


@dataclass(frozen=True, slots=True)
class ImageBlock:
    """A picture."""

    type: Literal["image"]
    source: Annotated[Base64Source | UrlSource, Discriminator("type")]
    cache_control: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DocumentBlock:
    """A file whose bytes or words stand here; one that lies at Anthropic or elsewhere can't be fetched."""

    type: Literal["document"]
    source: Annotated[Base64Source | TextSource, Discriminator("type")]
    title: str | None = None
    context: str | None = None
    cache_control: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ThinkingBlock:
    """What a model thought before; without the signature of its owner nobody takes it back."""

    type: Literal["thinking"]
    thinking: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class HiddenThinkingBlock:
    """The same, hidden from the client."""

    type: Literal["redacted_thinking"]
    data: str


@dataclass(frozen=True, slots=True)
class ToolUseBlock:
    """A call that the model asked for."""

    type: Literal["tool_use"]
    id: Name
    name: Name
    input: Mapping[str, Any]
    cache_control: Mapping[str, Any] | None = None
    extra_content: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SearchResultBlock:
    """A passage that a search gave, with its source."""

    type: Literal["search_result"]
    source: str
    title: str
    content: tuple[TextBlock, ...]


@dataclass(frozen=True, slots=True)
class ToolReferenceBlock:
    """A tool that a search for tools gave, by its name."""

    type: Literal["tool_reference"]
    tool_name: Name


Shown = Annotated[
    TextBlock | ImageBlock | DocumentBlock | SearchResultBlock | ToolReferenceBlock, Discriminator("type")
]


@dataclass(frozen=True, slots=True)
class ToolResultBlock:
    """What a call gave."""

    type: Literal["tool_result"]
    tool_use_id: Name
    content: str | tuple[Shown, ...] | None = None
    is_error: bool | None = None
    cache_control: Mapping[str, Any] | None = None


Block = Annotated[
    TextBlock
    | ImageBlock
    | DocumentBlock
    | SearchResultBlock
    | ToolReferenceBlock
    | ThinkingBlock
    | HiddenThinkingBlock
    | ToolUseBlock
    | ToolResultBlock,
    Discriminator("type"),
]
# What each kind holds that other APIs have a word for; the rest of a block is for a backend of Anthropic's alone.
SHARED_WORDS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"type", "text"}),
    "image": frozenset({"type", "source"}),
    "document": frozenset({"type", "source", "title", "context"}),
    "tool_use": frozenset({"type", "id", "name", "input", "extra_content"}),
    "tool_result": frozenset({"type", "tool_use_id", "content"}),
}
TOOL_WORDS = frozenset({"type", "name", "description", "input_schema", "strict"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation."""

    role: Literal["user", "assistant", "system"]
    content: str | tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ClientTool:
    """A tool; only those that the client runs itself are known, whose type is `custom` or none."""

    name: Name
    type: str | None = None
    description: str | None = None
    input_schema: Mapping[str, Any] | None = None
    strict: bool | None = None
    cache_control: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ToolWish:
    """Which tool the model shall call."""

    type: Literal["auto", "any", "none", "tool"]
    name: Name | None = None
    disable_parallel_tool_use: bool | None = None


@dataclass(frozen=True, slots=True)
class JsonForm:
    """The JSON Schema that the answer must satisfy."""

    type: Literal["json_schema"]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """The form of the answer, and how hard to think about it."""

    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: JsonForm | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """About the request."""

    user_id: Annotated[str, MaxLen(512)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensBody:
    """What `count_tokens` reads: all that a model would."""

    # Built when the first of them comes: most servers are asked in one shape or two.
    __pydantic_config__ = ConfigDict(defer_build=True)

    model: Name
    messages: Annotated[tuple[Turn, ...], Len(1, 2048)]
    system: str | tuple[TextBlock, ...] | None = None
    tools: Annotated[tuple[ClientTool, ...], MaxLen(128)] | None = None
    tool_choice: ToolWish | None = None
    thinking: Mapping[str, Any] | None = None
    cache_control: Mapping[str, Any] | None = None
    output_config: OutputConfig | None = None
    output_format: JsonForm | None = None
    fungible: Options | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesBody(TokensBody):
    """A request; `fungible` is ours, the rest is Anthropic's."""

    max_tokens: Annotated[int, Ge(0), Le(MOST_TOKENS)]
    stop_sequences: Annotated[tuple[str, ...], MaxLen(MOST_STOPS)] | None = None
    stream: bool | None = None
    temperature: Annotated[float, Ge(0), Le(1)] | None = None
    top_p: Annotated[float, Ge(0), Le(1)] | None = None
    top_k: Annotated[int, Ge(0), Le(MOST_TOKENS)] | None = None
    metadata: Metadata | None = None
