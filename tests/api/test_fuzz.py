"""Anything at all over a raw socket: never a crash, never a 500, and nothing is left in flight.

`FUNGIBLE_FUZZ=5000` sends that many of each kind, from `FUNGIBLE_FUZZ_SEED`.
"""

import io
import json
import logging
import os
import random
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any

import pytest

from api.raw import CHAT, connected, reply
from api.servers import ADMIN_KEY, Running, Starter
from api.test_failures import until
from router.api.http.request_log import RequestJournal
from router.api.http.request_observer import RequestObserver
from router.serving.limits import Limits

COUNT = int(os.environ.get("FUNGIBLE_FUZZ", "40"))
SEED = int(os.environ.get("FUNGIBLE_FUZZ_SEED", "20261125"))
PATHS = [
    *[CHAT] * 9,
    "/v1/route",
    "/v1/route",
    "/v1/feedback",
    "/v1/models",
    "/v1/receipts/x",
    "/v1/log/consistency?old=1",
]
MORE = ["/admin/v1/keys", "/admin/v1/ramps/r/start", "/admin/v1/policies", "/admin/v1/policies/replay", "/readyz"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", ""]
GOOD: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "hello"}]}
FIELDS = [
    *("model", "messages", "max_tokens", "max_completion_tokens", "n", "stop", "seed", "stream", "stream_options"),
    *("temperature", "top_p", "tools", "tool_choice", "response_format", "user", "metadata", "fungible", "logit_bias"),
    *("logprobs", "top_logprobs", "modalities", "audio", "prediction", "extra", "verbosity", "never_heard_of"),
]
ODD = [
    *("null", "true", "0", "-1", "1e400", "-1e400", "NaN", "Infinity", "1" * 400, "1.5", '""', '"x"', "[]", "{}"),
    *('"\\ud800"', '"\\u0000"', '"\\udc00\\ud800"', '"\x00"', '"\xff"', "[[]]", '[{"role":"user"}]', '{"a":{"a":[1]}}'),
    *(
        '[{"role":"user","content":null}]',
        '[{"role":"tool","content":"x"}]',
        '[{"type":"function"}]',
        '{"type":"text"}',
    ),
    *('[{"role":"user","content":[{"type":"text"}]}]', '[{"role":"user","content":[{"type":"image_url"}]}]'),
    *('"' + "가" * 300 + '"', "[" * 300 + "]" * 300, '{"a":' * 200 + "1" + "}" * 200, "[" * 100_000, '{"a":1,"a":2}'),
]


@pytest.fixture(scope="module")
def fuzzed(start_shared: Starter) -> Running:
    limits = Limits(in_flight=64, bodies=64, body_bytes=400_000, body_s=3, head_s=3, deadline_s=5)
    # Whoever watches sees all of it, too.
    pytest.importorskip("opentelemetry.sdk")
    from router.api.telemetry.exporter import Telemetry

    request_observer = RequestObserver(RequestJournal("json", io.StringIO()), Telemetry(None, None))
    return start_shared(limits=limits, request_observer=request_observer)


def body(chance: random.Random) -> bytes:
    """A request of which some fields are something else."""
    pieces = {name: json.dumps(value) for name, value in GOOD.items()}
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 5))):
        pieces[chance.choice(FIELDS)] = chance.choice(ODD)
    text = ("{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pieces.items()) + "}").encode(
        "latin-1", "ignore"
    )
    for _ in range(chance.choice((0, 0, 0, 0, 0, 0, 1, 3))):
        place = chance.randrange(len(text))
        text = text[:place] + chance.randbytes(chance.randrange(4)) + text[place + chance.randrange(3) :]
    return text


def path(chance: random.Random) -> str:
    chosen = chance.choice(PATHS * 2 + MORE)
    if chance.random() < 0.85:
        return chosen
    odd = ["%", "%zz", "%00", "%2e%2e/", "//", "/../", "%ff", "%ed%a0%80", "?x=%", "#x", "é", "/" + "a" * 3000, "%25"]
    return chosen + "".join(chance.choice(odd) for _ in range(chance.choice((1, 2))))


