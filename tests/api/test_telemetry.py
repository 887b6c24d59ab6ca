"""Telemetry: what a trace and the figures say of a request, that they carry on a trace, and that they harm nobody."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk")
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from api.backends import house_in
from api.servers import Running, Starter
from api.test_failures import Scripted, down, until
from router.api.http.request_observer import RequestObserver
from router.api.telemetry.exporter import QUIET_S, Complaints, Telemetry, to_collector
from router.bench.http.fake_backend import Upstream, answer, completion
from router.serving.limits import Limits
from router.types import Chunk

CHAT = "/v1/chat/completions"
WORDS = "Whisper-of-a-secret"
ASK: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": f"Say {WORDS}."}]}
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "shop=1"}


class Seen:
    """A server whose telemetry stays here."""

    def __init__(self, start: Starter, **more: Any) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.telemetry = Telemetry(SimpleSpanProcessor(self.exporter), self.reader)
        self.running: Running = start(request_observer=RequestObserver(None, self.telemetry), **more)

    def ask(self, body: dict[str, Any], **headers: str) -> Any:
        with self.running.http() as http:
            return http.post(CHAT, json=body, headers=headers)

    def spans(self, count: int) -> list[ReadableSpan]:
        """The request's span, then its calls in their order, once there are so many."""
        until(lambda: len(self.exporter.get_finished_spans()) == count)
        *calls, root = self.exporter.get_finished_spans()
        return [root, *calls]

    def figures(self) -> dict[str, list[Any]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        metrics = data.resource_metrics[0].scope_metrics[0].metrics
        return {metric.name: list(metric.data.data_points) for metric in metrics}


@pytest.fixture(scope="module")
def shared(start_shared: Starter) -> Seen:
    return Seen(start_shared)


@pytest.fixture
def seen(shared: Seen) -> Seen:
    shared.exporter.clear()
    return shared


def test_a_span_tells_of_the_request_and_a_child_of_its_call(seen: Seen) -> None:
    body = seen.ask(ASK | {"temperature": 0.5, "max_tokens": 300}).json()
    root, call = seen.spans(2)
    own = body["fungible"]
    provider = next(model.provider for model in seen.running.service.config.models if model.id == own["served"])
    assert (root.name, root.kind, root.status.status_code) == ("chat auto", SpanKind.SERVER, StatusCode.UNSET)
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": "auto",
        "gen_ai.response.model": own["served"],
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 300,
        "gen_ai.usage.input_tokens": body["usage"]["prompt_tokens"],
        "gen_ai.usage.output_tokens": body["usage"]["completion_tokens"],
        "gen_ai.response.finish_reasons": ("stop",),
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": int(seen.running.url.rpartition(":")[2]),
        "fungible.receipt": own["receipt"],
        "fungible.policy": "balanced",
        "fungible.baseline": own["baseline"],
        "fungible.chosen": own["chosen"],
        "fungible.reason": "policy",
        "fungible.substituted": False,
        "fungible.revision": own["revision"],
        "fungible.cost_usd": float(own["cost_usd"]),
    }
    assert root.attributes is not None
    assert {name: root.attributes.get(name) for name in expected} == expected
    assert "error.type" not in root.attributes
    assert (call.name, call.kind) == (f"chat {own['served']}", SpanKind.CLIENT)
    assert call.parent is not None and root.context is not None
    assert call.parent.span_id == root.context.span_id
    assert call.attributes is not None
    assert call.attributes["fungible.attempt.outcome"] == "ok"
    # What is summed over spans must be there once.
    assert not any(name.startswith("gen_ai.usage") for name in call.attributes)


def test_no_word_of_a_prompt_or_an_answer_leaves(seen: Seen) -> None:
    tool = {"type": "function", "function": {"name": WORDS, "parameters": {"type": "object", "properties": {}}}}
    more = {"stop": [WORDS], "metadata": {"a": WORDS}, "user": WORDS, "tools": [tool], "fungible": {"unit": WORDS}}
    text = seen.ask(ASK | more).text
    telemetry = "".join(span.to_json() for span in seen.spans(2)) + str(seen.figures())
    assert WORDS in text
    assert WORDS not in telemetry


def test_a_trace_goes_on_from_the_client_to_the_backend(start: Starter, tmp_path: Path) -> None:
    with Upstream(lambda _: [answer(completion())]) as upstream:
        seen = Seen(start, folder=house_in(tmp_path / "config", {"first": upstream.url}))
        assert seen.ask(ASK, **GIVEN).status_code == 200
        root, call = seen.spans(2)
        sent = upstream.asked[0].headers
    assert root.parent is not None and call.context is not None and root.context is not None
    assert (f"{root.context.trace_id:032x}", f"{root.parent.span_id:016x}") == (TRACE, PARENT)
    assert sent["traceparent"] == f"00-{TRACE}-{call.context.span_id:016x}-01"
    assert sent["tracestate"] == "shop=1"
    assert call.attributes is not None
    assert (call.attributes["server.address"], call.attributes["server.port"]) == ("127.0.0.1", upstream.port)


