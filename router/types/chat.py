"""What a client asks, in the words of OpenAI's chat completions API.

These shapes are validated at the edge. What they do not name stands in `extra`, so that a newer client is not turned
away; a backend gets of it what its adapter allows. What only Anthropic's API has a word for stands there under its
name, and is passed on to no other.
Limits stand in the annotations.

Under that name a message may have `order`: its thinking blocks as they came, and `part` and `call` where the next part
of its content and the next of its calls stood; and a tool's message `is_error`. A part may have `block`, the block that
its words stand for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from annotated_types import Ge, Le, Len, MaxLen, MinLen

from router.types.custom_tools import CUSTOM_SCHEMA, custom_arguments, custom_description
from router.types.facts import SAID, Fact, with_facts
from router.types.words import Consent

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
MOST_NAME = 256
Name = Annotated[str, MinLen(1), MaxLen(MOST_NAME)]
# What receipts and backends can hold: SQLite and JSON libraries stop at 64 bits, token counts long before.
MOST_TOKENS = 2**31 - 1
Tokens = Annotated[int, Ge(1), Le(MOST_TOKENS)]
Int64 = Annotated[int, Ge(-(2**63)), Le(2**63 - 1)]
MOST_PARTS = 2_048
"""Parts of one message, and turns of a conversation."""
MOST_CALLS = 512
ANTHROPIC = "anthropic"
MOST_SAID = 16
"""Words of one kind that a caller may say of itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a message's content."""

    type: Literal["text", "image_url", "input_audio", "file", "refusal"]
    text: str | None = None
    refusal: str | None = None
    image_url: Mapping[str, Any] | None = None
    input_audio: Mapping[str, Any] | None = None
    file: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function's name and its arguments, as JSON text."""

    name: str
    arguments: str
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model asked for."""

    id: str
    function: FunctionCall
    type: Literal["function"] = "function"
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CustomCall:
    """A custom tool's name and its input, which is plain text."""

    name: str
    input: str


@dataclass(frozen=True, slots=True)
class CustomToolCall:
    """A call of a custom tool that a model asked for."""

    id: str
    custom: CustomCall
    type: Literal["custom"] = "custom"
    extra: Mapping[str, Any] | None = None

    @property
    def function(self) -> FunctionCall:
        """The same as a call of a function of one text."""
        return FunctionCall(self.custom.name, custom_arguments(self.custom.input))


AnyToolCall = ToolCall | CustomToolCall


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation."""

    role: Role
    content: str | Annotated[tuple[Part, ...], MaxLen(MOST_PARTS)] | None = None
    name: str | None = None
    tool_calls: Annotated[tuple[AnyToolCall, ...], MaxLen(MOST_CALLS)] | None = None
    tool_call_id: str | None = None
    extra: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        """The words of this turn, without images, sound or tool calls."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.text)


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function that the model may call; `parameters` is a JSON Schema."""

    name: Name
    description: str | None = None
    parameters: Mapping[str, Any] | None = None
    strict: bool | None = None
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the model may use."""

    type: Literal["function"]
    function: FunctionSpec
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CustomSpec:
    """A tool that takes plain text; `format` may hold a grammar."""

    name: Name
    description: str | None = None
    format: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CustomTool:
    """A tool of plain text that the model may use."""

    type: Literal["custom"]
    custom: CustomSpec
    extra: Mapping[str, Any] | None = None

    @property
    def function(self) -> FunctionSpec:
        """The same as a function of one text, for models that have no such tools."""
        spec = self.custom
        grammar = (spec.format or {}).get("grammar")
        return FunctionSpec(spec.name, custom_description([spec.description], grammar), CUSTOM_SCHEMA)


AnyTool = Tool | CustomTool


@dataclass(frozen=True, slots=True)
class NamedFunction:
    """The name of the function that must be called."""

    name: Name


@dataclass(frozen=True, slots=True)
class NamedTool:
    """A choice that forces one function."""

    type: Literal["function"]
    function: NamedFunction


