"""Renders the `response` object: what was asked, what was answered, and what became of it.

Invariant: every field that clients' types require is there, whatever the client left out, and a number where they
require one: that of OpenAI's API. `store` says whether the answer is kept here.
"""

from collections.abc import Mapping
from typing import Any

from router.api.surfaces.openai_chat.render import cache_written, disclosed, shown_model
from router.api.surfaces.openai_responses.conversations import PREVIOUS, Conversation
from router.api.surfaces.openai_responses.errors import failed_because
from router.api.surfaces.openai_responses.output_items import Output
from router.decision.receipt import Exchange
from router.errors import ProviderError, RouterError
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
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "service_tier": "default",
    "temperature": 1,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1,
    "user": None,
}
_NOT_HERE: Mapping[str, Any] = {
    "background": False,
    "conversation": None,
    "previous_response_id": None,
    "store": False,
    "truncation": "disabled",
}
_OFFERED = frozenset({"function", "custom", "namespace"})
_SEARCH = ("tool_search", "client")
_TOOL: Mapping[str, Any] = {"description": None, "parameters": None, "strict": None}
_REASONS: Mapping[FinishReason, str] = {"length": "max_output_tokens", "content_filter": "content_filter"}


def begun(body: Json, exchange: Exchange, served: str, conversation: Conversation | None = None) -> dict[str, Any]:
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
        **({"store": True, PREVIOUS: conversation.previous} if conversation else {}),
        "tools": _tools(body),
        "text": {"format": {"type": "text"}, **_said(body.get("text"))},
        "reasoning": {"effort": (body.get("reasoning") or {}).get("effort"), "summary": None},
        "usage": None,
    }


def ended(start: Json, exchange: Exchange, receipt: Receipt, output: Output, reason: FinishReason) -> dict[str, Any]:
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
        **disclosed(receipt, exchange),
    }


def failed(
    start: Json, exchange: Exchange, receipt: Receipt, output: Output, error: ProviderError | RouterError
) -> dict[str, Any]:
    """The same answer when it broke off, with what of it was said."""
    return {
        **start,
        "status": "failed",
        "error": failed_because(error),
        "output": output.to_json(),
        "usage": _usage(receipt),
        **disclosed(receipt, exchange),
    }


def is_complete(reason: FinishReason) -> bool:
    """Whether an answer that ended so is all that the model would have said."""
    return reason not in _REASONS


def _usage(receipt: Receipt) -> dict[str, Any] | None:
    used = receipt.usage
    return None if used is None else _counts(used, cache_written(used, receipt.notes))


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
    tools = [tool for tool in body.get("tools") or () if _is_offered(tool)]
    return [{**_TOOL, **tool} if tool["type"] == "function" else tool for tool in tools]


def _is_offered(tool: Json) -> bool:
    return tool["type"] in _OFFERED or (tool["type"], tool.get("execution")) == _SEARCH


def _said(given: Json | None) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if value is not None}