def test_without_telemetry_nothing_of_a_trace_is_sent_on(start: Starter, tmp_path: Path) -> None:
    with Upstream(lambda _: [answer(completion())]) as upstream:
        running = start(folder=house_in(tmp_path / "config", {"first": upstream.url}))
        with running.http() as http:
            assert http.post(CHAT, json=ASK, headers=GIVEN).status_code == 200
        assert not {"traceparent", "tracestate"} & upstream.asked[0].headers.keys()


@pytest.mark.parametrize("given", ["", "nonsense", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{PARENT}", "ff" * 300])
def test_a_trace_that_is_none_begins_anew(seen: Seen, given: str) -> None:
    assert seen.ask(ASK, traceparent=given, tracestate="x" * 900).status_code == 200
    root, _ = seen.spans(2)
    assert root.parent is None


def test_a_client_that_does_not_sample_is_heeded(seen: Seen) -> None:
    seen.ask(ASK, traceparent=f"00-{TRACE}-{PARENT}-00")
    seen.ask(ASK)
    root, _ = seen.spans(2)
    assert root.context is not None
    assert f"{root.context.trace_id:032x}" != TRACE


def script(start: Starter, steps: dict[str, list[Any]], **limits: Any) -> Seen:
    backend = Scripted(steps)
    names = ("gpt", "mai", "phi", "llama")
    return Seen(start, providers=dict.fromkeys(names, backend), limits=Limits(**{"deadline_s": 5, **limits}))


def test_a_fallback_is_two_calls_and_a_substitution(start: Starter) -> None:
    seen = script(start, {"gpt-5": down()})
    body = seen.ask(ASK | {"model": "quality", "messages": [{"role": "user", "content": "Prove it."}]}).json()
    root, first, second = seen.spans(3)
    assert root.attributes is not None and first.attributes is not None and second.attributes is not None
    assert (root.attributes["fungible.reason"], root.attributes["fungible.substituted"]) == ("fallback", True)
    assert (first.attributes["error.type"], first.status.status_code) == ("unavailable", StatusCode.ERROR)
    assert second.attributes["gen_ai.request.model"] == body["model"]
    assert "it is down" not in first.to_json()
    (moved,) = seen.figures()["fungible.substitutions"]
    assert (moved.value, moved.attributes["gen_ai.response.model"]) == (1, body["model"])


@pytest.mark.parametrize(
    ("body", "status", "failure", "asked"),
    [
        ({"model": "auto"}, 400, "invalid_request", None),
        (ASK | {"model": "gpt5"}, 404, "model_not_found", None),
        (ASK | {"model": "gpt-5"}, 502, "attempts_exhausted", "gpt-5"),
    ],
)
def test_what_is_refused_or_fails_says_how(
    start: Starter, body: dict[str, Any], status: int, failure: str, asked: str | None
) -> None:
    seen = script(start, {"gpt-5": down()})
    assert seen.ask(body).status_code == status
    until(lambda: bool(seen.exporter.get_finished_spans()))
    root = seen.exporter.get_finished_spans()[-1]
    assert root.attributes is not None
    assert root.attributes["http.response.status_code"] == status
    assert root.attributes["error.type"] == failure
    assert root.attributes.get("gen_ai.request.model") == asked
    assert (root.status.status_code is StatusCode.ERROR) == (status >= 500)
    (duration,) = seen.figures()["gen_ai.client.operation.duration"]
    assert duration.attributes["error.type"] == failure


def test_a_stream_that_breaks_is_an_error_under_a_200(start: Starter) -> None:
    seen = script(start, {"gpt-5": [Chunk(0, "half"), *down("cut_off")]})
    assert seen.ask(ASK | {"model": "gpt-5", "stream": True}).status_code == 200
    root, call = seen.spans(2)
    assert root.attributes is not None
    assert (root.attributes["error.type"], root.status.status_code) == ("cut_off", StatusCode.ERROR)
    assert root.attributes["gen_ai.request.stream"] is True
    assert call.status.status_code is StatusCode.ERROR


def test_the_figures(start: Starter) -> None:
    seen = Seen(start)
    body = seen.ask(ASK).json()
    seen.ask(ASK | {"stream": True})
    until(lambda: len(seen.exporter.get_finished_spans()) == 4)
    figures = seen.figures()
    (duration,) = figures["gen_ai.client.operation.duration"]
    assert (duration.count, duration.attributes["gen_ai.response.model"]) == (2, body["model"])
    (first,) = figures["gen_ai.client.operation.time_to_first_chunk"]
    assert first.count == 1
    by_type = {point.attributes["gen_ai.token.type"]: point for point in figures["gen_ai.client.token.usage"]}
    assert by_type["input"].sum == 2 * body["usage"]["prompt_tokens"]
    (cost,) = figures["fungible.cost"]
    assert cost.value == pytest.approx(2 * float(body["fungible"]["cost_usd"]), rel=0.2)
    assert "fungible.substitutions" not in figures


def test_quiet_routes_are_not_traced(seen: Seen) -> None:
    with seen.running.http() as http:
        assert http.get("/v1/models").status_code == 200
        assert http.get("/healthz").status_code == 200
        assert http.post("/v1/messages/count_tokens", json=ASK).status_code == 200
    seen.ask(ASK)
    assert len(seen.spans(2)) == 2


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/v1/responses", {"model": "auto", "input": WORDS}, "chat auto"),
        ("/v1/messages", {"max_tokens": 50, **ASK}, "chat auto"),
        ("/v1/embeddings", {"model": "auto", "input": WORDS}, "embeddings auto"),
        ("/v1/audio/speech", {"model": "auto", "input": WORDS, "voice": "alloy"}, "speech auto"),
        ("/openai/deployments/auto/chat/completions?api-version=1", ASK, "chat auto"),
    ],
)
def test_every_surface_is_traced(seen: Seen, path: str, body: dict[str, Any], name: str) -> None:
    with seen.running.http() as http:
        assert http.post(path, json=body).status_code == 200
    root, call = seen.spans(2)
    assert (root.name, call.name.partition(" ")[0]) == (name, name.partition(" ")[0])
    assert WORDS not in root.to_json() + call.to_json()


