"""Turns a conversation in blocks into messages: what a tool gave becomes a turn of its own.

Invariant: every word, picture and call is in it, in its order; what can't be is noted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

import orjson

from router.api.surfaces.anthropic_messages.schema import (
    Base64Source,
    Block,
    DocumentBlock,
    HiddenThinkingBlock,
    ImageBlock,
    Shown,
    TextBlock,
    TextSource,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    Turn,
)
from router.types import FunctionCall, Message, Part, ToolCall
from router.types.chat import ANTHROPIC


def conversation(
    system: str | tuple[TextBlock, ...] | None, turns: Iterable[Turn], notes: list[str]
) -> tuple[Message, ...]:
    """The system text first, then the turns."""
    messages = [Message("system", _content(_parts(_blocks(system), notes)))] if system else []
    for turn in turns:
        blocks = _blocks(turn.content)
        if turn.role == "assistant":
            messages.append(_said(blocks, notes))
        else:
            messages.extend(_asked(turn.role, blocks, notes))
    if messages[-1].role == "assistant":
        # Other models answer anew instead of going on in the middle of a sentence.
        notes.append("approximated:a last turn of the assistant")
    return tuple(messages)


def _blocks(content: str | Sequence[Block]) -> Sequence[Block]:
    return (TextBlock("text", content),) if isinstance(content, str) else content


def _said(blocks: Sequence[Block], notes: list[str]) -> Message:
    """A turn of the assistant; what it thought goes back to the API alone that signed it."""
    calls = tuple(_call(block) for block in blocks if isinstance(block, ToolUseBlock))
    signed = [asdict(block) for block in blocks if isinstance(block, HiddenThinkingBlock) or _is_signed(block)]
    if any(isinstance(block, ThinkingBlock) and not block.signature for block in blocks):
        notes.append("dropped:thinking")
    extra = {ANTHROPIC: {"thinking": signed}} if signed else None
    return Message("assistant", _content(_parts(blocks, notes)) or None, tool_calls=calls or None, extra=extra)


def _is_signed(block: Block) -> bool:
    return isinstance(block, ThinkingBlock) and bool(block.signature)


def _asked(role: str, blocks: Sequence[Block], notes: list[str]) -> Iterable[Message]:
    """A turn of the user: first what tools gave, then what the user says; pictures from a tool go to the latter."""
    shown: list[Part] = []
    for block in blocks:
        if isinstance(block, ToolResultBlock):
            yield _result(block, shown, notes)
    parts = [*shown, *_parts(blocks, notes)]
    if parts or not any(isinstance(block, ToolResultBlock) for block in blocks):
        yield Message("system" if role == "system" else "user", _content(parts))


def _result(block: ToolResultBlock, shown: list[Part], notes: list[str]) -> Message:
    parts = _parts(_blocks(block.content or ""), notes)
    moved = [part for part in parts if part.type != "text"]
    shown.extend(moved)
    if moved:
        notes.append("approximated:a picture or file that a tool gave")
    if block.is_error:
        notes.append("approximated:is_error")
        parts.insert(0, Part("text", text="The tool failed:"))
    words = "\n".join(part.text for part in parts if part.text)
    return Message("tool", words, tool_call_id=block.tool_use_id, extra=_cached(block))


def _call(block: ToolUseBlock) -> ToolCall:
    return ToolCall(block.id, FunctionCall(block.name, orjson.dumps(block.input).decode()))


def _content(parts: Sequence[Part]) -> str | tuple[Part, ...]:
    """Words alone as a text, which every backend takes."""
    if not parts:
        return ""
    plain = len(parts) == 1 and parts[0].type == "text" and not parts[0].extra
    return parts[0].text or "" if plain else tuple(parts)


def _parts(blocks: Iterable[Block | Shown], notes: list[str]) -> list[Part]:
    """What is said and shown; calls and results stand elsewhere."""
    parts: list[Part] = []
    for block in blocks:
        if isinstance(block, TextBlock):
            parts.append(Part("text", text=block.text, extra=_cached(block)))
        elif isinstance(block, ImageBlock):
            parts.append(Part("image_url", image_url={"url": _url(block)}, extra=_cached(block)))
        elif isinstance(block, DocumentBlock):
            parts.append(replace(_document(block), extra=_cached(block)))
        elif isinstance(block, ToolUseBlock) and block.cache_control:
            notes.append("dropped:cache_control")
    return parts


def _cached(block: TextBlock | ImageBlock | DocumentBlock | ToolResultBlock) -> dict[str, Any] | None:
    """Where a cache shall end, for the API that asks."""
    return {ANTHROPIC: {"cache_control": block.cache_control}} if block.cache_control else None


def _url(block: ImageBlock) -> str:
    """A picture's address, or its bytes as one."""
    return _data(block.source) if isinstance(block.source, Base64Source) else block.source.url


def _data(source: Base64Source) -> str:
    return f"data:{source.media_type};base64,{source.data}"


def _document(block: DocumentBlock) -> Part:
    """A text is read as such, with what is said about it; anything else is a file."""
    if isinstance(block.source, TextSource):
        return Part("text", text="\n".join(filter(None, (block.title, block.context, block.source.data))))
    return Part("file", file={"filename": block.title or "document.pdf", "file_data": _data(block.source)})
