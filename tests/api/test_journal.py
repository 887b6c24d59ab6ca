"""The log: a line for each request and one for what else is said, in one form, with no prompt and no secret in it."""

import io
import json
import logging
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from api.servers import Starter
from api.test_failures import Scripted, down, until
from router.api.http.request_log import Form, RequestJournal, Through, as_json, as_text
from router.api.http.request_observer import RequestObserver
from router.serving.request_trace import RequestTrace, trace_id

CHAT = "/v1/chat/completions"
WORDS = "Whisper-of-a-secret"
ASK: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": f"Say {WORDS}."}]}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def read(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def logged(start: Starter, form: Form, **more: Any) -> tuple[Any, io.StringIO, RequestJournal]:
    stream = io.StringIO()
    journal = RequestJournal(form, stream)
    return start(request_observer=RequestObserver(journal), **more), stream, journal


def test_a_line_tells_of_a_request_without_its_words(start: Starter) -> None:
    running, stream, journal = logged(start, "json", keys=True)
    secret = running.key("shop", team="sales")
    trace = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x-request-id": "mine-1"}
    with running.http(secret) as http:
        body = http.post(CHAT, json=ASK | {"user": WORDS, "metadata": {"a": WORDS}}, headers=trace).json()
        http.post(CHAT, json=ASK | {"stream": True})
        http.post(CHAT, content=f'{{"model": "{WORDS}'.encode())
        http.get(f"/v1/receipts/{body['fungible']['receipt']}")
        http.get("/healthz")
        http.post(CHAT, json=ASK, headers={"authorization": f"Bearer {secret[:-1]}"})
    journal.close()
    answered, streamed, refused, looked, stranger = read(stream.getvalue())
    own = body["fungible"]
    expected = {
        "event": "request",
        "request_id": "mine-1",
        "method": "POST",
        "path": CHAT,
        "status": 200,
        "receipt": own["receipt"],
        "key": "shop",
        "team": "sales",
        "asked": "auto",
        "chosen": own["chosen"],
        "served": own["served"],
        "reason": "policy",
        "outcome": "ok",
        "input_tokens": body["usage"]["prompt_tokens"],
        "output_tokens": body["usage"]["completion_tokens"],
        "cost_usd": own["cost_usd"],
        "trace_id": TRACE,
    }
    assert expected.items() <= answered.items()
    assert [(attempt["deployment"], attempt["outcome"]) for attempt in answered["attempts"]] == [(own["served"], "ok")]
    assert answered["duration_ms"] > 0
    assert (streamed["outcome"], "trace_id" in streamed) == ("ok", False)
    assert (refused["status"], refused["error"], "receipt" in refused) == (400, "invalid_request", False)
    assert (looked["path"], looked["status"]) == (f"/v1/receipts/{own['receipt']}", 200)
    assert (stranger["status"], stranger["error"]) == (401, "401")
    assert WORDS not in stream.getvalue()
    assert secret[:-1] not in stream.getvalue()


def test_a_failure_is_told_by_its_code_and_not_by_what_the_backend_said(start: Starter) -> None:
    backend = Scripted({"gpt-5": down("unavailable")})
    running, stream, journal = logged(start, "json", providers=dict.fromkeys(("gpt", "mai", "phi", "llama"), backend))
    with running.http() as http:
        assert http.post(CHAT, json=ASK | {"model": "gpt-5"}).status_code == 502
    journal.close()
    (line,) = read(stream.getvalue())
    assert (line["status"], line["error"], line["outcome"]) == (502, "attempts_exhausted", "unavailable")
    assert "it is down" not in stream.getvalue()


def test_a_client_that_leaves_has_a_line(start: Starter) -> None:
    running, stream, journal = logged(start, "text")
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"POST {CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\nhalf".encode())
    until(lambda: "client_left" in stream.getvalue())
    journal.close()
    assert stream.getvalue().count("\n") == 1


def test_text_is_one_line_whatever_stands_in_it() -> None:
    line = {"path": '/a b\n"c"', "none": None, "yes": True, "attempts": [{"a": "gpt-5", "b": "ok", "c": 1.5}], "n": 2}
    assert as_text(line) == r'path="/a b\n\"c\"" yes=true attempts=gpt-5:ok:1.5 n=2'
    assert json.loads(as_json(line)) == {name: value for name, value in line.items() if value is not None}
    assert as_text({"empty": ""}) == 'empty=""'


def test_other_lines_take_the_same_form_and_exceptions_keep_their_words_to_themselves() -> None:
    stream = io.StringIO()
    journal = RequestJournal("json", stream)
    logger = logging.Logger("fungible")
    logger.addHandler(Through(journal))
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        logger.error("a request failed in a way that nobody foresaw", exc_info=error)
    logger.warning("revision %s is in force", "abc")
    journal.close()
    failed, changed = read(stream.getvalue())
    assert (failed["level"], failed["exception"]) == ("error", "ValueError")
    assert "test_other_lines" in failed["where"]
    assert WORDS not in stream.getvalue()
    assert changed["message"] == "revision abc is in force"
    logger.warning("after the end")
    assert len(read(stream.getvalue())) == 2


class Stuck(io.StringIO):
    """A reader that takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.taking = threading.Event()
        self.let = threading.Event()

    def write(self, text: str) -> int:
        self.taking.set()
        self.let.wait(5)
        return super().write(text)


def test_a_reader_that_is_stuck_holds_nobody_up_and_is_told_what_was_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("router.api.http.request_log.MOST_WAITING", 2)
    stream = Stuck()
    journal = RequestJournal("json", stream)
    journal.tell(RequestTrace("GET", "/first", "a"))
    assert stream.taking.wait(5)
    for _ in range(5):
        journal.tell(RequestTrace("GET", "/more", "b"))
    stream.let.set()
    journal.close()
    *lines, last = read(stream.getvalue())
    assert [line["path"] for line in lines] == ["/first", "/more", "/more"]
    assert last == {"event": "log", "level": "warning", "left_out": 3}


def test_a_reader_that_is_gone_ends_the_log_and_nothing_else() -> None:
    stream = io.StringIO()
    stream.close()
    journal = RequestJournal("text", stream)
    journal.tell(RequestTrace("GET", "/", "a"))
    journal.close()
    journal.tell(RequestTrace("GET", "/", "b"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-later", TRACE),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        (None, None),
    ],
)
def test_a_trace_is_read_as_the_standard_says(given: str | None, expected: str | None) -> None:
    assert trace_id(given) == expected


def test_serve_writes_json_lines_and_says_where_telemetry_goes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "router.cli", "serve", "--port", "0", "--data", "data", "--log", "json"]
    environment = {"PATH": "", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://me:hush@127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        greeting = ""
        for line in process.stdout:
            greeting += line
            if "Ctrl-C" in line:
                break
        url = next(line.split()[-1] for line in greeting.splitlines() if "address" in line)
        with urllib.request.urlopen(f"{url}/chat/completions", json.dumps(ASK).encode(), timeout=20) as answer:
            receipt = answer.headers["x-fungible-receipt"]
        process.terminate()
        _, stderr = process.communicate(timeout=20)
    first, *others = read(stderr)
    assert "telemetry http://127.0.0.1:9\n" in greeting
    assert (first["event"], first["receipt"]) == ("request", receipt)
    assert {line["message"].partition(",")[0] for line in others} <= {"telemetry does not arrive"}
    assert WORDS not in stderr + greeting
    assert "hush" not in stderr + greeting
