"""Who watches requests: a journal, a tracer, both or none, around everything else that the server does.

Invariant: every request is told once, when its last byte has gone or its client has; whoever watches can neither fail
nor change it.
"""

import logging
from collections.abc import Collection
from typing import Protocol

from router.api.http.asgi import TRAIL, Receive, Scope, Send, header, request_id
from router.api.http.middleware import App, Middleware
from router.api.http.request_log import RequestJournal
from router.serving.request_trace import RequestTrace

# What looks whether the server lives asks often, and nobody looks for it.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
log = logging.getLogger("fungible")


class Tracing(Protocol):
    """What makes traces, and figures of them."""

    def begin(self, scope: Scope) -> RequestTrace:
        """The request_trace of a request that comes in now."""

    def tell(self, request_trace: RequestTrace) -> None:
        """A request has ended."""

    def close(self) -> None:
        """No more requests come."""


class RequestObserver:
    """Stands around every route; only what a model is asked to answer is traced."""

    def __init__(self, journal: RequestJournal | None = None, tracing: Tracing | None = None) -> None:
        self.journal = journal
        self._tracing = tracing

    @property
    def traces(self) -> bool:
        """Whether there are traces."""
        return self._tracing is not None

    def around(self, answering: Collection[str]) -> Middleware:
        """Stand around the rest of a server; at the paths of `answering` a model is asked."""

        async def observed(serve: App, scope: Scope, receive: Receive, send: Send) -> None:
            await self.serve(serve, scope, receive, send, answering=scope["path"] in answering)

        return observed

    async def serve(self, serve: App, scope: Scope, receive: Receive, send: Send, *, answering: bool) -> None:
        """Serve a request, and tell of it; `answering` says that a model is asked."""
        traced = self._tracing is not None and answering
        if scope["path"] in PROBES or not (traced or self.journal):
            await serve(scope, receive, send)
            return
        request_trace = scope[TRAIL] = self._begin_trace(scope, traced=traced)

        async def watched(message: "dict[str, object]") -> None:
            if message["type"] == "http.response.start":
                request_trace.status = message["status"]  # type: ignore[assignment]
            await send(message)

        try:
            await serve(scope, receive, watched)  # type: ignore[arg-type]
        finally:
            self._tell(request_trace, traced=traced)

    def _begin_trace(self, scope: Scope, *, traced: bool) -> RequestTrace:
        if traced and self._tracing is not None:
            try:
                return self._tracing.begin(scope)
            except Exception:
                log.exception("a request could not be traced")
        return RequestTrace(scope["method"], scope["path"], request_id(scope), header(scope, b"traceparent"))

    def _tell(self, request_trace: RequestTrace, *, traced: bool) -> None:
        try:
            request_trace.end()
            if traced and self._tracing is not None:
                self._tracing.tell(request_trace)
            if self.journal is not None:
                self.journal.tell(request_trace)
        except Exception:
            log.exception("a request could not be told of")

    def close(self) -> None:
        """Say what is left to say."""
        if self._tracing is not None:
            self._tracing.close()
        if self.journal is not None:
            self.journal.close()
