"""Parses a body of the Messages API into a request, with notes of what has no word there.

Invariant: a tool that would run at Anthropic is refused; what only a backend of that API understands is kept for such
a one; whatever else can't be honoured is noted.
"""

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from router.api.http.error_responses import invalid
from router.api.surfaces.anthropic_messages.content_blocks import beyond, conversation
from router.api.surfaces.anthropic_messages.refused_blocks import refuse
from router.api.surfaces.anthropic_messages.schema import TOOL_WORDS, ClientTool, MessagesBody, TokensBody, ToolWish
from router.api.surfaces.json_body import loaded, read
from router.errors import BadRequest
from router.types import ChatRequest, FunctionSpec, NamedFunction, NamedTool, ResponseFormat, SchemaFormat, Tool
from router.types.chat import ANTHROPIC

BODY: TypeAdapter[MessagesBody] = TypeAdapter(MessagesBody)
TOKENS_BODY: TypeAdapter[TokensBody] = TypeAdapter(TokensBody)
# An SDK may send what an answer has no use for, such as a beta's switch.
_SILENT = frozenset({"betas", "client_tools"})
_BEYOND = frozenset({"thinking", "cache_control"})
MOST_BEYOND = 32
MOST_BETAS = 32
# Tools whose schema is Anthropic's and which the client runs: only its own API can offer them.
_CLIENT_TOOLS = ("bash_", "text_editor_", "memory_", "computer_")
_BETA = re.compile(r"[A-Za-z0-9._-]{1,128}")
_CHOICES: dict[str, Any] = {"auto": "auto", "any": "required", "none": "none"}


def parse(
    body: bytes, named: str | None, adapter: TypeAdapter[Any], betas: str | None = None
) -> tuple[ChatRequest, tuple[str, ...]]:
    """The request that a body makes, and the notes; raises BadRequest with the parameter that is wrong.

    `betas` is the header `anthropic-beta`, which goes with the words that need it.
    """
    parsed, raw = read(adapter, body, named, lambda error: _wrong(body, error))
    notes: list[str] = []
    words = _beyond(parsed, raw) | _client_tools(parsed, raw) | _betas(betas)
    request = _request(parsed, raw, words, notes)
    return request, tuple(dict.fromkeys(notes))


def _wrong(body: bytes, error: ValidationError) -> BadRequest:
    """The first fault; what stands for a block that is not taken here goes before whatever else is wrong."""
    if error.errors()[0]["type"] != "json_invalid" and isinstance(given := loaded(body), dict):
        refuse(given)
    return invalid(error)


def _beyond(parsed: TokensBody, body: dict[str, Any]) -> dict[str, Any]:
    """What only Anthropic's API has a word for; an adapter of another notes it."""
    named = {field.name for field in fields(parsed)} - _BEYOND
    words = {key: value for key, value in body.items() if key not in named | _SILENT and value is not None}
    if words.get("thinking", {}).get("type") == "disabled":
        # Elsewhere nobody is asked to think aloud.
        del words["thinking"]
    if len(words) > MOST_BEYOND:
        raise BadRequest(f"The body has {len(words)} parameters that are not known here; the most is {MOST_BEYOND}.")
    return words


def _client_tools(parsed: TokensBody, raw: dict[str, Any]) -> dict[str, Any]:
    """The tools that only Anthropic's API knows, as they came."""
    tools = [given for tool, given in zip(parsed.tools or (), raw.get("tools") or (), strict=True) if _is_known(tool)]
    return {"client_tools": tools} if tools else {}


def _is_known(tool: ClientTool) -> bool:
    return tool.type is not None and tool.type.startswith(_CLIENT_TOOLS)


def _betas(header: str | None) -> dict[str, Any]:
    """The names in a header; raises BadRequest for what is none."""
    names = [name.strip() for name in (header or "").split(",") if name.strip()]
    if len(names) > MOST_BETAS or not all(_BETA.fullmatch(name) for name in names):
        sentence = f"anthropic-beta: give at most {MOST_BETAS} names of letters, digits and `.`, `_`, `-`."
        raise BadRequest(sentence, param="anthropic-beta")
    return {"betas": names} if names else {}


def _request(body: TokensBody, raw: dict[str, Any], words: dict[str, Any], notes: list[str]) -> ChatRequest:
    messages = conversation(body.system, body.messages, raw, notes)
    more = _more(body) if isinstance(body, MessagesBody) else {}
    if more.get("max_tokens") == 0:
        # It fills a cache and says no word, where the API has that; what is decided by is the least that says one.
        more["max_tokens"], words = 1, words | {"max_tokens": 0}
    extra = ({ANTHROPIC: words} if words else {}) | more.pop("extra", {})
    wish = body.tool_choice
    return ChatRequest(
        body.model,
        messages,
        tools=_tools(body.tools or (), raw.get("tools") or ()) or None,
        tool_choice=_choice(wish) if wish else None,
        parallel_tool_calls=False if wish and wish.disable_parallel_tool_use else None,
        response_format=_form(body),
        reasoning_effort=_effort(body, notes),
        fungible=body.fungible,
        extra=extra or None,
        **more,
    )


def _more(body: MessagesBody) -> dict[str, Any]:
    """How long, how hot, where to stop, and for whom."""
    return {
        "max_tokens": body.max_tokens,
        "stop": body.stop_sequences or None,
        "stream": body.stream,
        "temperature": body.temperature,
        "top_p": body.top_p,
        "user": body.metadata.user_id if body.metadata else None,
        "extra": {} if body.top_k is None else {"top_k": body.top_k},
    }


def _tools(tools: Sequence[ClientTool], raw: Sequence[dict[str, Any]]) -> tuple[Tool, ...]:
    """The client's own, with what only Anthropic's API has a word for."""
    pairs = enumerate(zip(tools, raw, strict=True))
    return tuple(_tool(place, tool, given) for place, (tool, given) in pairs if not _is_known(tool))


def _tool(place: int, tool: ClientTool, raw: dict[str, Any]) -> Tool:
    if tool.type not in (None, "custom"):
        sentence = (
            f"tools.{place}: {tool.type!r} is a tool that runs at Anthropic; give one of your own, with its schema."
        )
        raise BadRequest(sentence, param=f"tools.{place}.type")
    if tool.input_schema is None:
        raise BadRequest(f"tools.{place}.input_schema: field required.", param=f"tools.{place}.input_schema")
    spec = FunctionSpec(tool.name, tool.description, tool.input_schema, tool.strict)
    return Tool("function", spec, beyond(raw, TOOL_WORDS))


def _choice(wish: ToolWish) -> Any:
    if wish.type != "tool":
        return _CHOICES[wish.type]
    if wish.name is None:
        raise BadRequest("tool_choice.name: name the tool that must be called.", param="tool_choice.name")
    return NamedTool("function", NamedFunction(wish.name))


def _form(body: TokensBody) -> ResponseFormat | None:
    form = (body.output_config.format if body.output_config else None) or body.output_format
    return ResponseFormat("json_schema", SchemaFormat("answer", form.schema)) if form else None


def _effort(body: TokensBody, notes: list[str]) -> str | None:
    effort = body.output_config.effort if body.output_config else None
    if effort != "max":
        return effort
    notes.append("renamed:effort=xhigh")
    return "xhigh"
