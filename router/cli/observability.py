"""What `fungible serve` was told to tell of its requests, and to whom."""

import logging
import os
from typing import TYPE_CHECKING, NamedTuple

from router.errors import ConfigError

if TYPE_CHECKING:
    from router.api.http.request_log import Form
    from router.api.http.request_observer import RequestObserver, Tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
NEAR = "http://localhost:4318"
_MISSING = "OpenTelemetry is not installed: pip install 'fungible[telemetry]'"
log = logging.getLogger("fungible")


class Watching(NamedTuple):
    """The form of the log, if any; `telemetry` is None where nobody said."""

    log: "Form | None" = None
    telemetry: bool | None = None


def observing(watching: Watching) -> "RequestObserver | None":
    """Who watches; None where nobody does. Raises ConfigError where telemetry was asked for and can't be had."""
    tracing = _tracing(watching.telemetry)
    if tracing is None and watching.log is None:
        return None
    from router.api.http.request_log import RequestJournal, take_over
    from router.api.http.request_observer import RequestObserver

    journal = RequestJournal(watching.log) if watching.log else None
    if journal is not None:
        take_over(journal)
    return RequestObserver(journal, tracing)


def describe_target() -> str:
    """Where telemetry goes, for the first lines; the environment may hold a password there."""
    endpoint = next((value for name in ENDPOINTS if (value := os.environ.get(name))), NEAR)
    scheme, _, rest = endpoint.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _tracing(asked: bool | None) -> "Tracing | None":
    """Telemetry, where it was asked for by a word or by the environment that other programs heed, too."""
    by_environment = any(os.environ.get(name) for name in ENDPOINTS) and not _disabled()
    if asked is False or not (asked or by_environment):
        return None
    try:
        from router.api.telemetry.exporter import to_collector
    except ImportError:
        if asked:
            raise ConfigError([f"{_MISSING}, or leave --telemetry away."]) from None
        # The environment is often set for a whole cluster: no reason not to serve.
        log.warning("%s; requests are served without it.", _MISSING)
        return None
    return to_collector()


def _disabled() -> bool:
    return os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