class Sink(BaseHTTPRequestHandler):
    """Takes what an OTLP exporter posts."""

    taken: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sink() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    taken: list[tuple[str, bytes]] = []
    server = HTTPServer(("127.0.0.1", 0), type("TestSink", (Sink,), {"taken": taken}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


def collected(start: Starter, monkeypatch: pytest.MonkeyPatch, url: str) -> tuple[Running, Callable[[], None]]:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    telemetry = to_collector()
    return start(request_observer=RequestObserver(None, telemetry)), telemetry.close


def test_a_collector_gets_both_over_http(
    start: Starter, monkeypatch: pytest.MonkeyPatch, sink: tuple[str, list[tuple[str, bytes]]]
) -> None:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    url, taken = sink
    running, close = collected(start, monkeypatch, url)
    with running.http() as http:
        served = http.post(CHAT, json=ASK).json()["model"]
    close()
    sent = dict(taken)
    (traces,) = ExportTraceServiceRequest.FromString(sent["/v1/traces"]).resource_spans
    assert {span.name for span in traces.scope_spans[0].spans} == {"chat auto", f"chat {served}"}
    assert "fungible" in {
        attribute.value.string_value for attribute in traces.resource.attributes if attribute.key == "service.name"
    }
    (figures,) = ExportMetricsServiceRequest.FromString(sent["/v1/metrics"]).resource_metrics
    assert "gen_ai.client.token.usage" in {metric.name for metric in figures.scope_metrics[0].metrics}
    assert WORDS.encode() not in b"".join(sent.values())


def test_a_collector_that_is_gone_harms_nobody_and_is_told_of_once(
    start: Starter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setattr(logging.getLogger("opentelemetry"), "handlers", [])
    running, close = collected(start, monkeypatch, gone)
    with running.http() as http:
        assert {http.post(CHAT, json=ASK).status_code for _ in range(20)} == {200}
    close()
    messages = [record.getMessage() for record in caplog.records if record.name == "fungible"]
    assert len(messages) == 1
    assert "telemetry does not arrive" in messages[0]


def test_complaints_are_told_again_after_a_while_and_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [1000.0]
    monkeypatch.setattr("router.api.telemetry.exporter.time.monotonic", lambda: now[0])
    complaints = Complaints()
    for step in (0, 1, 2, QUIET_S + 1):
        now[0] = 1000.0 + step
        complaints.handle(logging.makeLogRecord({"msg": "no\nconnection", "levelno": logging.WARNING}))
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["no", "no"]
    assert "(2 more complaints" in caplog.records[-1].getMessage()


def test_a_tracer_that_fails_harms_nobody(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(start)
    for name in ("begin", "tell"):
        monkeypatch.setattr(seen.telemetry, name, lambda *_: 1 / 0)
    assert seen.ask(ASK).status_code == 200


def test_only_what_may_stand_in_a_header_is_sent_on(start: Starter, tmp_path: Path) -> None:
    with Upstream(lambda _: [answer(completion())]) as upstream:
        seen = Seen(start, folder=house_in(tmp_path / "config", {"first": upstream.url}))
        with seen.running.http() as http:
            state = {"traceparent": GIVEN["traceparent"], "tracestate": "shop=\xff,b=c"}
            headers = {name: value.encode("latin-1") for name, value in state.items()}
            assert http.post(CHAT, json=ASK, headers=headers).status_code == 200
        assert upstream.asked[0].headers.get("tracestate", "").isascii()
