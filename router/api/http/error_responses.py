"""Errors on the wire: OpenAI's envelope, a status, and never a stack trace."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError

from router.api.http.asgi import Headers
from router.errors import (
    AttemptsExhausted,
    BackendRefusal,
    BadRequest,
    BudgetExceeded,
    ConfigError,
    NoCandidate,
    Overflow,
    ProviderError,
    Refused,
    RouterError,
    Unauthorized,
    Unreachable,
    UnsupportedEncoding,
    WrongMethod,
    overflow_sentence,
)

log = logging.getLogger("fungible")
_FIRST = re.compile(r"[.\[]")
# Steps to a fault that are no names of a client's: which of several shapes was tried.
_UNNAMED = re.compile(
    r"function-|tuple\[|literal\[|as |(constrained-)?str$|(Custom)?Tool(Call)?$|Named(Custom|Tool|Function)$|"
    r"AllowedChoice$"
)


def invalid(error: ValidationError) -> BadRequest:
    """The first fault of a body, with the parameter that has it."""
    fault = _most_telling(error.errors(include_url=False, include_context=False))
    place = ".".join(str(step) for step in fault["loc"] if not _UNNAMED.match(str(step)))
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if fault["type"] == "json_invalid":
        return BadRequest(f"The body is not valid JSON: {fault['msg'].removeprefix('Invalid JSON: ')}")
    where = f"{place}: " if place else ""
    return BadRequest(f"{where}{fault['msg'][:1].lower()}{fault['msg'][1:]}.{more}", param=place or None)


def _most_telling(faults: Sequence[Any]) -> Any:
    """The first; of something that may be of several kinds, what is wrong inside it rather than that it is no text."""
    first = faults[0]["loc"]
    if not first or not _UNNAMED.match(str(first[-1])):
        return faults[0]
    inside = (
        fault for fault in faults if fault["loc"][: len(first) - 1] == first[:-1] and len(fault["loc"]) > len(first)
    )
    return next(inside, faults[0])


@dataclass(frozen=True, slots=True)
class Wording:
    """How the errors of one API are worded: what it calls parameters, and how it says that a request is too long."""

    params: Mapping[str, str] = field(default_factory=dict)
    overflow: Callable[[Overflow], str] = overflow_sentence

    def param(self, name: str | None) -> str | None:
        """A parameter of chat completions by its name here; where the names differ, so may what lies below them."""
        first = _FIRST.split(name or "", maxsplit=1)[0]
        return self.params.get(first, name)


CHAT = Wording()


def envelope(error: RouterError | ProviderError, wording: Wording = CHAT) -> dict[str, Any]:
    """`{"error": {...}}` with OpenAI's four fields, and ours where an error has something to list."""
    if isinstance(error, ProviderError):
        return {"error": _broken_off(error, wording)}
    message = f"{error.sentence}." if isinstance(error, Unreachable) else error.message
    if error.overflow is not None:
        message = f"{wording.overflow(error.overflow)} {error.detail}"
    param = wording.param(error.param)
    body: dict[str, Any] = {"message": message, "type": error.type, "param": param, "code": error.code}
    if isinstance(error, Refused) and error.inner:
        body["innererror"] = {"code": error.inner}
    if isinstance(error, NoCandidate | BudgetExceeded):
        body["candidates"] = [{"model": c.model, "code": c.code, "detail": c.public_detail} for c in error.candidates]
    if isinstance(error, AttemptsExhausted):
        body["attempts"] = error.attempts
    return {"error": body}


def _broken_off(error: ProviderError, wording: Wording) -> dict[str, Any]:
    """What is said of a backend that failed in the middle: its own code where it has one, else how it ended."""
    refusal = error.refusal or BackendRefusal()
    message = error.message
    if refusal.overflow is not None:
        message = f"{wording.overflow(refusal.overflow)} {message}"
    body = {"message": message, "type": refusal.type or "upstream_error", "param": wording.param(refusal.param)}
    return {**body, "code": refusal.code or error.outcome}


def unsound(error: ConfigError) -> dict[str, Any]:
    """A file that was refused, with every fault, its place and what would be right."""
    problems = [
        {
            "where": problem.where,
            "code": problem.code,
            "message": problem.sentence,
            "suggestion": problem.hint.lstrip("; "),
        }
        for problem in error.problems
    ]
    body = {"message": error.message, "type": "invalid_request_error", "param": None, "code": "invalid_configuration"}
    return {"error": {**body, "problems": problems}}


def unexpected(error: BaseException) -> RouterError:
    """Our own fault: the log has the trace, the client a sentence."""
    log.error("a request failed in a way that nobody foresaw", exc_info=error)
    return RouterError("The router failed on this request. The request id finds it in the log.")


def failure_bytes(error: RouterError, wording: Wording = CHAT) -> tuple[int, bytes, Headers]:
    """Status, body and headers of an error."""
    if isinstance(error, Unreachable):
        log.error("%s", error.message)
    return error.status, orjson.dumps(envelope(error, wording)), failure_headers(error)


def failure_headers(error: RouterError) -> Headers:
    """When to ask again, by which method or with what key, where an error knows."""
    headers = [] if error.retry_after is None else [(b"retry-after", str(error.retry_after).encode())]
    if isinstance(error, Unauthorized):
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, UnsupportedEncoding):
        headers.append((b"accept-encoding", error.accepted.encode()))
    if isinstance(error, WrongMethod):
        headers.append((b"allow", error.allowed.encode()))
    return headers
