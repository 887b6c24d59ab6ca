"""Heads, chunks and trailers that are more, or other, than HTTP has."""

import json

import pytest
from api.raw import CHAT, Reply, connected, reply
from api.servers import Running, Starter

from router.api.http.connection.framing import MOST_EXTENSIONS, MOST_TRAILERS
from router.serving.limits import Limits

HEAD_BYTES = 4096
BODY = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "hello"}]}).encode()
CHUNKED = f"POST {CHAT} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n".encode()
ONE_CHUNK = b"%x\r\n%b\r\n" % (len(BODY), BODY)


@pytest.fixture(scope="module")
def running(start_shared: Starter) -> Running:
    return start_shared(limits=Limits(head_bytes=HEAD_BYTES))


def told(running: Running, sent: bytes) -> Reply:
    with connected(running, 20) as connection:
        connection.sendall(sent)
        return reply(connection)


def code(answer: Reply) -> str:
    return str(json.loads(answer.body)["error"]["code"])


def test_trailers_never_become_headers(running: Running) -> None:
    trailers = (
        b"x-request-id: from-a-trailer\r\nx-fungible-consent: exact\r\nx-fungible-team: smuggled\r\n"
        b"x-fungible-tags: clinic\r\nx-fungible-residency: kr\r\nauthorization: Bearer fgb_trailer\r\n"
    )
    answer = told(running, CHUNKED + b"\r\n" + ONE_CHUNK + b"0\r\n" + trailers + b"\r\n")
    assert answer.status == 200
    assert answer.headers["x-request-id"] != "from-a-trailer"
    with running.http() as http:
        receipt = http.get(f"/v1/receipts/{answer.headers['x-fungible-receipt']}").json()
    assert receipt["ask"]["caller"] == {"key": None, "team": None, "residency": None, "tags": []}
    assert receipt["ask"]["consent"] != "exact"


def test_a_connection_goes_on_after_trailers(running: Running) -> None:
    ask = CHUNKED + b"\r\n" + ONE_CHUNK + b"0\r\nx-sum: 7\r\n\r\n"
    with connected(running) as connection:
        for _ in range(3):
            connection.sendall(ask)
            assert reply(connection).status == 200


@pytest.mark.parametrize(
    "trailers",
    [b"x-a: " + b"b" * MOST_TRAILERS, b"x-a: b\r\n" * (MOST_TRAILERS // 8 + 1)],
    ids=["one long", "many"],
)
def test_trailers_are_bounded_whether_they_end_or_not(running: Running, trailers: bytes) -> None:
    for end in (b"", b"\r\n\r\n"):
        answer = told(running, CHUNKED + b"\r\n" + ONE_CHUNK + b"0\r\n" + trailers + end)
        assert (answer.status, code(answer)) == (431, "request_head_too_large")
        assert "trailers" in json.loads(answer.body)["error"]["message"]


@pytest.mark.parametrize("trailer", [b"no colon", b"x y: z", b"x: a\nb: c", b": z", b"x: \x00", b"POST / HTTP/1.1"])
def test_a_trailer_that_is_none_is_refused(running: Running, trailer: bytes) -> None:
    assert told(running, CHUNKED + b"\r\n" + ONE_CHUNK + b"0\r\n" + trailer + b"\r\n\r\n").status == 400


def test_chunk_extensions_are_let_go_and_bounded_over_the_whole_body(running: Running) -> None:
    def extended(extension: bytes) -> bytes:
        return CHUNKED + b"\r\n" + b"".join(b"1;%b\r\n%c\r\n" % (extension, byte) for byte in BODY) + b"0;z\r\n\r\n"

    assert told(running, extended(b"a=b")).status == 200
    many = told(running, extended(b"a" * (MOST_EXTENSIONS // len(BODY) + 1)))
    assert (many.status, "extensions" in json.loads(many.body)["error"]["message"]) == (400, True)
    endless = told(running, CHUNKED + b"\r\n1;" + b"a" * 2 * MOST_EXTENSIONS)
    assert (endless.status, "extensions" in json.loads(endless.body)["error"]["message"]) == (400, True)


@pytest.mark.parametrize("line", [b"0x5", b"-1", b"", b" 5", b"5 ", b"5\n", b"1" * 17, b"5;\x00", b"5;a\nb", b"g"])
def test_a_size_that_is_none_is_refused(running: Running, line: bytes) -> None:
    assert told(running, CHUNKED + b"\r\n" + line + b"\r\n" + BODY + b"\r\n0\r\n\r\n").status == 400


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"chunked, chunked", b"identity", b"xchunked"])
def test_another_transfer_coding_is_refused(running: Running, coding: bytes) -> None:
    head = CHUNKED.replace(b"chunked", coding)
    assert told(running, head + b"\r\n" + ONE_CHUNK + b"0\r\n\r\n").status == 400


def test_a_length_beside_chunks_is_refused(running: Running) -> None:
    assert told(running, CHUNKED + b"content-length: 5\r\n\r\n" + ONE_CHUNK + b"0\r\n\r\n").status == 400


@pytest.mark.parametrize("behind_another", [False, True])
def test_the_limit_of_a_head_is_exact(running: Running, behind_another: bool) -> None:
    def head(size: int) -> bytes:
        start = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-more: "
        return start + b"y" * (size - len(start) - 4) + b"\r\n\r\n"

    first = head(100) if behind_another else b""
    for size, status in ((HEAD_BYTES, 200), (HEAD_BYTES + 1, 431), (HEAD_BYTES + 6000, 431)):
        assert len(head(size)) == size
        with connected(running) as connection:
            connection.sendall(first + head(size))
            if first:
                assert connection.recv(15) == b"HTTP/1.1 200 OK"
                rest = b""
                while b"HTTP/1.1" not in rest:
                    rest += connection.recv(65_536)
                assert b"HTTP/1.1 %d" % status in rest
            else:
                assert reply(connection).status == status


def test_an_endless_head_is_refused_at_the_limit(running: Running) -> None:
    for start in (b"GET /", b"GET / HTTP/1.1\r\nhost: localhost\r\nx: "):
        answer = told(running, start + b"y" * HEAD_BYTES)
        assert (answer.status, code(answer)) == (431, "request_head_too_large")


@pytest.mark.parametrize("line", [b"x: y\nz: w", b"x: y\rz", b"x: y\r\r", b"x: y\x00", b"x : y", b" x: y", b"x"])
def test_a_line_that_two_servers_may_read_differently_is_refused(running: Running, line: bytes) -> None:
    assert told(running, b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n" + line + b"\r\n\r\n").status == 400


def test_a_head_that_ends_in_bare_line_feeds_is_refused_at_once(running: Running) -> None:
    assert told(running, b"GET /healthz HTTP/1.1\nhost: localhost\n\n").status == 400


def test_many_tiny_chunks_come_through(running: Running) -> None:
    ask = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "x" * 40_000}]}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in ask)
    with connected(running, 20) as connection:
        for _ in range(2):
            connection.sendall(CHUNKED + b"\r\n" + chunks + b"0\r\n\r\n")
            assert reply(connection).status == 200


