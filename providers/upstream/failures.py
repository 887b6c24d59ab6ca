"""Turns a backend's refusal (status, headers and body) into one ProviderError.

Invariant: the text is one line of at most `MOST_TEXT` printable characters, without the key; a status that nobody
foresaw is `unavailable`, which the next model may well survive.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any, NamedTuple

import orjson

from router.errors import ProviderError
from router.types import Outcome

MOST_TEXT = 300
MOST_WAIT_S = 24 * 3600
# 404 is the operator's: the path, or the upstream's name of a model. The client's request is not at fault.
_OUTCOMES: Mapping[int, Outcome] = {
    400: "rejected",
    408: "timeout",
    413: "rejected",
    422: "rejected",
    429: "rate_limited",
    504: "timeout",
    524: "timeout",
}
_CREDENTIALS = frozenset({401, 403})
_FILTERS = frozenset(
    {"content_filter", "content_policy_violation", "moderation_blocked", "responsibleaipolicyviolation"}
)
_NOT_THERE = frozenset({"model_not_found", "deploymentnotfound", "unknown_model"})
_CODES: Mapping[str, Outcome] = {
    "rate_limit_exceeded": "rate_limited",
    "rate_limit_error": "rate_limited",
    "insufficient_quota": "rate_limited",
    "timeout": "timeout",
    "invalid_request_error": "rejected",
    "context_length_exceeded": "rejected",
}
Scrub = Callable[[str], str]


class Refusal(NamedTuple):
    """What the body of a refusal says, in any of the shapes in use."""

    message: str
    codes: frozenset[str]
    param: str | None = None


def failure(status: int, headers: Mapping[bytes, bytes], body: bytes, scrub: Scrub) -> ProviderError:
    """The error of an answer that is none."""
    if 300 <= status < 400:
        return ProviderError("unavailable", f"the backend answered {status}: it wants to be asked elsewhere")
    if 200 <= status < 300:
        return ProviderError("unavailable", f"the backend answered {status}, without an answer")
    refused = refusal(body)
    if status in _CREDENTIALS and not refused.codes & _FILTERS:
        return ProviderError("unavailable", _sentence(status, refused, scrub, ", the credentials were refused"))
    outcome = _OUTCOMES.get(status, "unavailable")
    if refused.codes & _FILTERS:
        outcome = "content_filter"
    elif outcome == "rejected" and refused.codes & _NOT_THERE:
        outcome = "unavailable"
    return ProviderError(outcome, _sentence(status, refused, scrub), retry_after=retry_after(headers))


def failure_of_event(error: object, scrub: Scrub) -> ProviderError:
    """The error of an event that says so in the middle of a stream, or of a 200 that holds one."""
    refused = _refusal_of({"error": error})
    outcome: Outcome = next((_CODES[code] for code in sorted(refused.codes) if code in _CODES), "unavailable")
    if refused.codes & _FILTERS:
        outcome = "content_filter"
    return ProviderError(outcome, _sentence(None, refused, scrub))


def refusal(body: bytes) -> Refusal:
    """What a body says: OpenAI's envelope, its relatives, or plain words."""
    try:
        return _refusal_of(orjson.loads(body))
    except ValueError:
        return Refusal(body[: 4 * MOST_TEXT].decode(errors="replace"), frozenset())


def _refusal_of(value: object) -> Refusal:
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return Refusal(error if isinstance(error, str) else "", frozenset())
    message = next((error[key] for key in ("message", "detail", "msg") if isinstance(error.get(key), str)), "")
    inner = error.get("innererror") or error.get("inner_error")
    named: list[Any] = [error.get("code"), error.get("type"), inner.get("code") if isinstance(inner, dict) else None]
    codes = frozenset(str(code).lower() for code in named if isinstance(code, str | int))
    param = error.get("param")
    return Refusal(message, codes, param if isinstance(param, str) else None)


def _sentence(status: int | None, refused: Refusal, scrub: Scrub, meaning: str = "") -> str:
    head = "the backend broke off" if status is None else f"the backend answered {status}{meaning}"
    words = shown(refused.message, scrub)
    param = f" (param: {shown(refused.param, scrub)})" if refused.param else ""
    return f"{head}: {words}{param}" if words or param else head


def shown(text: str, scrub: Scrub) -> str:
    """A backend's own words, cut, without the key, on one line."""
    return plain(scrub(text[: 4 * MOST_TEXT]))


def plain(text: str, most: int = MOST_TEXT) -> str:
    """One line of printable characters, not too long."""
    line = " ".join(text[: 4 * most].split())
    clean = "".join(letter if letter.isprintable() else "?" for letter in line)
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def retry_after(headers: Mapping[bytes, bytes]) -> int | None:
    """Whole seconds to wait, for a client; None where nothing sensible is said."""
    seconds = patience(headers)
    return None if seconds is None else ceil(seconds)


def patience(headers: Mapping[bytes, bytes]) -> float | None:
    """The seconds to wait, from either header and either form."""
    milliseconds = _number(headers.get(b"retry-after-ms", b""))
    header = headers.get(b"retry-after", b"").strip()
    seconds = milliseconds / 1000 if milliseconds is not None else _number(header)
    if seconds is None and header:
        seconds = _seconds_until(header)
    return None if seconds is None else min(max(seconds, 0.0), MOST_WAIT_S)


def _number(text: bytes) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None


def _seconds_until(date: bytes) -> float | None:
    try:
        when = parsedate_to_datetime(date.decode("latin-1"))
    except ValueError:
        return None
    return (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