@dataclass(frozen=True, slots=True)
class NamedCustom:
    """A choice that forces one custom tool."""

    type: Literal["custom"]
    custom: NamedFunction

    @property
    def function(self) -> NamedFunction:
        """Its name, as that of a function."""
        return self.custom


@dataclass(frozen=True, slots=True)
class AllowedTools:
    """Some of the tools, of which one may or must be called."""

    mode: Literal["auto", "required"]
    tools: Annotated[tuple[NamedTool | NamedCustom, ...], Len(1, 128)]


@dataclass(frozen=True, slots=True)
class AllowedChoice:
    """A choice of some of the tools."""

    type: Literal["allowed_tools"]
    allowed_tools: AllowedTools


@dataclass(frozen=True, slots=True)
class SchemaFormat:
    """The JSON Schema that the answer must satisfy."""

    name: Name
    schema: Mapping[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """The form of the answer."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: SchemaFormat | None = None


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What a stream carries beside the text."""

    include_usage: bool | None = None


def said_as(fact: Fact) -> tuple[Any, Any]:
    """How a caller says something of itself, and what stands where it says nothing."""
    word, several = fact.word(Name), cast(Any, tuple)
    return (Annotated[several[word, ...], MaxLen(MOST_SAID)], ()) if fact.kind == "words" else (word | None, None)


@dataclass(frozen=True, slots=True)
@with_facts(SAID, said_as)
class Options:
    """The `fungible` object in a request's body: what OpenAI's API has no word for."""

    # What else callers may say of themselves, the table of facts says. All of it may stand in headers too.
    __pydantic_config__ = {"extra": "forbid"}

    consent: Consent | None = None
    policy: Name | None = None
    unit: Name | None = None
    team: Name | None = None
    residency: Name | None = None
    tags: Annotated[tuple[Name, ...], MaxLen(MOST_SAID)] = ()

    @staticmethod
    def header(name: str) -> str:
        """The header that says the same as one of these."""
        return f"x-fungible-{name.replace('_', '-')}"


NO_OPTIONS = Options()


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request as it came in, validated. Sizes are in tokens; `extra` holds what no other field names."""

    model: Name
    messages: Annotated[tuple[Message, ...], Len(1, 2048)]
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    n: Annotated[int, Ge(1), Le(16)] | None = None
    stop: str | Annotated[tuple[str, ...], MaxLen(4)] | None = None
    seed: Int64 | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Ge(0), Le(2)] | None = None
    top_p: Annotated[float, Ge(0), Le(1)] | None = None
    tools: Annotated[tuple[AnyTool, ...], MaxLen(128)] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | NamedCustom | AllowedChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    user: Annotated[str, MaxLen(512)] | None = None
    metadata: Mapping[str, str] | None = None
    fungible: Options | None = None
    frequency_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    presence_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    logit_bias: Annotated[Mapping[str, Annotated[float, Ge(-100), Le(100)]], MaxLen(2048)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Ge(0), Le(20)] | None = None
    reasoning_effort: Name | None = None
    verbosity: Name | None = None
    service_tier: Name | None = None
    store: bool | None = None
    prompt_cache_key: Annotated[str, MaxLen(512)] | None = None
    safety_identifier: Annotated[str, MaxLen(512)] | None = None
    modalities: Annotated[tuple[Name, ...], MaxLen(8)] | None = None
    audio: Mapping[str, Any] | None = None
    prediction: Mapping[str, Any] | None = None
    web_search_options: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None

    @property
    def output_limit(self) -> int | None:
        """The most output tokens that the client allows, or None."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def choices(self) -> int:
        """How many answers are asked for."""
        return self.n or 1

    @property
    def stops(self) -> tuple[str, ...]:
        """The texts at which an answer ends; empty ones are no stop."""
        stop = (self.stop,) if isinstance(self.stop, str) else self.stop or ()
        return tuple(text for text in stop if text)

    @property
    def wants_tools(self) -> bool:
        """Whether the model may call a tool."""
        return bool(self.tools) and self.tool_choice != "none"

    @property
    def wants_json(self) -> bool:
        """Whether the answer must be JSON."""
        return self.response_format is not None and self.response_format.type != "text"
