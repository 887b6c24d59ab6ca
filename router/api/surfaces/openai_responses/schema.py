"""The shapes of what a client sends to the Responses API, validated at the edge.

Invariant: only what the line has words for is described here; what it never has is refused before, by name. A tag that
begins with `as ` tells which of several shapes was meant, and is no part of a parameter's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len, MaxLen, MinLen
from pydantic import ConfigDict, Discriminator, Tag, TypeAdapter

from router.types import Options
from router.types.chat import MOST_PARTS, Name, Tokens

DEFAULT_POLICY = "auto"
# What a backend says beside a call, and must get back.
KEPT_OF_CALLS = ("extra_content",)
MOST_ITEMS = 2048
MOST_TOOLS = 128
ITEM_TYPES = (
    "message",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "tool_search_call",
    "tool_search_output",
    "additional_tools",
    "reasoning",
)


def _shape(value: Any) -> str:
    """Text, or a list of things."""
    return "as text" if isinstance(value, str) else "as list"


def _kind(value: Any) -> str:
    """What a thing says that it is; a message need not say."""
    return f"as {(value.get('type') if isinstance(value, dict) else None) or 'message'}"


def _choice(value: Any) -> str:
    """A word, or a thing that says what it is."""
    return _kind(value) if isinstance(value, dict) else "as word"


def _own_tool(value: Any) -> str:
    """Whose tool it is: one without a type, or of no text, is a function that lacks it."""
    kind = value.get("type") if isinstance(value, dict) else None
    return f"as {kind}" if kind in ("function", "custom") else "as hosted" if isinstance(kind, str) else "as function"


def _request_tool(value: Any) -> str:
    if isinstance(value, dict) and value.get("type") == "namespace":
        return "as namespace"
    searched = isinstance(value, dict) and (value.get("type"), value.get("execution")) == ("tool_search", "client")
    return "as tool_search" if searched else _own_tool(value)


def _kinds(*names: str) -> Discriminator:
    message = f"Input should have a type that is one of: {', '.join(names)}"
    return Discriminator(_kind, custom_error_type="type", custom_error_message=message)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words: the client's, or those that a model answered."""

    type: Literal["input_text", "output_text"]
    text: str


@dataclass(frozen=True, slots=True)
class RefusalPart:
    """The words by which a model refused."""

    type: Literal["refusal"]
    refusal: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image, by its address or as a data URL."""

    type: Literal["input_image"]
    image_url: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file, as a data URL or by an id that the backend knows."""

    type: Literal["input_file"]
    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class AudioPart:
    """Sound: `data` in base64 and its `format`."""

    type: Literal["input_audio"]
    input_audio: Mapping[str, Any]


InputPart = Annotated[
    Annotated[TextPart, Tag("as input_text")]
    | Annotated[TextPart, Tag("as output_text")]
    | Annotated[RefusalPart, Tag("as refusal")]
    | Annotated[ImagePart, Tag("as input_image")]
    | Annotated[FilePart, Tag("as input_file")]
    | Annotated[AudioPart, Tag("as input_audio")],
    _kinds("input_text", "output_text", "refusal", "input_image", "input_file", "input_audio"),
]
Content = Annotated[
    Annotated[str, Tag("as text")] | Annotated[tuple[InputPart, ...], MaxLen(MOST_PARTS), Tag("as list")],
    Discriminator(_shape),
]


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One turn of the conversation."""

    role: Literal["user", "assistant", "system", "developer"]
    content: Content
    type: Literal["message"] = "message"
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionCallItem:
    """A call that a model asked for; `arguments` is JSON text."""

    type: Literal["function_call"]
    call_id: Name
    name: Name
    arguments: str
    namespace: Name | None = None


@dataclass(frozen=True, slots=True)
class FunctionCallOutputItem:
    """What a function returned."""

    type: Literal["function_call_output"]
    call_id: Name
    output: Content


@dataclass(frozen=True, slots=True)
class CustomToolCallItem:
    """A call of a custom tool that a model asked for; `input` is plain text."""

    type: Literal["custom_tool_call"]
    call_id: Name
    name: Name
    input: str
    namespace: Name | None = None


@dataclass(frozen=True, slots=True)
class CustomToolCallOutputItem:
    """What a custom tool gave."""

    type: Literal["custom_tool_call_output"]
    call_id: Name
    output: Content


@dataclass(frozen=True, slots=True)
class ReasoningItem:
    """What a model thought, which only that model could read again."""

    type: Literal["reasoning"]


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A function that the model may call; `parameters` is a JSON Schema."""

    type: Literal["function"]
    name: Name
    description: str | None = None
    parameters: Mapping[str, Any] | None = None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class CustomFormat:
    """What a custom tool's input looks like: any text, or what a grammar allows."""

    type: Name
    syntax: str | None = None
    definition: str | None = None


@dataclass(frozen=True, slots=True)
class CustomTool:
    """A tool of the client's that takes plain text."""

    type: Literal["custom"]
    name: Name
    description: str | None = None
    format: CustomFormat | None = None


@dataclass(frozen=True, slots=True)
class HostedTool:
    """A tool that OpenAI runs, or that only its models know; no backend is offered it."""

    type: Name


