"""Events out of bytes, however they are cut."""

from itertools import pairwise

import pytest
from asking import backend, failure
from hypothesis import given
from hypothesis import strategies as st

from providers.upstream.http.events import MOST_EVENT, EventReader, TooLong
from router.bench.http.fake_backend import STREAM_HEAD, framed

LINES = st.lists(
    st.sampled_from(
        [
            b"data: {}",
            b"data:x",
            b"data:  two",
            b"data: ",
            b"",
            b"",
            b": ping",
            b"event: e",
            b"id: 1",
            b"retry: 5",
            b"?",
        ]
    ),
    max_size=30,
)


def with_ends(lines: list[bytes]) -> list[bytes]:
    """Each line an event of its own, as most are."""
    return [part for line in lines for part in (line, b"")]


def read(*pieces: bytes) -> list[bytes]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)] + reader.rest()


@given(LINES, st.lists(st.integers(0, 300), max_size=12), st.booleans())
def test_cutting_changes_nothing(lines: list[bytes], cuts: list[int], returns: bool) -> None:
    stream = (b"\r\n" if returns else b"\n").join(lines)
    places = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    assert read(*pieces) == read(stream.replace(b"\r\n", b"\n"))


@given(st.one_of(LINES, st.lists(st.sampled_from([b"data: {}", b"data: ", b"", b"data: two\n"])).map(with_ends)))
def test_events_are_what_their_lines_say(lines: list[bytes]) -> None:
    events, data = list[bytes](), list[bytes]()
    for line in b"\n".join([*lines, b"", b""]).split(b"\n"):
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            events.append(b"\n".join(data))
            data = []
    assert read(b"\n".join(lines)) == events


def test_what_the_standard_says() -> None:
    assert read(b": hello\n\ndata: a\n\nevent: e\nid: 1\ndata:b\n\n") == [b"a", b"b"]
    assert read(b"data: a\ndata: b\n\n") == [b"a\nb"]
    assert read(b"data:  a \n\n") == [b" a "]
    assert read(b"database: a\n\n\n\n") == []
    assert read("data: 안녕\n\n".encode()) == ["안녕".encode()]


def test_the_last_event_needs_no_empty_line() -> None:
    assert read(b"data: a") == [b"a"]
    assert read(b"data: a\n") == [b"a"]


def test_nothing_is_held_beyond_the_limit() -> None:
    reader = EventReader()
    reader.feed(b"data: " + b"x" * (MOST_EVENT - 10))
    with pytest.raises(TooLong):
        reader.feed(b"x" * 20)
    with pytest.raises(TooLong):
        read(*[b"data: " + b"x" * 1_000_000 + b"\n"] * 5)


def test_a_line_without_end_is_no_answer() -> None:
    with backend([STREAM_HEAD, framed(b"data: "), *[framed(b"x" * 1_000_000)] * 5]) as (provider, _):
        error = failure(provider, stream=True)
    assert error.outcome == "unavailable"
    assert error.message == f"the backend sent an event of more than {MOST_EVENT:,} bytes"
