"""No word of a prompt in receipts, logs and traces, whatever a backend repeats; its client still reads what it said."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

pytest.importorskip("opentelemetry.sdk")
from api.backends import house_in
from api.servers import Running, Starter
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from router.api.http.request_log import RequestJournal
from router.api.http.request_observer import RequestObserver
from router.api.telemetry.exporter import Telemetry
from router.bench.http.fake_backend import (
    DONE,
    STREAM_END,
    STREAM_HEAD,
    Asked,
    Script,
    Upstream,
    answer,
    completion,
    event,
)

WORD = "M1234567"
SAID = f"my passport is {WORD}"
CHAT = "/v1/chat/completions"


def echoing(asked: Asked) -> Script:
    """A backend that repeats what it was asked wherever it can say something."""
    case, stream = asked.data["messages"][-1]["content"].partition(" ")[0], asked.data.get("stream")
    error = {"message": f"Could not parse: {SAID}", "type": SAID, "code": WORD, "param": WORD}
    choice: dict[str, Any] = {"index": 0, "finish_reason": f"because {SAID}"}
    told = {"id": WORD, "model": SAID, "system_fingerprint": WORD}
    if case in ("400", "429", "500", "401"):
        return [answer({"error": error}, int(case))]
    if case == "model":
        told["model"] = WORD
    if case == "error":
        return [answer({"error": error})] if not stream else [STREAM_HEAD, event({"error": error}), STREAM_END]
    if case == "kind":
        return [answer(SAID.encode(), kind=WORD)]
    if stream:
        first = event(told | {"choices": [{"index": 0, "delta": {"content": "Half"}}]})
        if case == "break":
            return [STREAM_HEAD, first, event({"error": error}), STREAM_END]
        return [STREAM_HEAD, first, event(told | {"choices": [choice | {"delta": {}}]}), event(DONE), STREAM_END]
    whole = completion(choices=[choice | {"message": {"role": "assistant", "content": "ok"}}], usage={WORD: SAID})
    return [answer(whole | told)]


class Watched:
    """A server before an echoing backend, with all that it tells anybody."""

    def __init__(self, start: Starter, folder: Path, *, keep: bool = False) -> None:
        self.log, self.spans = io.StringIO(), InMemorySpanExporter()
        self.journal = RequestJournal("json", self.log)
        self.figures = InMemoryMetricReader()
        telemetry = Telemetry(SimpleSpanProcessor(self.spans), self.figures)
        self.upstream = Upstream(echoing)
        place = house_in(folder / "config", {"first": self.upstream.__enter__().url})
        rows = json.loads((place / "providers.yaml").read_text())
        rows["providers"]["first"]["keep_error_text"] = keep
        (place / "providers.yaml").write_text(json.dumps(rows))
        self.running: Running = start(folder=place, request_observer=RequestObserver(self.journal, telemetry))

    def ask(self, case: str, **more: Any) -> httpx.Response:
        body = {"model": "first", "messages": [{"role": "user", "content": f"{case} {SAID}"}], **more}
        with self.running.http() as http:
            return http.post(CHAT, json=body)

    def receipts(self) -> list[bytes]:
        self.running.ledger.flush()
        return list(self.running.ledger.receipts())

    def close(self) -> None:
        self.upstream.__exit__(None, None, None)


@pytest.fixture
def watched(start: Starter, tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(start, tmp_path)
    yield watched
    watched.close()


CASES = ("400", "429", "500", "error", "kind", "whole", "model", "break", "401", "401")


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_keeps_what_a_backend_repeats(
    watched: Watched,
    stream: bool,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    answers = [watched.ask(case, stream=stream, **{WORD: SAID}) for case in CASES]
    receipts = watched.receipts()
    assert len(receipts) == len(answers)
    for receipt in receipts:
        assert WORD not in receipt.decode()
    watched.journal.close()
    assert WORD not in watched.log.getvalue()
    assert WORD not in "".join(span.to_json() for span in watched.spans.get_finished_spans())
    assert WORD not in str(watched.figures.get_metrics_data())
    assert WORD not in caplog.text + "".join(capfd.readouterr())
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("ledger*"))
    assert b"http_400" in kept
    assert WORD.encode() not in kept
    assert SAID in answers[0].text, "its client reads what the backend said"


def test_receipts_say_by_codes_what_it_was(watched: Watched) -> None:
    for case in CASES:
        watched.ask(case)
    told = [orjson.loads(body) for body in watched.receipts()]
    assert [receipt["attempts"][0]["detail"] for receipt in told] == [
        "http_400",
        "http_429",
        "http_500",
        "stream_error",
        "wrong_kind",
        "",
        "",
        "",
        "http_401:credentials",
        "resting:http_401:credentials",
    ]
    assert [note[:21] for note in told[5]["notes"]][:2] == ["upstream_model:other-", "finish_reason:other"]


def test_an_operator_may_keep_the_words(start: Starter, tmp_path: Path) -> None:
    watched = Watched(start, tmp_path, keep=True)
    for case in ("400", "whole"):
        watched.ask(case)
    failed, served = [orjson.loads(body) for body in watched.receipts()]
    assert SAID in failed["attempts"][0]["detail"]
    assert f"upstream_model:{SAID}" in served["notes"]
    watched.close()
