"""Keeps the fields of a request that we do not name, so that a backend gets them.

Invariant: whatever a client sent stands in the request exactly once: in the field that is called so, or in `extra`.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

import orjson

from router.types import ChatRequest, FunctionCall, FunctionSpec, Message, Part, Tool, ToolCall
from router.types.chat import AnyTool, AnyToolCall, CustomTool, CustomToolCall

T = TypeVar("T")
EXTRA = "extra"


def _known(kind: Any) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind)) - {EXTRA}


_REQUEST, _MESSAGE, _PART = _known(ChatRequest), _known(Message), _known(Part)
_CUSTOM = _known(CustomToolCall)
_CALL, _FUNCTION, _TOOL, _SPEC = _known(ToolCall), _known(FunctionCall), _known(Tool), _known(FunctionSpec)


def without_our_word(body: bytes) -> bytes:
    """The body without keys that are called as our field for the rest is, so that only we fill that field."""
    if b'"extra"' not in body:
        return body
    try:
        return orjson.dumps(_cleaned(orjson.loads(body)))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # Whoever validates it says what is wrong; what can be read, and is too deep to be written, is.
        return body


def with_extras(request: ChatRequest, body: bytes) -> ChatRequest:
    """The request with what else its body said: of itself, its messages, their parts and calls, and its tools."""
    raw: dict[str, Any] = orjson.loads(body)
    messages = _each(_message, request.messages, raw["messages"])
    tools = _each(_tool, request.tools, raw["tools"]) if request.tools else request.tools
    if raw.keys() <= _REQUEST and messages is request.messages and tools is request.tools:
        return request
    return replace(request, messages=messages, tools=tools, extra=_beyond(raw, _REQUEST))


def _each(extended: Callable[[T, dict[str, Any]], T], items: tuple[T, ...], raw: list[dict[str, Any]]) -> tuple[T, ...]:
    """The same items where they say nothing else."""
    new = tuple(extended(item, words) for item, words in zip(items, raw, strict=True))
    return items if all(after is before for after, before in zip(new, items, strict=True)) else new


def _message(message: Message, raw: dict[str, Any]) -> Message:
    content, calls = message.content, message.tool_calls
    if calls:
        calls = _each(_call, calls, raw["tool_calls"])
    if isinstance(content, tuple):
        content = _each(_part, content, raw["content"])
    if content is message.content and calls is message.tool_calls and raw.keys() <= _MESSAGE:
        return message
    return replace(message, content=content, tool_calls=calls, extra=_beyond(raw, _MESSAGE))


def _part(part: Part, raw: dict[str, Any]) -> Part:
    return part if raw.keys() <= _PART else replace(part, extra=_beyond(raw, _PART))


def _call(call: AnyToolCall, raw: dict[str, Any]) -> AnyToolCall:
    if isinstance(call, CustomToolCall):
        return call if raw.keys() <= _CUSTOM else replace(call, extra=_beyond(raw, _CUSTOM))
    function, words = call.function, raw["function"]
    if raw.keys() <= _CALL and words.keys() <= _FUNCTION:
        return call
    return replace(call, function=replace(function, extra=_beyond(words, _FUNCTION)), extra=_beyond(raw, _CALL))


def _tool(tool: AnyTool, raw: dict[str, Any]) -> AnyTool:
    if isinstance(tool, CustomTool):
        return tool if raw.keys() <= _CUSTOM else replace(tool, extra=_beyond(raw, _CUSTOM))
    spec, words = tool.function, raw["function"]
    if raw.keys() <= _TOOL and words.keys() <= _SPEC:
        return tool
    return replace(tool, function=replace(spec, extra=_beyond(words, _SPEC)), extra=_beyond(raw, _TOOL))


def _beyond(raw: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any] | None:
    return {key: value for key, value in raw.items() if key not in known} or None


def _cleaned(raw: Any) -> Any:
    """Only where our shapes have the field: a schema of the client's may call a property so."""
    if isinstance(raw, dict):
        for message in _dicts(raw.get("messages")):
            for part in _dicts(message.get("content")):
                part.pop(EXTRA, None)
            _clean_functions(message.get("tool_calls"))
            message.pop(EXTRA, None)
        _clean_functions(raw.get("tools"))
        raw.pop(EXTRA, None)
    return raw


def _clean_functions(items: Any) -> None:
    """The same of calls and tools, each of which holds a function."""
    for item in _dicts(items):
        item.pop(EXTRA, None)
        for function in _dicts([item.get("function")]):
            function.pop(EXTRA, None)


def _dicts(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