OwnTool = Annotated[
    Annotated[FunctionTool, Tag("as function")]
    | Annotated[CustomTool, Tag("as custom")]
    | Annotated[HostedTool, Tag("as hosted")],
    Discriminator(_own_tool),
]


@dataclass(frozen=True, slots=True)
class NamespaceTool:
    """Some tools of the client's under one name."""

    type: Literal["namespace"]
    name: Name
    tools: Annotated[tuple[OwnTool, ...], MaxLen(MOST_TOOLS)]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class SearchTool:
    """A search of the client's among tools that it has not sent; `parameters` is a JSON Schema."""

    type: Literal["tool_search"]
    execution: Literal["client"]
    description: str | None = None
    parameters: Mapping[str, Any] | None = None


RequestTool = Annotated[
    Annotated[FunctionTool, Tag("as function")]
    | Annotated[CustomTool, Tag("as custom")]
    | Annotated[NamespaceTool, Tag("as namespace")]
    | Annotated[SearchTool, Tag("as tool_search")]
    | Annotated[HostedTool, Tag("as hosted")],
    Discriminator(_request_tool),
]
Tools = Annotated[tuple[RequestTool, ...], MaxLen(MOST_TOOLS)]


@dataclass(frozen=True, slots=True)
class AdditionalToolsItem:
    """More tools, in the middle of the conversation."""

    type: Literal["additional_tools"]
    tools: Tools


@dataclass(frozen=True, slots=True)
class SearchCallItem:
    """A search for tools that a model asked for; one that OpenAI ran has no `call_id`."""

    type: Literal["tool_search_call"]
    arguments: Any = None
    call_id: Name | None = None


@dataclass(frozen=True, slots=True)
class SearchOutputItem:
    """The tools that a search came to, which may be called from here on."""

    type: Literal["tool_search_output"]
    tools: Tools
    call_id: Name | None = None


Item = Annotated[
    Annotated[MessageItem, Tag("as message")]
    | Annotated[FunctionCallItem, Tag("as function_call")]
    | Annotated[FunctionCallOutputItem, Tag("as function_call_output")]
    | Annotated[CustomToolCallItem, Tag("as custom_tool_call")]
    | Annotated[CustomToolCallOutputItem, Tag("as custom_tool_call_output")]
    | Annotated[SearchCallItem, Tag("as tool_search_call")]
    | Annotated[SearchOutputItem, Tag("as tool_search_output")]
    | Annotated[AdditionalToolsItem, Tag("as additional_tools")]
    | Annotated[ReasoningItem, Tag("as reasoning")],
    _kinds(*ITEM_TYPES),
]
Items = Annotated[tuple[Item, ...], Len(1, MOST_ITEMS)]
Input = Annotated[Annotated[str, Tag("as text")] | Annotated[Items, Tag("as list")], Discriminator(_shape)]


@dataclass(frozen=True, slots=True)
class ChosenTool:
    """A choice that forces one tool."""

    type: Literal["function", "custom"]
    name: Name
    namespace: Name | None = None


@dataclass(frozen=True, slots=True)
class AllowedTools:
    """A choice of some of the tools, of which one may or must be called."""

    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: Annotated[tuple[ChosenTool, ...], Len(1, MOST_TOOLS)]


ToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("as word")]
    | Annotated[ChosenTool, Tag("as function")]
    | Annotated[ChosenTool, Tag("as custom")]
    | Annotated[AllowedTools, Tag("as allowed_tools")],
    Discriminator(_choice, custom_error_type="type", custom_error_message="Input should name a function"),
]


@dataclass(frozen=True, slots=True)
class TextFormat:
    """The form of the answer; `name` and `schema` are those of a JSON Schema."""

    type: Literal["text", "json_object", "json_schema"]
    name: Name | None = None
    schema: Mapping[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class TextConfig:
    """The form of the answer's words, and how many of them."""

    format: TextFormat | None = None
    verbosity: Name | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """How hard to think."""

    effort: Name | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in, validated. Sizes are in tokens; whoever names no model gets the default policy."""

    # Built when the first of them comes: most servers are asked in one shape or two.
    __pydantic_config__ = ConfigDict(defer_build=True)

    input: Input
    model: Name = DEFAULT_POLICY
    instructions: str | None = None
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: Tokens | None = None
    temperature: Annotated[float, Ge(0), Le(2)] | None = None
    top_p: Annotated[float, Ge(0), Le(1)] | None = None
    frequency_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    presence_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    top_logprobs: Annotated[int, Ge(0), Le(20)] | None = None
    text: TextConfig | None = None
    reasoning: Reasoning | None = None
    stream: bool | None = None
    metadata: Mapping[str, str] | None = None
    user: Annotated[str, MaxLen(512)] | None = None
    prompt_cache_key: Annotated[str, MaxLen(512)] | None = None
    safety_identifier: Annotated[str, MaxLen(512)] | None = None
    service_tier: Annotated[str, MinLen(1), MaxLen(256)] | None = None
    store: bool | None = None
    include: Annotated[tuple[str, ...], MaxLen(32)] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    fungible: Options | None = None


ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
