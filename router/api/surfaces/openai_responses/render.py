"""Renders the `response` object: what was asked, what was answered, and what became of it.

Invariant: every field that clients' types require is there, whatever the client left out; `store` is false, for
nothing that was said is kept.
"""

from collections.abc import Mapping
from typing import Any

from router.api.surfaces.openai_chat.render import cache_written, disclosed, shown_model
from router.api.surfaces.openai_responses.output_items import Output
from router.decision.receipt import Exchange
from router.errors import DeadlineExceeded, ProviderError
from router.types import FinishReason, Receipt, Usage

Json = Mapping[str, Any]
_AS_ASKED: Mapping[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "temperature": None,
    "tool_choice": "auto",
    "top_logprobs": None,
    "top_p": None,
    "user": None,
}
_NOT_HERE: Mapping[str, Any] = {
    "background": False,
    "conversation": None,
    "previous_response_id": None,
    "service_tier": None,
    "store": False,
    "truncation": "disabled",
}
_OFFERED = frozenset({"function", "custom", "namespace"})
_TOOL: Mapping[str, Any] = {"description": None, "parameters": None, "strict": None}
_REASONS: Mapping[FinishReason, str] = {"length": "max_output_tokens", "content_filter": "content_filter"}


def begun(body: Json, exchange: Exchange, served: str) -> dict[str, Any]:
    """An answer that has begun: all that is known of it before it is said."""
    words = {name: body[name] if body.get(name) is not None else plain for name, plain in _AS_ASKED.items()}
    return {
        "id": f"resp_{exchange.id}",
        "object": "response",
        "created_at": int(exchange.time.timestamp()),
        "completed_at": None,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "model": shown_model(exchange, served),
        "output": [],
        **words,
        **_NOT_HERE,
        "tools": _tools(body),
        "text": {"format": {"type": "text"}, **_said(body.get("text"))},
        "reasoning": {"effort": (body.get("reasoning") or {}).get("effort"), "summary": None},
        "usage": None,
    }


def ended(start: Json, receipt: Receipt, output: Output, reason: FinishReason) -> dict[str, Any]:
    """The same answer when it has been said."""
    cut = _REASONS.get(reason)
    done = receipt.time.timestamp() + receipt.duration_ms / 1000
    return {
        **start,
        "status": "incomplete" if cut else "completed",
        "completed_at": None if cut else int(done),
        "incomplete_details": {"reason": cut} if cut else None,
        "output": output.to_json(),
        "usage": _usage(receipt),
        **disclosed(receipt),
    }


def failed(start: Json, receipt: Receipt, output: Output, error: ProviderError | DeadlineExceeded) -> dict[str, Any]:
    """The same answer when it broke off, with what of it was said."""
    limited = isinstance(error, ProviderError) and error.outcome == "rate_limited"
    return {
        **start,
        "status": "failed",
        "error": {"code": "rate_limit_exceeded" if limited else "server_error", "message": error.message},
        "output": output.to_json(),
        "usage": _usage(receipt),
        **disclosed(receipt),
    }


def is_complete(reason: FinishReason) -> bool:
    """Whether an answer that ended so is all that the model would have said."""
    return reason not in _REASONS


def _usage(receipt: Receipt) -> dict[str, Any] | None:
    used = receipt.usage
    return None if used is None else _counts(used, cache_written(receipt.notes))


def _counts(used: Usage, written: int) -> dict[str, Any]:
    return {
        "input_tokens": used.input_tokens,
        "input_tokens_details": {"cached_tokens": used.cached_input_tokens, "cache_write_tokens": written},
        "output_tokens": used.output_tokens,
        "output_tokens_details": {"reasoning_tokens": used.reasoning_tokens},
        "total_tokens": used.input_tokens + used.output_tokens,
    }


def _tools(body: Json) -> list[Json]:
    """The tools that were offered, as the client sent them."""
    tools = [tool for tool in body.get("tools") or () if tool["type"] in _OFFERED]
    return [{**_TOOL, **tool} if tool["type"] == "function" else tool for tool in tools]


def _said(given: Json | None) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if value is not None}
