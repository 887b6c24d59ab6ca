"""Turns a backend's refusal (status, headers and body) into one ProviderError.

Invariant: the text is one line of at most `MOST_TEXT` printable characters, without the key or the account's name; the
code, type and parameter are names that APIs have; a status that nobody foresaw is `unavailable`, which the next model
may well survive.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any, NamedTuple

import orjson

from providers.upstream.overflow import overflow_of
from providers.upstream.scrub import without_names
from router.errors import BackendRefusal, Overflow, ProviderError
from router.types import Outcome
from router.types.receipt_words import code_of_apis, failure_code, parameter_path

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
# With which a request that is too long is refused: some have no better status than that of their own failures.
_TOO_LONG = frozenset({400, 413, 422, 500})
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
    "invalid_prompt": "rejected",
}
Scrub = Callable[[str], str]


class Refusal(NamedTuple):
    """What the body of a refusal says, in any of the shapes in use."""

    message: str
    codes: frozenset[str]
    param: str | None = None
    error: Mapping[str, Any] = {}

    @property
    def where(self) -> str:
        """The parameter that is refused, without its place in a list."""
        return (self.param or "").partition(".")[0].partition("[")[0]

    @property
    def overflow(self) -> Overflow | None:
        """By how many tokens the request is too long, where that is what is wrong."""
        return overflow_of(self.codes, self.message, self.error)

    def named(self, overflow: Overflow | None) -> BackendRefusal:
        """What programs act on, by the names that APIs have; too long is too long, whatever the maker calls it."""
        inner = _inner(self.error)
        inside = code_of_apis(inner.get("code")) if isinstance(inner, dict) else None
        code, kind = code_of_apis(self.error.get("code")), code_of_apis(self.error.get("type"))
        if overflow is not None:
            code, kind = "context_length_exceeded", "invalid_request_error"
        elif code is None and kind not in (None, "invalid_request_error"):
            # Anthropic's API has types alone.
            code = kind
        param = parameter_path(self.param) or ("messages" if overflow is not None else None)
        return BackendRefusal(code, kind, param, inside, overflow)


def failure(status: int, headers: Mapping[bytes, bytes], body: bytes, scrub: Scrub) -> ProviderError:
    """The error of an answer that is none."""
    if 300 <= status < 400:
        sentence = f"the backend answered {status}: it wants to be asked elsewhere"
        return ProviderError("unavailable", sentence, code=f"http_{status}:elsewhere")
    if 200 <= status < 300:
        return ProviderError(
            "unavailable", f"the backend answered {status}, without an answer", code=f"http_{status}:empty"
        )
    refused = refusal(body)
    overflow = refused.overflow
    if status in _CREDENTIALS and not refused.codes & _FILTERS:
        sentence = _sentence(status, refused, scrub, ", the credentials were refused")
        return ProviderError("unavailable", sentence, code=f"http_{status}:credentials")
    outcome = _OUTCOMES.get(status, "unavailable")
    if refused.codes & _FILTERS:
        outcome = "content_filter"
    elif outcome == "rejected" and refused.codes & _NOT_THERE:
        outcome = "unavailable"
    elif overflow is not None and status in _TOO_LONG:
        outcome = "rejected"
    named = refused.named(overflow)
    code = failure_code(f"http_{status}", *sorted(refused.codes), named.code, refused.where)
    words, wait = _sentence(status, refused, scrub), retry_after(headers)
    return ProviderError(outcome, words, retry_after=wait, code=code, refusal=named)


def failure_of_event(error: object, scrub: Scrub) -> ProviderError:
    """The error of an event that says so in the middle of a stream, or of a 200 that holds one."""
    refused = _refusal_of({"error": error})
    named = refused.named(overflow := refused.overflow)
    outcome: Outcome = next((_CODES[code] for code in sorted(refused.codes) if code in _CODES), "unavailable")
    if refused.codes & _FILTERS:
        outcome = "content_filter"
    elif overflow is not None:
        outcome = "rejected"
    code = failure_code("stream_error", *sorted(refused.codes), named.code, refused.where)
    return ProviderError(outcome, _sentence(None, refused, scrub), code=code, refusal=named)


def refusal(body: bytes) -> Refusal:
    """What a body says: OpenAI's envelope, its relatives, or plain words."""
    try:
        return _refusal_of(orjson.loads(body.removeprefix(BOM_UTF8)))
    except ValueError:
        return Refusal(body[: 4 * MOST_TEXT].decode(errors="replace"), frozenset())


def _refusal_of(value: object) -> Refusal:
    if isinstance(value, list) and value:
        # Gemini's API says it in a list.
        value = value[0]
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return Refusal(error if isinstance(error, str) else "", frozenset())
    message = next((error[key] for key in ("message", "detail", "msg") if isinstance(error.get(key), str)), "")
    inner = _inner(error)
    named: list[Any] = [error.get("code"), error.get("type"), inner.get("code") if isinstance(inner, dict) else None]
    codes = frozenset(str(code).lower() for code in named if isinstance(code, str | int))
    param = error.get("param")
    return Refusal(message, codes, param if isinstance(param, str) else None, error)


def _inner(error: Mapping[str, Any]) -> Any:
    """What Azure says beneath a code."""
    return error.get("innererror") or error.get("inner_error")


def _sentence(status: int | None, refused: Refusal, scrub: Scrub, meaning: str = "") -> str:
    head = "the backend broke off" if status is None else f"the backend answered {status}{meaning}"
    words = shown(refused.message, scrub)
    param = f" (param: {shown(refused.param, scrub)})" if refused.param else ""
    return f"{head}: {words}{param}" if words or param else head


def shown(text: str, scrub: Scrub) -> str:
    """A backend's own words, cut, without the key and the account's name, on one line."""
    return plain(without_names(scrub(text[: 4 * MOST_TEXT])))


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
        seconds = _seconds_until(header, headers.get(b"date", b""))
    return None if seconds is None else min(max(seconds, 0.0), MOST_WAIT_S)


def _number(text: bytes) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None


def _seconds_until(date: bytes, now: bytes) -> float | None:
    """From the backend's own clock where it tells the time: ours may be wrong, or have been set meanwhile."""
    when = _date(date)
    return (when - (_date(now) or datetime.now(UTC))).total_seconds() if when else None


def _date(text: bytes) -> datetime | None:
    try:
        when = parsedate_to_datetime(text.decode("latin-1"))
    except ValueError:
        return None
    return when.replace(tzinfo=when.tzinfo or UTC)
