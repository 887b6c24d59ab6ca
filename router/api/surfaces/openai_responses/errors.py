"""Errors in the words of the Responses API, and why a response failed."""

from collections.abc import Mapping
from typing import Any

from router.api.http.error_responses import Wording, envelope
from router.errors import Overflow, ProviderError, RouterError, overflow_sentence

_PARAMS: Mapping[str, str] = {
    "messages": "input",
    "max_completion_tokens": "max_output_tokens",
    "max_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning.effort",
    "response_format": "text.format",
    "verbosity": "text.verbosity",
}
# Codes that clients of this API know in a response that failed.
_KNOWN_CODES = """
bio_policy context_length_exceeded data_residency_mismatch empty_image_file failed_to_download_image
image_content_policy_violation image_file_not_found image_file_too_large image_parse_error image_too_large
image_too_small insufficient_quota invalid_base64_image invalid_image invalid_image_format invalid_image_mode
invalid_image_url invalid_prompt misalignment_policy_violation rate_limit_exceeded server_error
unsupported_image_media_type vector_store_timeout
"""
_KNOWN = frozenset(_KNOWN_CODES.split())
_LIMITED = frozenset({"rate_limited", "budget_exceeded"})
_REFUSED = frozenset({"rejected", "content_filter", "invalid_request_error"})


def _too_long(overflow: Overflow) -> str:
    """Its clients look for the first of these sentences, those of older APIs for the second."""
    sentence = overflow_sentence(overflow).replace("your messages", "your input").replace("the messages", "the input")
    return f"Your input exceeds the context window of this model. {sentence}"


WORDING = Wording(_PARAMS, _too_long)


def failed_because(error: ProviderError | RouterError) -> dict[str, Any]:
    """The `error` of a response that failed: a code that clients know, by which some ask again and others don't."""
    said = envelope(error, WORDING)["error"]
    how = {said["code"], error.outcome if isinstance(error, ProviderError) else error.type}
    code = said["code"]
    if code not in _KNOWN:
        code = "server_error" if how.isdisjoint(_REFUSED) else "invalid_prompt"
        code = code if how.isdisjoint(_LIMITED) else "rate_limit_exceeded"
    return {"code": code, "message": said["message"]}
