"""Traces: a span for each request, a child for each call of a deployment, from the client's trace on to the backend's.

Invariant: a span begins when its work does, so that what is called hears of it; each is ended once.
"""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from router.api.http.asgi import Scope, header, request_id
from router.api.surfaces.registry import SURFACES
from router.api.telemetry.attributes import (
    of_answer,
    of_decision,
    of_request,
    on_every_figure,
)
from router.serving.request_trace import RequestTrace
from router.types import Attempt

W3C = TraceContextTextMapPropagator()
_CARRIED = (b"traceparent", b"tracestate")


class TracedLeg:
    """A call of a deployment."""

    def __init__(self, span: Span) -> None:
        self._span = span
        carried: dict[str, str] = {}
        W3C.inject(carried, set_span_in_context(span, Context()))
        self.headers: Mapping[str, str] = carried

    def ended(self, attempt: Attempt) -> None:
        """The call is over; what a backend says of a failure is left out, for it may repeat the prompt."""
        self._span.set_attribute("fungible.attempt.outcome", attempt.outcome)
        if attempt.outcome != "ok":
            self._span.set_attribute("error.type", attempt.outcome)
            if attempt.outcome not in ("client_left", "overtaken", "stopped"):
                self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class TracedTrail(RequestTrace):
    """A request with a span."""

    def __init__(self, scope: Scope, tracer: Tracer) -> None:
        given = {name.decode(): value for name in _CARRIED if (value := header(scope, name))}
        super().__init__(scope["method"], scope["path"], request_id(scope))
        self._tracer = tracer
        self._operation = SURFACES.operation(self.path)
        attributes = {
            "gen_ai.operation.name": self._operation,
            "http.request.method": self.method,
            "url.path": self.path,
        }
        parent = W3C.extract(given, Context())
        self._span = tracer.start_span(self._operation, parent, SpanKind.SERVER, attributes)
        self._around = set_span_in_context(self._span, Context())
        self.trace_id = f"{self._span.get_span_context().trace_id:032x}"
        if self._span.is_recording() and (server := scope.get("server")):
            self._span.set_attribute("server.address", server[0])
            if server[1] is not None:
                self._span.set_attribute("server.port", server[1])

    def call(self, model: str, deployment: str, provider: object) -> TracedLeg:
        """A span for a call, inside that of the request."""
        attributes = {
            "gen_ai.operation.name": self._operation,
            "gen_ai.request.model": model,
            "fungible.attempt.deployment": deployment,
        }
        if self.answer is not None:
            attributes["gen_ai.provider.name"] = self.answer.active.provider_of(model, deployment)
        span = self._tracer.start_span(f"{self._operation} {model}", self._around, SpanKind.CLIENT, attributes)
        if (place := getattr(provider, "place", None)) is not None:
            span.set_attribute("server.address", place[0])
            span.set_attribute("server.port", place[1])
        return TracedLeg(span)

    def end(self) -> None:
        """Tell all that is known by now, and end the span."""
        span = self._span
        if span.is_recording():
            self._tell(span)
        span.end()

    def _tell(self, span: Span) -> None:
        span.set_attribute("fungible.request_id", self.request_id)
        span.set_attributes(on_every_figure(self))
        if self.status:
            span.set_attribute("http.response.status_code", self.status)
        if self.request is not None:
            span.set_attributes(of_request(self.request))
        answer = self.answer
        if answer is not None and (receipt := answer.receipt) is not None:
            span.update_name(f"{self._operation} {receipt.asked}")
            span.set_attributes(of_answer(answer, receipt) | of_decision(receipt))
        if (failure := self.failure) is not None:
            span.set_attribute("error.type", failure)
            # A refusal is no fault of the server's, and who leaves is none.
            if self.status >= 500 or (self.status == 200 and failure != "client_left"):
                span.set_status(Status(StatusCode.ERROR))
