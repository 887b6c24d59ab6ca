"""Whether `fungible serve` tells of its requests: by its words, else by the environment that others heed, too."""

import logging
import sys
from collections.abc import Iterator

import pytest

from router.cli.observability import ENDPOINTS, Watching, describe_target, observing
from router.errors import ConfigError

pytest.importorskip("opentelemetry.sdk")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (*ENDPOINTS, "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    level = root.level
    yield
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.parametrize(
    ("asked", "environment", "traced"),
    [
        (None, {}, False),
        (True, {}, True),
        (None, {ENDPOINTS[0]: "http://127.0.0.1:9"}, True),
        (None, {ENDPOINTS[1]: "http://127.0.0.1:9/v1/traces"}, True),
        (None, {ENDPOINTS[0]: ""}, False),
        (None, {ENDPOINTS[0]: "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "TRUE"}, False),
        (False, {ENDPOINTS[0]: "http://127.0.0.1:9"}, False),
    ],
)
def test_who_asks_for_telemetry_gets_it(
    monkeypatch: pytest.MonkeyPatch, asked: bool | None, environment: dict[str, str], traced: bool
) -> None:
    for name in ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER"):
        monkeypatch.setenv(name, "none")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    seen = observing(Watching(None, asked))
    assert (seen is not None and seen.traces) == traced
    if seen:
        seen.close()


def test_a_log_alone_needs_no_telemetry() -> None:
    seen = observing(Watching("text"))
    assert seen is not None and seen.journal is not None and not seen.traces
    seen.close()


def test_without_the_extra_a_word_is_an_error_and_the_environment_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delitem(sys.modules, "router.api.telemetry.exporter", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError, match=r"pip install 'fungible\[telemetry\]'"):
        observing(Watching(None, True))
    monkeypatch.setenv(ENDPOINTS[0], "http://127.0.0.1:9")
    assert observing(Watching()) is None
    assert "served without it" in caplog.text


def test_where_it_goes_is_told_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert describe_target() == "http://localhost:4318"
    monkeypatch.setenv(ENDPOINTS[0], "https://me:hush@collector.example:4318")
    assert describe_target() == "https://collector.example:4318"
