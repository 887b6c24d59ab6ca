"""What the words mean with which backends end an answer: the end of what a model says, or a failure.

Invariant: a word for a failure is never an end, and one that nobody knows is no failure.
"""

from collections.abc import Mapping

from providers.upstream.failures import plain
from router.errors import ProviderError
from router.types import FinishReason, Outcome

_MOST_WORD = 80
# Of OpenAI's API, and of those who answer over it with the words of their own.
REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "tool_call": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "sensitive": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
}
_FAILURES: Mapping[str, Outcome] = {
    "error": "unavailable",
    "network_error": "unavailable",
    "server_error": "unavailable",
    "internal_error": "unavailable",
    "internal_server_error": "unavailable",
    "abort": "unavailable",
    "aborted": "unavailable",
    "cancel": "unavailable",
    "cancelled": "unavailable",
    "canceled": "unavailable",
    "fail": "unavailable",
    "failed": "unavailable",
    "failure": "unavailable",
    "overloaded": "unavailable",
    "unavailable": "unavailable",
    "connection_error": "unavailable",
    "insufficient_system_resource": "unavailable",
    "malformed_function_call": "unavailable",
    "timeout": "timeout",
    "timed_out": "timeout",
    "rate_limit": "rate_limited",
    "rate_limited": "rate_limited",
}


def end_reason(given: object) -> FinishReason | None:
    """Why an answer ended; None for a word that nobody knows. Raises ProviderError for one that says it failed."""
    word = str(given).strip().lower()
    if outcome := _FAILURES.get(word):
        sentence = f"the backend ended its answer with {plain(word, _MOST_WORD)!r}"
        raise ProviderError(outcome, sentence, code="failed_end")
    return REASONS.get(word)
