"""Errors on the wire: OpenAI's envelope, a status, and never a stack trace."""

import logging
import re
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from router.api.http.asgi import Headers
from router.errors import (
    AttemptsExhausted,
    BadRequest,
    BudgetExceeded,
    ConfigError,
    NoCandidate,
    ProviderError,
    RouterError,
    Unauthorized,
    Unreachable,
    WrongMethod,
)

log = logging.getLogger("fungible")
# Steps to a fault that are no names of a client's: which of several shapes was tried.
_UNNAMED = re.compile(r"function-|tuple\[|as |(constrained-)?str$")


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


def envelope(error: RouterError | ProviderError) -> dict[str, Any]:
    """`{"error": {...}}` with OpenAI's four fields, and ours where an error has something to list."""
    if isinstance(error, ProviderError):
        return {"error": {"message": error.message, "type": "upstream_error", "param": None, "code": error.outcome}}
    message = f"{error.told}." if isinstance(error, Unreachable) else error.message
    told: dict[str, Any] = {"message": message, "type": error.type, "param": error.param, "code": error.code}
    if isinstance(error, NoCandidate | BudgetExceeded):
        told["candidates"] = [{"model": c.model, "code": c.code, "detail": c.detail} for c in error.candidates]
    if isinstance(error, AttemptsExhausted):
        told["attempts"] = error.attempts
    return {"error": told}


def unsound(error: ConfigError) -> dict[str, Any]:
    """A file that was refused, with every fault, its place and what would be right."""
    problems = [
        {"where": found.where, "code": found.code, "message": found.sentence, "suggestion": found.hint.lstrip("; ")}
        for found in error.problems
    ]
    told = {"message": error.message, "type": "invalid_request_error", "param": None, "code": "invalid_configuration"}
    return {"error": {**told, "problems": problems}}


def unexpected(error: BaseException) -> RouterError:
    """Our own fault: the log has the trace, the client a sentence."""
    log.error("a request failed in a way that nobody foresaw", exc_info=error)
    return RouterError("The router failed on this request. The request id finds it in the log.")


def failure_bytes(error: RouterError) -> tuple[int, bytes, Headers]:
    """Status, body and headers of an error."""
    if isinstance(error, Unreachable):
        log.error("%s", error.message)
    return error.status, orjson.dumps(envelope(error)), failure_headers(error)


def failure_headers(error: RouterError) -> Headers:
    """When to ask again, by which method or with what key, where an error knows."""
    headers = [] if error.retry_after is None else [(b"retry-after", str(error.retry_after).encode())]
    if isinstance(error, Unauthorized):
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, WrongMethod):
        headers.append((b"allow", error.allowed.encode()))
    return headers
