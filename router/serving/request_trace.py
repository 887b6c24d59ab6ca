"""Traces one request: what a log or a tracer sees of it on its way.

Invariant: watching decides nothing, and nothing here looks at a word of a prompt or an answer; where nobody watches
there is no trace, and a request pays for no more than the look whether there is one.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Protocol

from router.errors import RouterError
from router.serving.observed_answer import ObservedAnswer
from router.types import Attempt, ChatRequest

# What servers call it, among themselves, that a client left before its request was whole.
LEFT = 499
# W3C Trace Context, level 1: version, trace, parent, flags; none of the ids is all zeros.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


class CallTrace(Protocol):
    """One call of a deployment, as a tracer sees it; `headers` carry the trace on to whoever is called."""

    @property
    def headers(self) -> Mapping[str, str]:
        """W3C `traceparent`, and `tracestate` where there is one."""

    def ended(self, attempt: Attempt) -> None:
        """The call is over."""


class RequestTrace:
    """One HTTP request: what came, and by its end what became of it."""

    def __init__(self, method: str, path: str, request_id: str, traceparent: str | None = None) -> None:
        self.method = method
        self.path = path
        self.request_id = request_id
        self.time = datetime.now(UTC)
        self.status = 0  # none was sent
        self.error: RouterError | None = None
        self.request: ChatRequest | None = None
        self.answer: ObservedAnswer | None = None
        self.trace_id = trace_id(traceparent)
        self._started = perf_counter()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return perf_counter() - self._started

    @property
    def failure(self) -> str | None:
        """What went wrong, as a word of a closed set; None where nothing did."""
        if self.answer is not None and self.answer.receipt is not None and self.answer.receipt.outcome != "ok":
            # Where nobody answered, the error says more than the last attempt does.
            return self.error.code if self.error is not None and self.error.code else self.answer.receipt.outcome
        if self.error is not None:
            return self.error.code or str(self.error.status)
        if self.status in (0, LEFT):
            return "client_left"
        return str(self.status) if self.status >= 400 else None

    def call(self, model: str, deployment: str, provider: object) -> CallTrace | None:  # noqa: ARG002
        """A call begins; what follows it, if anything does."""
        return None

    def end(self) -> None:
        """All has been said."""


def trace_id(traceparent: str | None) -> str | None:
    """The trace that a `traceparent` names, where it is a valid one."""
    parts = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return parts[1] if parts else None
