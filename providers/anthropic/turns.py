"""Writes a conversation in Anthropic's shape: system text apart, turns that alternate, tool results as user turns.

Invariant: every word, image and call of the conversation is in it, in its order; a part that the API can't take is
refused, never left out.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from providers.upstream.dialect import own, without
from router.errors import ProviderError
from router.types import Message, Part, ToolCall

Block = dict[str, Any]
_SYSTEM = ("system", "developer")


def conversation(messages: Iterable[Message]) -> tuple[list[Block], list[Block]]:
    """The system text as blocks, and the turns."""
    system: list[Block] = []
    turns: list[Block] = []
    for message in messages:
        if message.role in _SYSTEM:
            system.extend(_content(message))
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"].extend(blocks)
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return system, turns


def _blocks(message: Message) -> list[Block]:
    words = own(message.extra)
    if message.role == "tool":
        result: Block = {"type": "tool_result", "tool_use_id": message.tool_call_id or "", "content": _content(message)}
        return [words | result]
    # What the model thought comes before what it said, and must come back to it as it was.
    return [*words.get("thinking", ()), *_content(message), *(_call(call) for call in message.tool_calls or ())]


def _content(message: Message) -> list[Block]:
    """The blocks of a message's content; the API refuses empty texts."""
    if isinstance(message.content, str):
        return [{"type": "text", "text": message.content}] if message.content else []
    return [_part(part) for part in message.content or () if part.type != "text" or part.text]


def _part(part: Part) -> Block:
    extra = without(part.extra) | own(part.extra)
    if part.type in ("text", "refusal"):
        return {**extra, "type": "text", "text": part.text or part.refusal or ""}
    if part.type == "image_url":
        return {**extra, "type": "image", "source": _source(str((part.image_url or {}).get("url") or ""))}
    if part.type == "file":
        return {**extra, "type": "document", "source": _file(dict(part.file or {}))}
    raise ProviderError("rejected", f"this backend takes no {part.type}")


def _source(url: str) -> Block:
    """An image by its address, or by the bytes that a data URL holds."""
    if not url.startswith("data:"):
        return {"type": "url", "url": url}
    head, comma, data = url[5:].partition(",")
    kind, _, coding = head.partition(";")
    if not comma or coding != "base64":
        raise ProviderError("rejected", "a data URL must be base64")
    return {"type": "base64", "media_type": kind, "data": data}


def _file(file: Block) -> Block:
    if isinstance(data := file.get("file_data"), str):
        return _source(data if data.startswith("data:") else f"data:application/pdf;base64,{data}")
    if isinstance(name := file.get("file_id"), str):
        return {"type": "file", "file_id": name}
    raise ProviderError("rejected", "a file must come with its data or its id")


def _call(call: ToolCall) -> Block:
    """A call that the model made earlier; its arguments must be an object there."""
    try:
        given = orjson.loads(call.function.arguments or "{}")
    except ValueError:
        given = {"arguments": call.function.arguments}
    given = given if isinstance(given, dict) else {"arguments": given}
    return {"type": "tool_use", "id": call.id, "name": call.function.name, "input": given}
