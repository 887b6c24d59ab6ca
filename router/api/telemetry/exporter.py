"""Where telemetry goes: to a collector over OTLP/HTTP, from threads of its own, as the standard environment says.

Invariant: a collector that is slow or gone costs nobody but itself: what it does not take is dropped, and that is
told once a minute at most.
"""

import logging
import os
import time
from threading import Thread

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from router import __version__
from router.api.http.asgi import Scope
from router.api.telemetry.metrics import Figures
from router.api.telemetry.spans import TracedTrail
from router.serving.request_trace import RequestTrace

NAME = "fungible"
LAST_S = 3.0
QUIET_S = 60.0
_MOST_WORDS = 160
log = logging.getLogger(NAME)


class Telemetry:
    """The traces and figures of one server; close it."""

    def __init__(self, spans: SpanProcessor | None, figures: MetricReader | None) -> None:
        self._closed = False
        resource = Resource.create(_service())
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        if spans is not None:
            self._traces.add_span_processor(spans)
        readers = [figures] if figures is not None else []
        self._meters = MeterProvider(readers, resource, shutdown_on_exit=False)
        self._tracer = self._traces.get_tracer(NAME, __version__)
        self._figures = Figures(self._meters.get_meter(NAME, __version__))

    def begin(self, scope: Scope) -> TracedTrail:
        """The request_trace of a request that comes in now."""
        return TracedTrail(scope, self._tracer)

    def tell(self, request_trace: RequestTrace) -> None:
        """Count a request that has ended."""
        self._figures.count(request_trace)

    def close(self) -> None:
        """Send what is left, if that can be done soon."""
        if self._closed:
            return
        self._closed = True
        last = Thread(target=self._shut_down, name="fungible-telemetry", daemon=True)
        last.start()
        last.join(LAST_S)

    def _shut_down(self) -> None:
        self._traces.shutdown()
        self._meters.shutdown()


def to_collector() -> Telemetry:
    """Telemetry that goes where OTEL_EXPORTER_OTLP_ENDPOINT says, else to this machine's port 4318."""
    _hush()
    spans = None if _off("OTEL_TRACES_EXPORTER") else BatchSpanProcessor(OTLPSpanExporter())
    figures = None if _off("OTEL_METRICS_EXPORTER") else PeriodicExportingMetricReader(OTLPMetricExporter())
    return Telemetry(spans, figures)


def _service() -> dict[str, str]:
    """Who tells, unless the environment names it otherwise."""
    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return {SERVICE_VERSION: __version__} if named else {SERVICE_NAME: NAME, SERVICE_VERSION: __version__}


def _off(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() == "none"


def _hush() -> None:
    """Let the SDK's complaints through one a minute; each retry of each batch makes several."""
    sdk = logging.getLogger("opentelemetry")
    if not any(isinstance(handler, Complaints) for handler in sdk.handlers):
        sdk.addHandler(Complaints())
    sdk.propagate = False


class Complaints(logging.Handler):
    """Passes on one complaint of the SDK's a minute, in our words and without its trace."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._last_logged = -QUIET_S
        self._kept_quiet = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, unless something was said a moment ago."""
        if time.monotonic() - self._last_logged < QUIET_S:
            self._kept_quiet += 1
            return
        self._last_logged = time.monotonic()
        more = f" ({self._kept_quiet} more complaints since the last one)" if self._kept_quiet else ""
        self._kept_quiet = 0
        try:
            words = record.getMessage().partition("\n")[0][:_MOST_WORDS]
        except Exception:  # noqa: BLE001 - as the standard handlers do
            self.handleError(record)
            return
        log.warning("telemetry does not arrive, requests are answered all the same%s: %s", more, words)
