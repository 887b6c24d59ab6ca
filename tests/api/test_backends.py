"""Real backends behind the service: what a client says reaches them, what they say reaches the client, and an end."""

import asyncio
import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from api.backends import house_in
from api.servers import Running, Starter
from api.test_failures import until
from router.api.assembly import close_providers
from router.bench.http.fake_backend import (
    DONE,
    HANG,
    STREAM_END,
    STREAM_HEAD,
    Upstream,
    answer,
    completion,
    event,
    piece,
    used,
    words,
)

CHAT = "/v1/chat/completions"
ASK: dict[str, Any] = {"model": "first", "messages": [{"role": "user", "content": "How are you?"}]}


def served(start: Starter, folder: Path, upstream: Upstream, **settings: Any) -> Running:
    return start(folder=house_in(folder / "config", {"first": upstream.url}, models={"first": "up"}, **settings))


def test_the_official_client_gets_what_the_backend_says(start: Starter, tmp_path: Path) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    more = {"index": 0, "function": {"arguments": "{}"}}
    logprobs = {"content": [{"token": "Hm", "logprob": -0.1, "bytes": None, "top_logprobs": []}], "refusal": None}
    events = [
        piece({"role": "assistant", "content": ""}),
        piece({"reasoning_content": "Let me think."}),
        event({"model": "up", "choices": [{"index": 0, "delta": {"content": "Hm"}, "logprobs": logprobs}]}),
        piece({"tool_calls": [call]}),
        piece({"tool_calls": [more]}),
        piece({}, reason="tool_calls"),
        event({"model": "up", "choices": [], "usage": used(50, 9, 20)}),
        event(DONE),
    ]
    with Upstream(lambda _: [STREAM_HEAD, *events, STREAM_END]) as upstream:
        running = served(start, tmp_path, upstream)
        stream = running.openai().chat.completions.create(
            model="first",
            messages=[{"role": "user", "content": "x"}],
            stream=True,
            logprobs=True,
            stream_options={"include_usage": True},
            extra_body={"top_k": 5},
        )
        chunks = list(stream)
        asked = upstream.asked[0].data
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "Hm"
    assert [delta.model_extra for delta in deltas if delta.model_extra] == [{"reasoning_content": "Let me think."}]
    assert [d.tool_calls[0].function.name for d in deltas if d.tool_calls and d.tool_calls[0].function.name] == ["f"]  # type: ignore[union-attr]
    assert [c.choices[0].logprobs.content[0].token for c in chunks if c.choices and c.choices[0].logprobs] == ["Hm"]  # type: ignore[index]
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details.cached_tokens) == (50, 9, 20)
    assert {chunk.model for chunk in chunks} == {"first"}
    assert (asked["top_k"], asked["logprobs"], asked["stream_options"]) == (5, True, {"include_usage": True})


def test_a_whole_answer_with_all_that_it_may_hold(start: Starter, tmp_path: Path) -> None:
    message = {"role": "assistant", "content": "No.", "refusal": "I won't.", "reasoning_content": "Hm.", "audio": None}
    logprobs = {"content": [{"token": "No", "logprob": -1.0, "bytes": None, "top_logprobs": []}]}
    choice = {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": "stop"}
    reasoning = used(10, 30) | {"completion_tokens_details": {"reasoning_tokens": 25}}
    with Upstream(lambda _: [answer(completion(choices=[choice], usage=reasoning))]) as upstream:
        running = served(start, tmp_path, upstream)
        with running.http() as http:
            body = http.post(CHAT, json=ASK).json()
    assert body["choices"][0] == choice | {"message": {k: v for k, v in message.items() if v is not None}}
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 25


@pytest.mark.parametrize(
    "body",
    [b'{"model": "first", "messages": [{"role": "user", "content": "x"}], "top_k": Infinity}', b'{"extra": [}'],
)
def test_what_no_backend_could_read_is_refused(server: Running, body: bytes) -> None:
    with server.http() as http:
        response = http.post(CHAT, content=body)
    assert response.status_code == 400
    assert "not valid JSON" in response.json()["error"]["message"]


def test_text_that_came_together_goes_out_together(start: Starter, tmp_path: Path) -> None:
    with Upstream(lambda _: [b"".join(step for step in words(*"abcdef") if isinstance(step, bytes))]) as upstream:
        running = served(start, tmp_path, upstream)
        with running.http() as http, http.stream("POST", CHAT, json=ASK | {"stream": True}) as response:
            pieces = list(response.iter_raw())
    assert b"".join(pieces).count(b"data: ") == 8
    assert len(pieces) < 4


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not show a process its sockets")
def test_no_packet_of_an_answer_waits_for_the_next(start: Starter, tmp_path: Path) -> None:
    with Upstream(lambda _: [STREAM_HEAD, piece({"content": "a"}), HANG]) as upstream:
        running = served(start, tmp_path, upstream)
        with running.http() as http, http.stream("POST", CHAT, json=ASK | {"stream": True}) as response:
            pieces = response.iter_raw()
            next(pieces)
            options = options_of_accepted(int(running.url.rpartition(":")[2]))
    assert options
    assert all(options)


def options_of_accepted(port: int) -> list[int]:
    """TCP_NODELAY of each connection of this process that a server on a port has accepted."""
    options = []
    for name in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError, IndexError), socket.socket(fileno=os.dup(int(name.name))) as connection:
            if connection.getsockname()[1] == port and connection.getpeername():
                options.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
    return options


def test_a_reload_lets_what_is_in_flight_end_and_closes_what_it_used(start: Starter, tmp_path: Path) -> None:
    slow = [STREAM_HEAD, piece({"content": "a"}), 1.0, piece({"content": "b"}), piece({}, reason="stop"), event(DONE)]
    times = {"timeouts": {"between_tokens": 5.0, "whole": 10.0}}
    with Upstream(lambda _: [*slow, STREAM_END]) as upstream:
        running = served(start, tmp_path, upstream, **times)
        revision = running.service.config.revision
        with running.http() as http, http.stream("POST", CHAT, json=ASK | {"stream": True}) as response:
            lines = response.iter_lines()
            next(lines)
            house_in(tmp_path / "config", {"first": upstream.url}, models={"first": "up"}, connections=7, **times)
            until(lambda: running.service.config.revision != revision)
            events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
        assert events[-1]["fungible"]["revision"] == revision
        until(lambda: upstream.open == 0)


def test_a_server_that_stops_closes_its_connections(tmp_path: Path) -> None:
    with Upstream(lambda _: [answer(completion())]) as upstream:
        starter = Starter(tmp_path)
        running = served(starter, tmp_path, upstream)
        with running.http() as http:
            assert http.post(CHAT, json=ASK).status_code == 200
        assert upstream.open == 1
        starter.stop()
        until(lambda: upstream.open == 0)


class Stubborn:
    closed = 0

    def stream(self, call: Any) -> Any:
        raise NotImplementedError

    async def aclose(self) -> None:
        Stubborn.closed += 1
        raise KeyError("secret")


def test_one_that_cannot_be_closed_keeps_no_other_open(caplog: pytest.LogCaptureFixture) -> None:
    asyncio.run(close_providers([Stubborn(), Stubborn()]))
    assert Stubborn.closed == 2
    assert "KeyError" in caplog.text
    assert "secret" not in caplog.text
