"""Turns a conversation in blocks into messages: what a tool gave becomes a turn of its own.

Invariant: every word, picture and call is in it, in its order; what only a backend of Anthropic's API could be sent
stands in `extra` for it, so that such a backend gets the blocks as they came.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from router.api.surfaces.anthropic_messages.schema import (
    SHARED_WORDS,
    Base64Source,
    Block,
    DocumentBlock,
    HiddenThinkingBlock,
    ImageBlock,
    SearchResultBlock,
    Shown,
    TextBlock,
    TextSource,
    ThinkingBlock,
    ToolReferenceBlock,
    ToolResultBlock,
    ToolUseBlock,
    Turn,
)
from router.api.surfaces.json_numbers import json_text
from router.types import FunctionCall, Message, Part, ToolCall
from router.types.chat import ANTHROPIC

Json = Mapping[str, Any]
# A block, and the same as it came.
Pair = tuple[Any, Json]


def conversation(
    system: str | tuple[TextBlock, ...] | None, turns: Iterable[Turn], body: Json, notes: list[str]
) -> tuple[Message, ...]:
    """The system text first, then the turns; `body` is what they were read of."""
    messages = [Message("system", _content(_parts(_pairs(system, body["system"]))))] if system else []
    for turn, raw in zip(turns, body["messages"], strict=True):
        pairs = _pairs(turn.content, raw["content"])
        if turn.role == "assistant":
            messages.append(_said(pairs))
        else:
            messages.extend(_asked(turn.role, pairs))
    if messages[-1].role == "assistant":
        # Other models answer anew instead of going on in the middle of a sentence.
        notes.append("approximated:a last turn of the assistant")
    return tuple(messages)


def beyond(raw: Json, known: frozenset[str]) -> dict[str, Any] | None:
    """What only Anthropic's API has a word for, as `extra` holds it."""
    words = {name: value for name, value in raw.items() if name not in known and value is not None}
    return {ANTHROPIC: words} if words else None


def _pairs(content: str | Sequence[Block] | Sequence[Shown], raw: Any) -> list[Pair]:
    if isinstance(content, str):
        return [(TextBlock("text", content), {"type": "text", "text": content})]
    return list(zip(content, raw, strict=True))


def _said(pairs: Sequence[Pair]) -> Message:
    """A turn of the assistant; a thought goes back to the API alone that signed it, at its place."""
    calls = tuple(_call(block, raw) for block, raw in pairs if isinstance(block, ToolUseBlock))
    marks = [mark for block, raw in pairs if (mark := _mark(block, raw)) is not None]
    unsigned = [block.thinking for block, _ in pairs if isinstance(block, ThinkingBlock) and not block.signature]
    extra: dict[str, Any] = {"reasoning_content": "".join(unsigned)} if any(unsigned) else {}
    if marks != sorted(marks, key=lambda mark: mark == "call") or any(isinstance(mark, dict) for mark in marks):
        extra[ANTHROPIC] = {"order": marks}
    return Message("assistant", _content(_parts(pairs)) or None, tool_calls=calls or None, extra=extra or None)


def _mark(block: Block, raw: Json) -> Any:
    """What stands for a block in the order of a turn; None for what is nothing to Anthropic's API."""
    if isinstance(block, ToolUseBlock):
        return "call"
    if isinstance(block, ThinkingBlock):
        return dict(raw) if block.signature else None
    return dict(raw) if isinstance(block, HiddenThinkingBlock) else "part"


def _asked(role: str, pairs: Sequence[Pair]) -> Iterable[Message]:
    """A turn of the user: first what tools gave, then what the user says."""
    results = [_result(block, raw) for block, raw in pairs if isinstance(block, ToolResultBlock)]
    yield from results
    parts = _parts(pairs)
    if parts or not results:
        yield Message("system" if role == "system" else "user", _content(parts))


def _result(block: ToolResultBlock, raw: Json) -> Message:
    parts = _parts(_pairs(block.content or "", raw.get("content") or ""))
    return Message("tool", _content(parts), tool_call_id=block.tool_use_id, extra=_more(raw))


def _call(block: ToolUseBlock, raw: Json) -> ToolCall:
    function = FunctionCall(block.name, json_text(block.input))
    # What a backend of OpenAI's API said beside the call, such as a signature, goes back to it.
    signed = {} if block.extra_content is None else {"extra_content": block.extra_content}
    return ToolCall(block.id, function, extra=(signed | (_more(raw) or {})) or None)


def _content(parts: Sequence[Part]) -> str | tuple[Part, ...]:
    """Words alone as a text, which every backend takes."""
    if not parts:
        return ""
    plain = len(parts) == 1 and parts[0].type == "text" and not parts[0].extra
    return parts[0].text or "" if plain else tuple(parts)


def _parts(pairs: Iterable[Pair]) -> list[Part]:
    """What is said and shown; calls, results and thoughts stand elsewhere."""
    return [part for block, raw in pairs if (part := _part(block, raw)) is not None]


def _part(block: Block | Shown, raw: Json) -> Part | None:
    if isinstance(block, TextBlock):
        return Part("text", text=block.text, extra=_more(raw))
    if isinstance(block, ImageBlock):
        return Part("image_url", image_url={"url": _url(block)}, extra=_more(raw))
    if isinstance(block, DocumentBlock):
        return _document(block, raw)
    if isinstance(block, SearchResultBlock | ToolReferenceBlock):
        return Part("text", text=_words(block), extra={ANTHROPIC: {"block": raw}})
    return None


def _more(raw: Json) -> dict[str, Any] | None:
    return beyond(raw, SHARED_WORDS[raw["type"]])


def _words(block: SearchResultBlock | ToolReferenceBlock) -> str:
    """The same for a model that has no such blocks."""
    if isinstance(block, ToolReferenceBlock):
        return f"There is a tool called {block.tool_name}."
    return "\n".join([block.title, block.source, *(text.text for text in block.content)])


def _url(block: ImageBlock) -> str:
    """A picture's address, or its bytes as one."""
    return _data(block.source) if isinstance(block.source, Base64Source) else block.source.url


def _data(source: Base64Source) -> str:
    return f"data:{source.media_type};base64,{source.data}"


def _document(block: DocumentBlock, raw: Json) -> Part:
    """A text is read as such, with what is said about it; anything else is a file."""
    if isinstance(block.source, TextSource):
        text = "\n".join(filter(None, (block.title, block.context, block.source.data)))
        return Part("text", text=text, extra={ANTHROPIC: {"block": raw}})
    extra = _more(raw)
    if block.context is not None or block.title is not None:
        extra = {ANTHROPIC: {"block": raw}}
    file = {"filename": block.title or "document.pdf", "file_data": _data(block.source)}
    return Part("file", file=file, extra=extra)