def test_many_requests_at_once_are_answered_in_their_order(running: Running) -> None:
    count = 300
    asked = b"".join(
        b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /nowhere/%d HTTP/1.1\r\nhost: localhost\r\n\r\n" % number
        for number in range(count)
    )
    with connected(running, 30) as connection:
        connection.sendall(asked)
        seen = b""
        while seen.count(b"HTTP/1.1 ") < 2 * count or not seen.endswith(b"}}"):
            seen += connection.recv(65_536)
    places = [seen.index(b"/nowhere/%d." % number) for number in range(count)]
    assert places == sorted(places)


def test_a_bad_request_behind_a_good_one_is_told_after_it(running: Running) -> None:
    with connected(running) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n\x00 no HTTP\r\n\r\n")
        seen = b""
        while piece := connection.recv(65_536):
            seen += piece
    assert seen.index(b"HTTP/1.1 200") < seen.index(b"HTTP/1.1 400")


HOSTS = [b"a b", b"a/b", b"user@here", b"here:port", b"here,there", b"[::1", b"", b"here:123456", b"h\xc3\xa9", b"a?b"]


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"host: localhost\r\nhost: localhost\r\n",
        b"Host: localhost\r\nhost: there\r\n",
        *(b"host: %b\r\n" % h for h in HOSTS),
    ],
)
def test_a_request_names_its_host_once_and_clearly(running: Running, lines: bytes) -> None:
    answer = told(
        running, b"POST %b HTTP/1.1\r\ncontent-length: %d\r\n" % (CHAT.encode(), len(BODY)) + lines + b"\r\n" + BODY
    )
    assert (answer.status, code(answer), answer.headers["connection"]) == (400, "invalid_request", "close")
    assert "ost" in json.loads(answer.body)["error"]["message"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *((host, 200) for host in (b"localhost", b"LOCALHOST:80", b"127.0.0.1:8000", b"[::1]:8000")),
        # Names that are right, and another server's.
        *((host, 403) for host in (b"here", b"a.b-c_d:80", b"[fe80::1%25eth0]", b"here:")),
    ],
)
def test_hosts_as_people_have_them_are_read(running: Running, host: bytes, status: int) -> None:
    assert told(running, b"GET /healthz HTTP/1.1\r\nhost: %b\r\n\r\n" % host).status == status


def test_http_1_0_needs_no_host_but_may_not_have_two(running: Running) -> None:
    assert told(running, b"GET /healthz HTTP/1.0\r\n\r\n").status == 200
    assert told(running, b"GET /healthz HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n").status == 400
