"""Turns the input items of a request into messages, in their order.

Invariant: every word, image, file, call and result is in it; calls that follow one another, or the words of the same
turn, stand in one message, as backends want them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from router.api.surfaces.openai_responses.schema import (
    AdditionalToolsItem,
    Asked,
    AudioPart,
    CustomToolCallItem,
    CustomToolCallOutputItem,
    FilePart,
    FunctionCallItem,
    FunctionCallOutputItem,
    ImagePart,
    InputPart,
    MessageItem,
    TextPart,
)
from router.api.surfaces.openai_responses.tools import ToolName, ToolTable, custom_arguments
from router.errors import BadRequest
from router.types import Message, Part
from router.types.chat import FunctionCall, ToolCall

Json = Mapping[str, Any]
_MESSAGE = frozenset({"role", "content", "type", "phase", "id", "status"})
_UNSENT = frozenset({"caller", "async"})
# Marks on a model's words that say nothing to a model.
_PART = frozenset(
    {"type", "text", "refusal", "image_url", "detail", "file_data", "file_id", "filename", "input_audio", "annotations"}
    | {"logprobs", "file_url"}
)


def conversation(asked: Asked, body: Json, tools: ToolTable, notes: dict[str, None]) -> tuple[Message, ...]:
    """The messages, the instructions first; what is left out is noted. Raises BadRequest where nothing is left."""
    messages = [Message("system", asked.instructions)] if asked.instructions else []
    if isinstance(asked.input, str):
        return (*messages, Message("user", asked.input))
    for item, raw in zip(asked.input, body["input"], strict=True):
        if isinstance(item, MessageItem):
            _say(messages, item, raw, notes)
        elif isinstance(item, FunctionCallItem | CustomToolCallItem):
            _call(messages, item, tools)
            _note_beyond(raw, notes)
        elif isinstance(item, FunctionCallOutputItem | CustomToolCallOutputItem):
            content = _content(item.output, raw["output"])
            messages.append(Message("tool", content, tool_call_id=item.call_id))
            _note_beyond(raw, notes)
        elif not isinstance(item, AdditionalToolsItem):
            notes["dropped:reasoning"] = None
    if not messages:
        raise BadRequest("input: reasoning or tools alone are nothing to answer. Send a message.", param="input")
    return tuple(messages)


def _note_beyond(raw: Json, notes: dict[str, None]) -> None:
    """Note what of an item no backend is sent."""
    for name in sorted(raw.keys() & _UNSENT):
        if raw[name]:
            notes[f"dropped:{raw['type']}.{name}"] = None


def _say(messages: list[Message], item: MessageItem, raw: Json, notes: dict[str, None]) -> None:
    """A message; words that follow a call of the same turn are said in that turn."""
    if item.phase is not None:
        notes["dropped:phase"] = None
    content = _content(item.content, raw["content"])
    last = messages[-1] if messages else None
    if item.role == "assistant" and last and last.tool_calls:
        messages[-1] = replace(last, content=_joined(last.content, content))
    else:
        messages.append(Message(item.role, content, extra=_beyond(raw, _MESSAGE)))


def _call(messages: list[Message], item: FunctionCallItem | CustomToolCallItem, tools: ToolTable) -> None:
    call = ToolCall(item.call_id, _function(item, tools))
    last = messages[-1] if messages else None
    if last and last.role == "assistant":
        messages[-1] = replace(last, tool_calls=(*(last.tool_calls or ()), call))
    else:
        messages.append(Message("assistant", tool_calls=(call,)))


def _function(item: FunctionCallItem | CustomToolCallItem, tools: ToolTable) -> FunctionCall:
    if isinstance(item, FunctionCallItem):
        return FunctionCall(tools.function_of(ToolName(item.name, item.namespace)), item.arguments)
    name = ToolName(item.name, item.namespace, "custom")
    return FunctionCall(tools.function_of(name), custom_arguments(item.input))


def _content(content: str | tuple[InputPart, ...], raw: Any) -> str | tuple[Part, ...]:
    """A message's content; one plain text stays a string, which every backend takes."""
    if isinstance(content, str):
        return content
    parts = tuple(_part(part, said) for part, said in zip(content, raw, strict=True))
    if len(parts) == 1 and parts[0].type == "text" and not parts[0].extra:
        return parts[0].text or ""
    return parts


def _part(part: InputPart, raw: Json) -> Part:
    extra = _beyond(raw, _PART)
    if isinstance(part, TextPart):
        return Part("text", part.text, extra=extra)
    if isinstance(part, ImagePart):
        detail = {"detail": part.detail} if part.detail else {}
        return Part("image_url", image_url={"url": part.image_url, **detail}, extra=extra)
    if isinstance(part, FilePart):
        named = {"file_data": part.file_data, "file_id": part.file_id, "filename": part.filename}
        return Part("file", file={name: value for name, value in named.items() if value is not None}, extra=extra)
    if isinstance(part, AudioPart):
        return Part("input_audio", input_audio=part.input_audio, extra=extra)
    return Part("refusal", refusal=part.refusal, extra=extra)


def _joined(before: str | tuple[Part, ...] | None, after: str | tuple[Part, ...]) -> str | tuple[Part, ...]:
    return after if before is None else (*_parts(before), *_parts(after))


def _parts(content: str | Sequence[Part]) -> Sequence[Part]:
    return (Part("text", content),) if isinstance(content, str) else content


def _beyond(raw: Json, known: frozenset[str]) -> dict[str, Any] | None:
    return {key: value for key, value in raw.items() if key not in known and value is not None} or None
