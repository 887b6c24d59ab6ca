"""Renders a whole answer as Anthropic's `message`.

Invariant: blocks stand in the order in which they were said; cached tokens are counted beside the input, not in it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from router.api.surfaces.anthropic_messages.answer_blocks import refusal, whole
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
    stop = next((chunk for chunk in reversed(chunks) if chunk.finish_reason), Chunk(finish_reason="stop"))
    return orjson.dumps(
        {
            **frame(exchange, receipt.served or ""),
            "content": whole(chunks),
            **stopped(stop, refused=any(refusal(chunk) for chunk in chunks)),
            "usage": usage(receipt.usage, receipt.notes),
            **disclosed(receipt, exchange),
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


def stopped(chunk: Chunk, *, refused: bool) -> dict[str, Any]:
    """Why it ended, and at which of the client's own stops where the backend says that."""
    reason = "refusal" if refused else _REASONS[chunk.finish_reason or "stop"]
    stop = (chunk.beside or {}).get("stop_sequence") if reason == "end_turn" else None
    return {"stop_reason": "stop_sequence" if stop else reason, "stop_sequence": stop}


def usage(used: Usage | None, notes: Iterable[str]) -> dict[str, Any]:
    """Token counts in Anthropic's words."""
    if used is None:
        return {"input_tokens": 0, "output_tokens": 0}
    written = cache_written(used, notes)
    long = used.cache_write_1h_tokens
    split = {"ephemeral_5m_input_tokens": written - long, "ephemeral_1h_input_tokens": long}
    return {
        "input_tokens": used.input_tokens - used.cached_input_tokens - written,
        "cache_creation_input_tokens": written,
        **({"cache_creation": split} if written else {}),
        "cache_read_input_tokens": used.cached_input_tokens,
        "output_tokens": used.output_tokens,
        "output_tokens_details": {"thinking_tokens": used.reasoning_tokens},
    }
