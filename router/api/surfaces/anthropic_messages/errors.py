"""Errors in Anthropic's envelope, with its names for them."""

from collections.abc import Mapping
from typing import Any

import orjson

from router.api.http.asgi import Headers
from router.api.http.error_responses import Wording, envelope, failure_bytes
from router.errors import Overflow, ProviderError, RouterError

REQUEST_ID = b"request-id"
ERROR_SCHEMA: Mapping[str, Any] = {"type": "object", "required": ["type", "error"]}
_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_OUTCOMES: Mapping[str, str] = {
    "timeout": "timeout_error",
    "rate_limited": "rate_limit_error",
    "rejected": "invalid_request_error",
    "content_filter": "invalid_request_error",
}


def _too_long(overflow: Overflow) -> str:
    """Its clients compact a conversation where they read this, and lower their `max_tokens` where they read that."""
    most, taken, given = overflow.most, overflow.taken, overflow.given
    if most is None or taken is None:
        return "prompt is too long."
    if taken > most:
        return f"prompt is too long: {taken} tokens > {most} maximum."
    figures = f"{taken} + {given} > {most}"
    return f"input length and `max_tokens` exceed context limit: {figures}, decrease input length or `max_tokens`."


WORDING = Wording({"max_completion_tokens": "max_tokens"}, _too_long)


def failure(error: RouterError, id: str) -> tuple[int, bytes, Headers]:  # noqa: A002
    """Status, body and headers of an error."""
    status, _, headers = failure_bytes(error)
    return status, orjson.dumps(error_body(error, id)), [*headers, (REQUEST_ID, id.encode())]


def error_body(error: RouterError | ProviderError, id: str) -> dict[str, Any]:  # noqa: A002
    """The envelope; beside Anthropic's words stands what OpenAI's envelope would say too, such as the candidates."""
    ours = {key: value for key, value in envelope(error, WORDING)["error"].items() if value is not None}
    return {"type": "error", "error": {**ours, "type": _type(error)}, "request_id": id}


def _type(error: RouterError | ProviderError) -> str:
    if isinstance(error, ProviderError):
        return _OUTCOMES.get(error.outcome, "api_error")
    return _TYPES.get(error.status) or ("invalid_request_error" if error.status < 500 else "api_error")
