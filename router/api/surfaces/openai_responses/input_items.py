"""Turns the input items of a request into messages, in their order.

Invariant: every word, image, file, call and result is in it; calls that follow one another, or the words of the same
turn, stand in one message, as backends want them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from router.api.surfaces.openai_responses.schema import (
    KEPT_OF_CALLS,
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
    ReasoningItem,
    SearchCallItem,
    SearchOutputItem,
    TextPart,
)
from router.api.surfaces.openai_responses.sealed_thoughts import unsealed
from router.api.surfaces.openai_responses.tools import SEARCH, ToolName, ToolTable, tool_names
from router.errors import BadRequest
from router.types import Message, Part
from router.types.chat import ANTHROPIC, FunctionCall, ToolCall
from router.types.custom_tools import custom_arguments

Json = Mapping[str, Any]
# The blocks that a backend signed or hid, or plain words.
Thought = str | list[dict[str, Any]]
CallItem = FunctionCallItem | CustomToolCallItem | SearchCallItem
TurnItem = MessageItem | CallItem | FunctionCallOutputItem | CustomToolCallOutputItem | SearchOutputItem
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
    thoughts: list[Thought] = []
    for item, raw in zip(asked.input, body["input"], strict=True):
        if isinstance(item, ReasoningItem):
            thoughts.append(_thought(raw))
        elif isinstance(item, SearchCallItem | SearchOutputItem) and item.call_id is None:
            notes[f"dropped:{item.type}"] = None  # OpenAI's own search; what it came to is offered all the same
        elif not isinstance(item, AdditionalToolsItem):
            _add(messages, item, raw, tools, notes)
            _think(messages, item, thoughts, notes)
    if thoughts:
        notes["dropped:reasoning"] = None
    if not messages:
        raise BadRequest("input: reasoning or tools alone are nothing to answer. Send a message.", param="input")
    return tuple(messages)


def _add(messages: list[Message], item: TurnItem, raw: Json, tools: ToolTable, notes: dict[str, None]) -> None:
    """What was said, called, or what a tool gave."""
    if isinstance(item, MessageItem):
        _say(messages, item, raw, notes)
        return
    if isinstance(item, CallItem):
        _call(messages, item, raw, tools)
    elif isinstance(item, SearchOutputItem):
        names = [tools.function_of(name) for name in tool_names(item.tools)]
        messages.append(Message("tool", _searched(names), tool_call_id=item.call_id))
    else:
        messages.append(Message("tool", _content(item.output, raw["output"]), tool_call_id=item.call_id))
    _note_beyond(raw, notes)


def _thought(raw: Json) -> Thought:
    """What a model thought: what its backend signed or hid, else the words, where they stand there to be read."""
    if blocks := unsealed(raw.get("encrypted_content")):
        return blocks
    content = raw.get("content")
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def _order(message: Message, item: TurnItem, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    """The turn's order with signed thoughts before the item that was added last, as their backend must get it back."""
    own = (message.extra or {}).get(ANTHROPIC) or {}
    order = list(own.get("order", ()))
    calls = len(message.tool_calls or ()) - isinstance(item, CallItem)
    parts = len(_parts(message.content or ()))
    if isinstance(item, MessageItem):
        parts -= 1 if isinstance(item.content, str) else len(item.content)
    order += ["part"] * (parts - order.count("part")) + ["call"] * (calls - order.count("call")) + blocks
    return {**(message.extra or {}), ANTHROPIC: {**own, "order": order}}


def _think(messages: list[Message], item: TurnItem, thoughts: list[Thought], notes: dict[str, None]) -> None:
    """Thoughts belong to what a model says or calls next; one that can't be read is nothing to a model."""
    last = messages[-1]
    if last.role == "assistant" and (
        blocks := [block for each in thoughts if isinstance(each, list) for block in each]
    ):
        last = messages[-1] = replace(last, extra=_order(last, item, blocks))
    words = "".join(each for each in thoughts if isinstance(each, str)) if last.role == "assistant" else ""
    if words:
        said = (last.extra or {}).get("reasoning_content", "")
        messages[-1] = replace(last, extra={**(last.extra or {}), "reasoning_content": said + words})
    if "" in thoughts or (thoughts and last.role != "assistant"):
        notes["dropped:reasoning"] = None
    thoughts.clear()


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


def _searched(names: Sequence[str]) -> str:
    """What a search for tools came to, in words: the tools themselves are offered."""
    return f"These tools can be called now: {', '.join(names)}." if names else "No tool fits."


def _call(messages: list[Message], item: CallItem, raw: Json, tools: ToolTable) -> None:
    beside = {name: raw[name] for name in KEPT_OF_CALLS if raw.get(name) is not None}
    call = ToolCall(item.call_id or "", _function(item, tools), extra=beside or None)
    last = messages[-1] if messages else None
    if last and last.role == "assistant":
        messages[-1] = replace(last, tool_calls=(*(last.tool_calls or ()), call))
    else:
        messages.append(Message("assistant", tool_calls=(call,)))


def _function(item: CallItem, tools: ToolTable) -> FunctionCall:
    if isinstance(item, SearchCallItem):
        return FunctionCall(tools.function_of(SEARCH), json.dumps(item.arguments, ensure_ascii=False))
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