def target(chance: random.Random) -> str:
    where = path(chance)
    return chance.choice([where] * 30 + [f"http://elsewhere{where}", "http://elsewhere", "*", "x:80", " "])


HEADERS = [
    *(
        "x-fungible-consent: maybe",
        "x-fungible-consent: any",
        "x-fungible-policy: \xff",
        "x-fungible-unit:",
        "expect: no",
    ),
    *("x-request-id: \x7f", "x-request-id: a\tb", "authorization: Bearer", "authorization: \xff\xfe", "upgrade: h2c"),
    *("connection: upgrade", "connection: close", "connection: keep-alive, x", "traceparent: 00-0-0-0", "if-match: *"),
    *(
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\ntracestate: a=\xff,b=c",
        "tracestate: =",
    ),
    *(
        "upgrade: websocket",
        "content-type: text/html",
        "content-encoding: gzip",
        "host:",
        "host: a b",
        "x: " + "y" * 900,
    ),
    *("x-fungible-tags: ,,,\xff,", "no colon", ": no name", "x y: z", "x: a\rb", "x: \x00", "transfer-encoding: gzip"),
]


def lines(chance: random.Random, length: str) -> bytes:
    version = chance.choice(["HTTP/1.1"] * 90 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""])
    method = chance.choice(["POST"] * 90 + METHODS)
    head = [f"{method} {target(chance)} {version}", "host: localhost", f"authorization: Bearer {ADMIN_KEY}", length]
    head += chance.sample(HEADERS, chance.choice((0, 0, 0, 0, 0, 0, 1, 2)))
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1", "replace")


