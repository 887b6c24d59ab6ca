"""Renders a whole answer as Anthropic's `message`.

Invariant: blocks stand in the order in which they were said; cached tokens are counted beside the input, not in it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from router.api.surfaces.openai_chat.render import cache_written, disclosed, shown_model
from router.decision.receipt import Exchange
from router.types import Chunk, FinishReason, Receipt, Usage

_REASONS: dict[FinishReason, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


def message(exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
    """A `message`."""
    blocks: list[dict[str, Any]] = []
    calls: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for kind, part, words in spoken(chunk):
            if not blocks or blocks[-1]["type"] != kind:
                blocks.append(opened(kind))
            blocks[-1][part] += words
        if piece := chunk.tool_call:
            if piece.position not in calls:
                calls[piece.position] = tool(piece.id, piece.name, piece.position)
                blocks.append(calls[piece.position] | {"input": ""})
                calls[piece.position] = blocks[-1]
            calls[piece.position]["input"] += piece.arguments
    for call in calls.values():
        call["input"] = arguments(call["input"])
    stop = next((chunk for chunk in reversed(chunks) if chunk.finish_reason), Chunk(finish_reason="stop"))
    return orjson.dumps(
        {
            **frame(exchange, receipt.served or ""),
            "content": blocks,
            **stopped(stop, refused=any(refusal(chunk) for chunk in chunks)),
            "usage": usage(receipt.usage, receipt.notes),
            **disclosed(receipt),
        }
    )


def frame(exchange: Exchange, served: str) -> dict[str, Any]:
    """What a message is, but for its content."""
    return {
        "id": f"msg_{exchange.id}",
        "type": "message",
        "role": "assistant",
        "model": shown_model(exchange, served),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def spoken(chunk: Chunk) -> Iterable[tuple[str, str, str]]:
    """What a chunk says: the kind of block, the part of it, the words. What was thought comes before what is said."""
    if chunk.beside:
        if isinstance(thought := chunk.beside.get("reasoning_content") or chunk.beside.get("reasoning"), str):
            yield "thinking", "thinking", thought
        if isinstance(signature := chunk.beside.get("reasoning_signature"), str):
            yield "thinking", "signature", signature
        if words := refusal(chunk):
            yield "text", "text", words
    if chunk.text:
        yield "text", "text", chunk.text


def refusal(chunk: Chunk) -> str:
    """The words with which a model refuses, beside its text."""
    words = (chunk.beside or {}).get("refusal")
    return words if isinstance(words, str) else ""


def opened(kind: str) -> dict[str, Any]:
    """A block that says nothing yet; what a model of another API thought stays without a signature."""
    return {"type": "text", "text": ""} if kind == "text" else {"type": "thinking", "thinking": "", "signature": ""}


def tool(id: str | None, name: str | None, position: int) -> dict[str, Any]:  # noqa: A002
    """A call that has no arguments yet."""
    return {"type": "tool_use", "id": id or f"toolu_{position}", "name": name or "", "input": {}}


def arguments(text: str) -> dict[str, Any]:
    """A call's arguments as an object, whatever the model wrote."""
    try:
        given = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        given = text
    return given if isinstance(given, dict) else {"arguments": given}


def stopped(chunk: Chunk, *, refused: bool) -> dict[str, Any]:
    """Why it ended, and at which of the client's own stops where the backend says that."""
    reason = "refusal" if refused else _REASONS[chunk.finish_reason or "stop"]
    stop = (chunk.beside or {}).get("stop_sequence") if reason == "end_turn" else None
    return {"stop_reason": "stop_sequence" if stop else reason, "stop_sequence": stop}


def usage(used: Usage | None, notes: Iterable[str]) -> dict[str, Any]:
    """Token counts in Anthropic's words."""
    if used is None:
        return {"input_tokens": 0, "output_tokens": 0}
    written = cache_written(notes)
    return {
        "input_tokens": used.input_tokens - used.cached_input_tokens - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": used.cached_input_tokens,
        "output_tokens": used.output_tokens,
        "output_tokens_details": {"thinking_tokens": used.reasoning_tokens},
    }
