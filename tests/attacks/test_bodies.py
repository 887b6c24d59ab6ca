"""Bodies that come compressed: each form, within the same limits, and what is none."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import httpx
import pytest
from api.raw import CHAT, connected, head, reply
from api.servers import Running, Starter
from backports import zstd

from router.api.http.layers import content_encoding
from router.serving.limits import Limits

LIMIT = 1_000_000
ASK = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "hello " * 200}]}).encode()


def raw_deflate(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush()


FORMS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", raw_deflate),
    "zstd": ("zstd", zstd.compress),
    "br": ("br", brotli.compress),
    "identity": ("identity", bytes),
}
COMPRESSED = [name for name in FORMS if name != "identity"]


@pytest.fixture(scope="module")
def running(start_shared: Starter) -> Running:
    return start_shared(limits=Limits(body_bytes=LIMIT, body_s=5))


def post(running: Running, form: str, body: bytes, path: str = CHAT) -> httpx.Response:
    with running.http() as http:
        return http.post(path, content=body, headers={"content-encoding": FORMS[form][0]})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", [CHAT, "/v1/messages", "/v1/route", "/admin/v1/policies/lint"])
def test_each_form_is_decoded_at_every_route(running: Running, form: str, path: str) -> None:
    body = ASK if path != "/v1/messages" else json.dumps({**json.loads(ASK), "max_tokens": 50}).encode()
    plain = post(running, "identity", body, path)
    coded = post(running, form, FORMS[form][1](body), path)
    assert (coded.status_code, plain.status_code) == (200, 200)
    assert coded.json().get("usage") == plain.json().get("usage")


@pytest.mark.parametrize("form", COMPRESSED)
def test_a_body_in_pieces_is_decoded_too(running: Running, form: str) -> None:
    coded = FORMS[form][1](ASK)
    with connected(running) as connection:
        for _ in range(2):
            connection.sendall(head(len(coded), CHAT, f"content-encoding: {FORMS[form][0]}") + coded[:7])
            for place in range(7, len(coded), 11):
                connection.sendall(coded[place : place + 11])
            assert reply(connection).status == 200


@pytest.mark.parametrize("form", COMPRESSED)
def test_what_becomes_too_large_is_refused_without_being_made(
    running: Running, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb, made = FORMS[form][1](b" " * 50 * LIMIT), []
    safely = content_encoding._safely

    def counted(*about: Any) -> Any:
        for piece in safely(*about):
            made.append(len(piece))
            yield piece

    monkeypatch.setattr(content_encoding, "_safely", counted)
    answer = post(running, form, bomb)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")
    # One library rounds up.
    assert max(made) <= 2 * content_encoding.PIECE
    assert sum(made) <= LIMIT + 2 * content_encoding.PIECE


def test_a_zstd_body_may_not_ask_for_a_large_window(running: Running) -> None:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compress = zstd.ZstdCompressor(options=options)
    coded = compress.compress(ASK) + compress.flush()
    assert post(running, "zstd", coded).status_code == 400


@pytest.mark.parametrize("form", COMPRESSED)
@pytest.mark.parametrize("fault", ["cut", "garbage", "more", "other"])
def test_what_is_not_as_it_says_is_told_so(running: Running, form: str, fault: str) -> None:
    coded = FORMS[form][1](ASK)
    wrong = {"cut": coded[:-5], "garbage": b"\xff\x00garbage" * 9, "more": coded + b"more", "other": ASK}[fault]
    answer = post(running, form, wrong)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid_request"
    assert FORMS[form][0].lower() in error["message"]


@pytest.mark.parametrize("encoding", ["compress", "gzip, gzip", "br, gzip", "snappy", "gzip;q=1", "a" * 200])
def test_another_form_is_refused_with_those_that_are_taken(running: Running, encoding: str) -> None:
    with running.http() as http:
        answer = http.post(CHAT, content=ASK, headers={"content-encoding": encoding})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_encoding")
    assert answer.headers["accept-encoding"] == "gzip, deflate, zstd, br"
    assert "gzip, deflate, zstd, br can" in answer.json()["error"]["message"]
    assert len(answer.json()["error"]["message"]) < 200


def test_without_their_libraries_two_forms_fewer_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_encoding, "import_module", _nothing)
    assert list(content_encoding.decoders()) == ["gzip", "deflate"]


def _nothing(name: str) -> None:
    raise ImportError(name)


def test_an_empty_body_has_nothing_to_decode(running: Running) -> None:
    answer = post(running, "gzip", b"")
    assert (answer.status_code, "JSON" in answer.json()["error"]["message"]) == (400, True)
