"""However a connection's bytes are cut, the parser gets the same requests, without trailers and extensions."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.api.http.connection.framing import CHUNKS_AT_ONCE, MOST_TRAILERS, Framing
from router.errors import BadRequest, HeadTooLarge

HEAD_BYTES = 200
LINES = st.sampled_from([b"", b"x-a: b\r\n", b"x-a: b\r\nx-b: c; d\r\n"])
EXTENSIONS = st.sampled_from([b"", b"", b";a", b";a=b;c"])


class Sent(NamedTuple):
    """A request on the wire, and what the parser is to get of it."""

    wire: bytes
    parsed: bytes


@st.composite
def sized(draw: st.DrawFn) -> Sent:
    body = draw(st.binary(max_size=60))
    whole = b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    return Sent(whole, whole)


@st.composite
def chunked(draw: st.DrawFn) -> Sent:
    head = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    wire = parsed = head
    for piece in draw(st.lists(st.binary(min_size=1, max_size=20), max_size=5)):
        wire += b"%x%b\r\n%b\r\n" % (len(piece), draw(EXTENSIONS), piece)
        parsed += b"%x\r\n%b\r\n" % (len(piece), piece)
    return Sent(wire + b"0" + draw(EXTENSIONS) + b"\r\n" + draw(LINES) + b"\r\n", parsed + b"0\r\n\r\n")


PLAIN = st.just(Sent(b"\r\nGET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"))
REQUESTS = st.lists(st.one_of(PLAIN, sized(), chunked()), max_size=4)


def headers(head: bytes) -> list[tuple[bytes, bytes]]:
    pairs = (line.partition(b": ") for line in head.split(b"\r\n")[1:] if line)
    return [(name, value) for name, _, value in pairs]


def parsed(framing: Framing, data: bytes) -> bytes:
    """What the parser gets, once these bytes have come, too."""
    framing.feed(data)
    seen = b""
    while True:
        in_head = framing.in_head
        if (piece := framing.next()) is None:
            return seen
        assert piece
        if in_head:
            framing.follow(headers(piece))
        seen += piece


@given(REQUESTS, st.lists(st.integers(1, 30), min_size=1))
def test_any_cut_gives_the_same_requests(requests: list[Sent], sizes: list[int]) -> None:
    wire = b"".join(request.wire for request in requests)
    framing, seen, at, turn = Framing(HEAD_BYTES), b"", 0, 0
    while at < len(wire):
        size = sizes[turn % len(sizes)]
        seen += parsed(framing, wire[at : at + size])
        at, turn = at + size, turn + 1
    assert seen == b"".join(request.parsed for request in requests)
    assert framing.in_head
    assert not framing.begun


@given(st.integers(1, 300), st.integers(1, 40))
def test_a_head_is_taken_up_to_its_limit_and_no_further(size: int, cut: int) -> None:
    head = b"GET /" + b"y" * size + b"\r\n\r\n"
    framing = Framing(HEAD_BYTES)

    def sent() -> bytes:
        return b"".join(parsed(framing, head[at : at + cut]) for at in range(0, len(head), cut))

    if len(head) <= HEAD_BYTES:
        assert sent() == head
    else:
        with pytest.raises(HeadTooLarge):
            sent()


@given(st.integers(1, 2000))
def test_nothing_endless_is_held(cut: int) -> None:
    framing = Framing(HEAD_BYTES)
    parsed(framing, b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")
    with pytest.raises(HeadTooLarge):
        for _ in range(2 * MOST_TRAILERS // cut + 2):
            parsed(framing, b"y" * cut)
            assert framing.held <= MOST_TRAILERS


def test_a_piece_has_no_more_chunks_than_may_hold_up_others() -> None:
    framing = Framing(HEAD_BYTES)
    parsed(framing, b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n")
    framing.feed(b"1\r\nx\r\n" * (2 * CHUNKS_AT_ONCE))
    assert framing.next() == b"1\r\nx\r\n" * CHUNKS_AT_ONCE


def test_a_coding_that_nobody_decodes_is_refused() -> None:
    with pytest.raises(BadRequest, match="chunked"):
        Framing(HEAD_BYTES).follow([(b"transfer-encoding", b"gzip, chunked")])
