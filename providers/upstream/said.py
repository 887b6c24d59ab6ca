"""Writes a request as plain data by the names of OpenAI's API: what its backend is allowed, and its model takes.

Invariant: what was not said is not there; what is left out is noted; what a field of ours holds, nothing else replaces.
"""

from collections.abc import Sequence
from dataclasses import is_dataclass
from operator import attrgetter
from typing import Any

from providers.upstream.allowed import Allowed, of_media
from providers.upstream.dialect import own, unsent, without
from providers.upstream.notes import note
from router.types import ChatRequest, Message, Model, Part
from router.types.chat import AnyTool, AnyToolCall
from router.types.receipt_words import parameter_name

_OURS = frozenset({"model", "messages", "stream", "stream_options", "fungible", "extra"})
_FIELDS = tuple(name for name in ChatRequest.__slots__ if name not in _OURS)
_values = attrgetter(*_FIELDS)
_NOTHING = (None,) * len(_FIELDS)
_PLAIN = frozenset({str, int, float, bool})
_NOT_BESIDE = _OURS.union(_FIELDS)
_MEDIA = ("image_url", "input_audio", "file")
_LIMITS = ("max_tokens", "max_completion_tokens")
Said = dict[str, Any]


def said(request: ChatRequest, model: Model, allowed: Allowed, notes: list[str], *, anthropic: bool = False) -> Said:
    """The parameters of a request, but for what this backend is not allowed and this model refuses.

    What only Anthropic's API has a word for is sent to that alone, and noted for any other.
    """
    if not anthropic:
        notes.extend(unsent(request))
    values = _values(request)
    if request.extra is None and values == _NOTHING:
        # Many say nothing but their words.
        return {}
    given = {name: written(value) for name, value in zip(_FIELDS, values, strict=True) if value is not None}
    beside = (own(request.extra) if anthropic else {}) | without(request.extra)
    if request.tools and not anthropic:
        given["tools"] = [_tool(tool, allowed, notes) for tool in request.tools]
    given |= {name: value for name, value in beside.items() if name not in _NOT_BESIDE}
    notes.extend(note("dropped", name) for name in beside if name in _NOT_BESIDE and not nothing(name, beside[name]))
    parameters = allowed.of_request(given, notes)
    drops = model.parameters.drops if model.parameters is not None else ()
    _swap(parameters, drops, notes)
    notes.extend(note("dropped", name) for name in drops if parameters.pop(name, None) is not None)
    _clamp(parameters, model, notes)
    return parameters


def nothing(name: str, value: Any) -> bool:
    """Whether it is the limit of Anthropic's API alone that fills a cache and says no word."""
    return name == "max_tokens" and type(value) is int and value == 0


def turns(request: ChatRequest, allowed: Allowed, notes: list[str]) -> list[Said]:
    """The messages, with what this backend is allowed beside their words."""
    return [_message(message, allowed, notes) for message in request.messages]


def _swap(parameters: Said, drops: Sequence[str], notes: list[str]) -> None:
    """A limit that was held for is not left out as long as the model knows its other name."""
    for name, other in (_LIMITS, _LIMITS[::-1]):
        if name in drops and other not in drops and (limit := parameters.pop(name, None)) is not None:
            parameters.setdefault(other, limit)
            notes.append(note("renamed", f"{name}={other}"))


def _clamp(parameters: Said, model: Model, notes: list[str]) -> None:
    """No more is asked for than what was held for: the model's own limit, where the client's is larger."""
    for name in _LIMITS:
        if parameters.get(name, 0) > model.max_output:
            parameters[name] = model.max_output
            notes.append(note("clamped", f"{name}={model.max_output}"))


def _message(message: Message, allowed: Allowed, notes: list[str]) -> Said:
    if message.extra is None and message.tool_calls is None and isinstance(message.content, str):
        # Most turns are words alone.
        said: Said = {"role": message.role, "content": message.content}
        if message.name is not None:
            said["name"] = message.name
        if message.tool_call_id is not None:
            said["tool_call_id"] = message.tool_call_id
        return said
    plain: Said = written(message)
    if isinstance(content := message.content, tuple):
        plain["content"] = [_part(part, allowed, notes) for part in content]
    if message.tool_calls:
        plain["tool_calls"] = [_call(call, allowed, notes) for call in message.tool_calls]
    extra = without(message.extra)
    return {**allowed.of_message(extra, notes), **plain} if extra else plain


def _part(part: Part, allowed: Allowed, notes: list[str]) -> Said:
    plain: Said = written(part)
    for kind in _MEDIA:
        if kind in plain:
            plain[kind] = of_media(kind, plain[kind], notes)
    extra = without(part.extra)
    return {**allowed.of_part(extra, notes), **plain} if extra else plain


def _call(call: AnyToolCall, allowed: Allowed, notes: list[str]) -> Said:
    notes.extend(note("dropped", parameter_name(f"tool_calls.{name}")) for name in without(call.function.extra))
    return {**allowed.of_call(without(call.extra), notes), **written(call)}


def _tool(tool: AnyTool, allowed: Allowed, notes: list[str]) -> Said:
    notes.extend(note("dropped", parameter_name(f"tools.{name}")) for name in without(tool.function.extra))
    return {**allowed.of_tool(without(tool.extra), notes), **written(tool)}


def written(value: Any) -> Any:
    """A value of ours as plain data, without what was not said, and without what no field of ours is for."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, tuple):
        return [written(item) for item in value]
    if not is_dataclass(value):
        return value
    names: Sequence[str] = value.__slots__  # type: ignore[union-attr]
    return {name: written(item) for name in names if name != "extra" and (item := getattr(value, name)) is not None}