def plain(chance: random.Random) -> bytes:
    """A body with a length, which is sometimes another one."""
    data = body(chance)
    odd = ["-1", "abc", "1e3", "0x10", "", " 5 5", "99999999999999999999999", str(len(data) + 9), str(len(data) // 2)]
    length = str(len(data)) if chance.random() < 0.85 else chance.choice(odd)
    return lines(chance, f"content-length: {length}") + data


def chunked(chance: random.Random) -> bytes:
    """A body in chunks, some of them broken."""
    data, framed = body(chance), b""
    while data:
        size = chance.randrange(1, len(data) + 1)
        length = (
            f"{size:x}".encode() if chance.random() < 0.97 else chance.choice([b"zz", b"-1", b"", b"f" * 30, b"1;x=y"])
        )
        framed += length + b"\r\n" + data[:size] + chance.choice([b"\r\n"] * 80 + [b"", b"\n", b"\r\n\r\n"])
        data = data[size:]
    last = chance.choice([b"0\r\n\r\n"] * 20 + [b"0\r\nx: y\r\n\r\n", b"0\r\n", b""])
    also = chance.choice([""] * 20 + ["\r\ncontent-length: 5", "\r\ntransfer-encoding: chunked"])
    return lines(chance, f"transfer-encoding: chunked{also}") + framed + last


def several(chance: random.Random) -> bytes:
    """Requests behind one another, the last perhaps cut short."""
    data = b"".join(chance.choice((plain, chunked))(chance) for _ in range(chance.randrange(2, 5)))
    return data[: chance.randrange(1, len(data) + 1)] if chance.random() < 0.3 else data


def noise(chance: random.Random) -> bytes:
    """Nothing that anybody meant."""
    begun = chance.choice(
        [b"", b"POST ", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    )
    return begun + chance.randbytes(chance.randrange(1, 600))


def statuses(connection: socket.socket) -> Iterator[int]:
    """Every answer until the other side has no more to say."""
    connection.settimeout(0.05)
    try:
        while True:
            yield reply(connection).status
            # Another answer follows at once, or none does.
            connection.settimeout(0.02)
    except (OSError, HTTPException, ValueError):
        return


@pytest.mark.parametrize("kind", [plain, chunked, several, noise], ids=lambda kind: kind.__name__)
def test_whatever_is_sent_is_answered_or_refused(
    fuzzed: Running,
    kind: Callable[[random.Random], bytes],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # uvicorn's logger hands nothing on by itself.
    monkeypatch.setattr(logging.getLogger("uvicorn"), "handlers", [caplog.handler])
    for number in range(COUNT):
        sent = kind(random.Random(f"{SEED}/{kind.__name__}/{number}"))
        with connected(fuzzed) as connection:
            connection.sendall(sent)
            codes = list(statuses(connection))
        assert not [status for status in codes if status >= 500], (number, codes, sent[:2000])
    until(lambda: fuzzed.service.state.in_flight == 0 and not fuzzed.connections)
    unforeseen = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage() for record in unforeseen] == []
    with fuzzed.http() as http:
        assert http.post(CHAT, json=GOOD).status_code == 200


@pytest.mark.parametrize("path", [CHAT, "/v1/route", "/openai/deployments/auto/chat/completions?api-version=1"])
@pytest.mark.parametrize("depth", [100, 190, 240, 260, 600, 2000, 100_000])
@pytest.mark.parametrize("field", ["extra", "metadata", "x", "tools", "messages"])
def test_however_deep_a_body_goes_it_is_answered_or_refused(fuzzed: Running, field: str, depth: int, path: str) -> None:
    deep = {"[": "[" * depth + "]" * depth, "{": '{"extra":' * depth + "1" + "}" * depth}
    with fuzzed.http() as http:
        for value in deep.values():
            message = f'{{"role": "user", "content": "hello", "extra": {value}}}'
            text = f'{{"model": "auto", "messages": [{message}], "{field}": {value}}}'
            answer = http.post(path, content=text.encode())
            assert answer.status_code in (200, 400, 413, 422), (answer.status_code, answer.text[:300])


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_may_be_anything(fuzzed: Running, field: str) -> None:
    with fuzzed.http() as http:
        for value in ODD:
            pieces = {name: json.dumps(usual) for name, usual in GOOD.items()} | {field: value}
            text = "{" + ",".join(f"{json.dumps(name)}:{piece}" for name, piece in pieces.items()) + "}"
            answer = http.post(CHAT, content=text.encode("latin-1", "ignore"))
            assert answer.status_code in (200, 400, 404, 422), (value[:80], answer.status_code, answer.text)
            if answer.status_code != 200:
                assert set(answer.json()["error"]) >= {"message", "type", "param", "code"}
    assert fuzzed.service.state.in_flight == 0


def test_methods_and_targets_that_have_their_own_rules(fuzzed: Running) -> None:
    asked = {
        b"HEAD / HTTP/1.1\r\nhost: localhost\r\n\r\n": 200,
        b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n": 404,
        b"OPTIONS /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n": 405,
        b"GET http://elsewhere/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n": 200,
        b"GET /health%7a HTTP/1.1\r\nhost: localhost\r\n\r\n": 200,
        b"GET /v1/models/gpt%2D5 HTTP/1.1\r\nhost: localhost\r\n\r\n": 200,
        b"CONNECT x:80 HTTP/1.1\r\nhost: localhost\r\n\r\n": 400,
    }
    for sent, status in asked.items():
        with connected(fuzzed) as connection:
            connection.sendall(sent)
            assert reply(connection, sent.split(b" ")[0].decode()).status == status, sent


def test_a_client_that_expects_to_be_told_to_go_on_is(fuzzed: Running) -> None:
    data = json.dumps(GOOD).encode()
    with connected(fuzzed) as connection:
        words = (
            f"POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: {len(data)}\r\n\r\n"
        )
        connection.sendall(words.encode())
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(data)
        assert reply(connection).status == 200
