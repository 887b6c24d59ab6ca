"""Parses a body of the Responses API into a request.

Invariant: what the line has a word for is in the request; what OpenAI's other API has no word for is noted as dropped;
whatever nobody has named goes to the adapter, as with chat completions, which sends on what its backend is allowed.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

from pydantic import ValidationError

from router.api.http.error_responses import invalid
from router.api.surfaces.json_body import loaded
from router.api.surfaces.json_numbers import refuse_large_numbers
from router.api.surfaces.openai_responses.input_items import conversation
from router.api.surfaces.openai_responses.schema import (
    ASKED,
    AdditionalToolsItem,
    AllowedTools,
    Asked,
    ChosenTool,
    CustomTool,
    FunctionTool,
    NamespaceTool,
    Reasoning,
    RequestTool,
    SearchOutputItem,
    SearchTool,
    TextConfig,
)
from router.api.surfaces.openai_responses.sealed_thoughts import INCLUDE
from router.api.surfaces.openai_responses.tools import ToolTable, plain_word, tool_table
from router.api.surfaces.openai_responses.unsupported import refuse
from router.errors import BadRequest
from router.types import ChatRequest, ResponseFormat, Tool
from router.types.chat import NamedFunction, NamedTool, SchemaFormat

Json = Mapping[str, Any]
LOGPROBS = "message.output_text.logprobs"
_MOST_NOTES = 32
_NAMED = frozenset(Asked.__slots__)
_OF_TOOLS = {
    "function": frozenset(FunctionTool.__slots__),
    "custom": frozenset(CustomTool.__slots__),
    "namespace": frozenset(NamespaceTool.__slots__),
    "tool_search": frozenset(SearchTool.__slots__),
}
_OF_TEXT = frozenset(TextConfig.__slots__)
_OF_REASONING = frozenset(Reasoning.__slots__)
# What this API has and chat completions have not; a backend would refuse it, or take it for something else.
_DROPPED = ("max_tool_calls", "context_management", "access_programs", "background_options", "image")
# What was refused where it says anything.
_NOTHING = frozenset({"previous_response_id", "conversation", "background", "prompt", "stream_options"})


class ParsedBody(NamedTuple):
    """The request, notes of what is left out, the body as JSON, and its tools."""

    request: ChatRequest
    notes: tuple[str, ...]
    raw: Json
    tools: ToolTable


def parse(body: bytes) -> ParsedBody:
    """Parse a body; raises BadRequest."""
    raw = loaded(body)
    if isinstance(raw, dict):
        refuse(raw)
    try:
        asked = ASKED.validate_json(body, strict=True)
    except ValidationError as error:
        raise invalid(error) from None
    refuse_large_numbers(body)
    notes: dict[str, None] = {}  # in order, and each once
    table = tool_table(_tools_of(asked), notes)
    return ParsedBody(_request(asked, raw, table, notes), tuple(islice(notes, _MOST_NOTES)), raw, table)


def _tools_of(asked: Asked) -> list[RequestTool]:
    """The tools of the request, then those that came, or that a search came to, in the middle of the conversation."""
    tools = list(asked.tools or ())
    for item in asked.input:
        if isinstance(item, AdditionalToolsItem | SearchOutputItem):
            tools.extend(item.tools)
    return tools


def _request(asked: Asked, raw: Json, table: ToolTable, notes: dict[str, None]) -> ChatRequest:
    wants_logprobs = _note_dropped(asked, raw, notes)
    tools, choice = _tools(asked, table)
    return ChatRequest(
        asked.model,
        conversation(asked, raw, table, notes),
        max_completion_tokens=asked.max_output_tokens,
        stream=asked.stream,
        temperature=asked.temperature,
        top_p=asked.top_p,
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=asked.parallel_tool_calls if tools else None,
        response_format=_form(asked),
        user=asked.user,
        metadata=asked.metadata,
        fungible=asked.fungible,
        frequency_penalty=asked.frequency_penalty,
        presence_penalty=asked.presence_penalty,
        logprobs=True if wants_logprobs else None,
        top_logprobs=asked.top_logprobs if wants_logprobs else None,
        reasoning_effort=asked.reasoning.effort if asked.reasoning else None,
        verbosity=asked.text.verbosity if asked.text else None,
        service_tier=asked.service_tier,
        prompt_cache_key=asked.prompt_cache_key,
        safety_identifier=asked.safety_identifier,
        extra=_extra(raw),
    )


def _note_dropped(asked: Asked, raw: Json, notes: dict[str, None]) -> bool:
    """Note what can't be done; whether probabilities of words are wanted."""
    included = asked.include or ()
    dropped = [name for name in _DROPPED if raw.get(name) is not None]
    dropped += [f"include={plain_word(field)}" for field in included if field not in (LOGPROBS, INCLUDE)]
    dropped += _beyond("reasoning", raw.get("reasoning"), _OF_REASONING)
    dropped += _beyond("text", raw.get("text"), _OF_TEXT)
    for tool in raw.get("tools") or ():
        dropped += _beyond_tool(tool)
    dropped += ["store"] if asked.store else []
    dropped += ["truncation"] if asked.truncation == "auto" else []
    dropped += ["stream_options"] if _obfuscation(raw.get("stream_options")) else []
    notes.update((f"dropped:{name}", None) for name in dropped)
    return LOGPROBS in included or bool(asked.top_logprobs)


def _beyond(where: str, raw: Json | None, known: frozenset[str]) -> list[str]:
    """What stands in a thing that the line has no word for."""
    return [f"{where}.{plain_word(name)}" for name, value in (raw or {}).items() if name not in known and value]


def _beyond_tool(tool: Json) -> list[str]:
    """The same of a tool, and of those in a namespace; one that is left out is noted as a whole."""
    known = _OF_TOOLS.get(tool.get("type") or "")
    if known is None:
        return []
    inner = tool["tools"] if tool["type"] == "namespace" else ()
    return [*_beyond("tools", tool, known), *(note for own in inner for note in _beyond_tool(own))]


def _obfuscation(options: object) -> bool:
    return isinstance(options, dict) and bool(options.get("include_obfuscation"))


def _tools(asked: Asked, table: ToolTable) -> tuple[tuple[Tool, ...] | None, Any]:
    """The functions that may be called, and which must be; raises BadRequest where that is none of them."""
    tools, choice = table.offered(), asked.tool_choice
    if isinstance(choice, ChosenTool):
        return tools, NamedTool("function", NamedFunction(table.chosen(choice.type, choice.name, choice.namespace)))
    if isinstance(choice, AllowedTools):
        allowed = frozenset(table.chosen(tool.type, tool.name, tool.namespace) for tool in choice.tools)
        return table.offered(allowed), choice.mode
    if choice == "required" and not tools:
        raise BadRequest("tool_choice: there are no tools of which one could be required.", param="tool_choice")
    return tools, choice if tools else None


def _form(asked: Asked) -> ResponseFormat | None:
    form = asked.text.format if asked.text else None
    if form is None or form.type == "text":
        return None
    if form.type == "json_object":
        return ResponseFormat("json_object")
    for name in ("name", "schema"):
        if getattr(form, name) is None:
            raise BadRequest(f"text.format.{name}: a json_schema needs one.", param=f"text.format.{name}")
    return ResponseFormat("json_schema", SchemaFormat(form.name or "", form.schema, form.description, form.strict))


def _extra(raw: Json) -> dict[str, Any] | None:
    """What nobody has named."""
    return {
        name: value
        for name, value in raw.items()
        if name not in _NAMED and name not in _NOTHING and name not in _DROPPED and value is not None
    } or None
