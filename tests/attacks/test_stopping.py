"""`fungible serve` is told to stop: readiness first, then the drain, then an end in words; a hangup is no end."""

import json
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from cli.running import fungible
from cli.test_serve import serving

SLOW = """providers:
  gpt: {adapter: gpt, settings: {latency: true, latency_scale: 4}}
  mai: {adapter: mai}
  phi: {adapter: phi}
  llama: {adapter: llama}
"""
SAID = [{"role": "user", "content": "Explain in detail why primes never end."}]


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "providers.yaml").write_text(SLOW)
    return tmp_path


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def status(url: str, path: str) -> int:
    """The status of a GET, 0 where nobody accepts."""
    try:
        with urllib.request.urlopen(url.removesuffix("/v1") + path, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@contextmanager
def asked(url: str, path: str, body: Any) -> Iterator[socket.socket]:
    """A request that is on its way."""
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    data = json.dumps(body).encode()
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"POST /v1/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(data)}\r\n\r\n"
        connection.sendall(head.encode() + data)
        yield connection


def answer(connection: socket.socket) -> tuple[int, str]:
    response = HTTPResponse(connection)
    try:
        response.begin()
        return response.status, response.read().decode()
    finally:
        response.close()


def outcome(folder: Path, id: str) -> dict[str, Any]:  # noqa: A002
    shown = fungible(folder, "receipt", id, "--json")
    receipt: dict[str, Any] = json.loads(shown.stdout)
    return receipt


def begun(connection: socket.socket) -> None:
    """Wait until words have come, and leave them there."""
    until(lambda: b"delta" in connection.recv(65_536, socket.MSG_PEEK))


def test_what_the_drain_cuts_ends_with_an_event_and_a_true_outcome(slow: Path) -> None:
    log = slow / "log"
    with log.open("w") as errors, serving(slow, "--config", "mine", "--drain", "0.2", stderr=errors) as (process, url):
        chat = {"model": "gpt-5", "messages": SAID}
        with (
            asked(url, "chat/completions", {**chat, "stream": True}) as stream,
            asked(url, "messages", {**chat, "stream": True, "max_tokens": 900}) as messages,
            asked(url, "responses", {"model": "gpt-5", "input": "Why?", "stream": True}) as responses,
            asked(url, "chat/completions", chat) as whole,
        ):
            for connection in (stream, messages, responses):
                begun(connection)
            process.send_signal(signal.SIGTERM)
            ends = [answer(connection) for connection in (stream, messages, responses, whole)]
        process.wait(20)
    (chat_end, messages_end, responses_end) = (said for _, said in ends[:3])
    assert [got for got, _ in ends] == [200, 200, 200, 503]
    assert '"code":"server_stopped"' in chat_end.rstrip().split("data: ")[-1] + chat_end.split("data: ")[-2]
    assert "event: error" in messages_end
    assert "being stopped" in messages_end
    assert "event: response.failed" in responses_end
    assert json.loads(ends[3][1])["error"]["code"] == "server_stopped"
    id_ = json.loads(chat_end.split("data: ")[1])["id"].removeprefix("chatcmpl-")
    kept = outcome(slow, id_)
    assert (kept["outcome"], kept["attempts"][-1]["outcome"]) == ("stopped", "stopped")
    assert "Traceback" not in log.read_text()


def test_a_body_that_is_still_coming_is_answered_in_words(slow: Path) -> None:
    with serving(slow, "--drain", "0") as (process, url):
        host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 90\r\n\r\nhalf")
            time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            got, body = answer(connection)
        assert (got, json.loads(body)["type"], process.wait(20) in (0, -signal.SIGTERM)) == (503, "error", True)


def test_it_is_not_ready_while_it_still_accepts_and_then_accepts_no_more(tmp_path: Path) -> None:
    with serving(tmp_path, "--lame-duck", "60", "--drain", "5") as (process, url):
        assert status(url, "/readyz") == 200
        process.send_signal(signal.SIGTERM)
        until(lambda: status(url, "/readyz") == 503)
        with asked(url, "chat/completions", {"model": "auto", "messages": SAID}) as connection:
            response = HTTPResponse(connection)
            response.begin()
            assert (response.status, response.getheader("connection")) == (200, "close")
            response.close()
        assert status(url, "/healthz") == 200
        # Whoever says it again does not want to wait.
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
        assert status(url, "/healthz") == 0


def test_where_readiness_is_watched_it_waits_until_that_is_noticed_and_a_person_never_waits(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, url):
        for _ in range(3):
            assert status(url, "/readyz") == 200
        process.send_signal(signal.SIGTERM)
        until(lambda: status(url, "/readyz") == 503)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, -signal.SIGINT, -signal.SIGTERM, 1)


@pytest.mark.parametrize("sound", [True, False])
def test_a_hangup_reads_the_configuration_anew_and_ends_nothing(slow: Path, sound: bool) -> None:
    log = slow / "log"
    with log.open("w") as errors, serving(slow, "--config", "mine", stderr=errors) as (process, url):
        with asked(url, "chat/completions", {"model": "gpt-5", "messages": SAID, "max_tokens": 30}) as connection:
            if not sound:
                (slow / "mine" / "policies.yaml").write_text("policies: [")
            process.send_signal(signal.SIGHUP)
            until(lambda: ("is in force, from" if sound else "stays in force") in log.read_text())
            assert answer(connection)[0] == 200
        assert process.poll() is None
        assert status(url, "/readyz") == 200


def test_a_hangup_before_it_serves_ends_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, url):
        for _ in range(5):
            process.send_signal(signal.SIGHUP)
        assert status(url, "/healthz") == 200
        assert process.poll() is None
