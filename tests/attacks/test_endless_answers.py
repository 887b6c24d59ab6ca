"""Backends that send without end: what is taken has a bound, the client is told, and one receipt says how it ended."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import pytest
from api.backends import house_in
from api.servers import Running, Starter

from router.bench.http.fake_backend import STREAM_HEAD, Asked, Step, Upstream, answer, completion, framed, piece, words
from router.serving.deployments.deployment_pool import DeploymentPool
from router.serving.limits import Limits

CHAT = "/v1/chat/completions"
ASK: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "How are you?"}]}
MOST_BYTES = 512 * 1024
MOST_CHARACTERS = 60_000
MOST_CHUNKS = 500
# What the system's buffers of two sockets hold, and more.
BUFFERS = 24 * 1024 * 1024
JSON_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"


@dataclass
class Endless:
    """A backend that begins, and then says the same again and again; `sent` is how many bytes it got rid of."""

    begin: bytes = b""
    again: bytes = b""
    sent: int = 0

    def __call__(self, asked: Asked) -> Iterator[Step]:
        yield self.begin
        for step in repeat(self.again):
            yield step
            self.sent += len(step)


@dataclass
class Stage:
    """A server before a backend without end and one that answers."""

    running: Running
    endless: Endless = field(default_factory=Endless)

    def ask(self, begin: bytes, again: bytes, *, stream: bool) -> tuple[int, str, dict[str, Any]]:
        """The status, the answer's text, and the one receipt."""
        self.endless.begin, self.endless.again, self.endless.sent = begin, again, 0
        # A fleet that remembers nothing of the test before.
        self.running.service.state.pool = DeploymentPool(self.running.service.config)
        before = len(list(self.running.ledger.receipts()))
        with self.running.http() as http:
            found = http.post(CHAT, json=ASK | {"stream": stream})
        self.running.ledger.flush()
        receipts = list(self.running.ledger.receipts())
        assert len(receipts) == before + 1
        assert self.running.service.state.in_flight == 0
        assert self.endless.sent < BUFFERS
        return found.status_code, found.text, json.loads(receipts[-1])


@pytest.fixture(scope="module")
def stage(start_shared: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    def good(asked: Asked) -> list[Step]:
        return words("All is well.") if asked.data.get("stream") else [answer(completion())]

    endless = Endless()
    with Upstream(endless) as first, Upstream(good) as second:
        times = {"connect": 5.0, "first_token": 20.0, "between_tokens": 20.0, "whole": 20.0}
        house = house_in(
            tmp_path_factory.mktemp("house") / "config",
            {"first": first.url, "second": second.url},
            timeouts=times,
            max_answer_bytes=MOST_BYTES,
        )
        limits = Limits(answer_bytes=MOST_CHARACTERS, answer_chunks=MOST_CHUNKS, deadline_s=60.0)
        yield Stage(start_shared(folder=house, limits=limits), endless)


@pytest.mark.parametrize(
    ("again", "detail"),
    [
        (piece({"content": "y" * 1_000}), "too_long"),
        (piece({"content": "y"}), "too_long"),
        (piece({"content": "y" * 100}) + framed(b": " + b"z" * 20_000 + b"\n\n"), "too_large"),
    ],
    ids=["long words", "short words", "words between noise"],
)
def test_words_without_end_are_cut_off_and_told(stage: Stage, again: bytes, detail: str) -> None:
    status, text, receipt = stage.ask(STREAM_HEAD, again, stream=True)
    assert status == 200
    events = [json.loads(line[6:]) for line in text.split("\n\n") if line]
    assert "error" in events[-1]
    assert (receipt["outcome"], receipt["served"]) == ("cut_off", "first")
    assert detail in receipt["attempts"][-1]["detail"]
    said = sum(len(choice["delta"].get("content") or "") for told in events for choice in told.get("choices", ()))
    assert 0 < said <= MOST_CHARACTERS + 1_000


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "plain"])
@pytest.mark.parametrize(
    ("begin", "again", "detail"),
    [
        (STREAM_HEAD, framed(b": keepalive\n\n" * 100), "too_large"),
        (STREAM_HEAD, framed(b"data: " + b"z" * 10_000), "too_large"),
        (STREAM_HEAD, framed(b"data: z\n" * 1_000), "too_large"),
        (STREAM_HEAD + b"0\r\n", b"x-a: " + b"b" * 1_000, "too_large"),
        (STREAM_HEAD + b"1;", b"e" * 1_000, ""),
        (b"HTTP/1.1 200 OK\r\nx-a: ", b"b" * 10_000, "too_large"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "too_large"),
        (JSON_HEAD + CHUNKED, framed(b"[" * 10_000), "too_large"),
        (JSON_HEAD + b"content-length: 99999999999\r\n\r\n", b"[" * 10_000, "too_large"),
    ],
    ids=["keepalives", "a line", "an event", "a trailer", "an extension", "a header", "interim", "chunks", "a length"],
)
def test_what_is_no_answer_is_given_up_and_another_answers(
    stage: Stage, begin: bytes, again: bytes, detail: str, stream: bool
) -> None:
    status, text, receipt = stage.ask(begin, again, stream=stream)
    assert status == 200
    assert "All is well." in text
    assert [attempt["outcome"] for attempt in receipt["attempts"]] == ["unavailable", "ok"]
    if not stream and begin.startswith(STREAM_HEAD):
        detail = "wrong_kind"
    assert detail in receipt["attempts"][0]["detail"]
    assert receipt["served"] == "second"
