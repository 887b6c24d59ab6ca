"""Connections to a backend: kept, shared, given up, and never more than they may be."""

import asyncio
import gc
import socket
from collections.abc import Callable
from typing import Any

import pytest
from asking import backend, failure, heard, ran
from stub_samples import call, text

from providers.upstream.http.connection import MOST_HEAD, MOST_HELD, Connection
from providers.upstream.http.pool import Address, Pool
from router.bench.http.fake_backend import (
    DONE,
    HANG,
    STREAM_END,
    STREAM_HEAD,
    Upstream,
    answer,
    closed_port,
    completion,
    event,
    piece,
    words,
)
from router.errors import ProviderError

GOOD = [answer(completion())]
# Within the second for which an end is waited for, and beyond the pauses of a busy machine.
LATE_S = 0.4
# What asyncio's transports read at once.
LARGEST_READ = 256 * 1024


def test_a_connection_is_used_again() -> None:
    with backend(GOOD) as (provider, upstream):
        heard(provider, times=5)
        assert upstream.accepted == 1


def test_a_stream_gives_its_connection_back_too() -> None:
    async def thrice() -> None:
        for _ in range(3):
            async for _ in provider.stream(call(stream=True)):
                pass
            # The end of a stream may come a little after its last word.
            await until(nothing_lingers)

    with backend(words("a", "b")) as (provider, upstream):
        ran(provider, thrice)
        assert upstream.accepted == 1


def test_a_stream_whose_end_comes_after_its_last_word_is_waited_for_aside() -> None:
    late = [STREAM_HEAD, piece({"content": "a"}), piece({}, reason="stop"), event(DONE), LATE_S, STREAM_END]

    async def twice() -> tuple[int, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async for _ in provider.stream(call(stream=True)):
            pass
        took = loop.time() - began
        await until(nothing_lingers)
        async for _ in provider.stream(call(stream=True)):
            pass
        return upstream.accepted, took

    with backend(late) as (provider, upstream):
        accepted, took = ran(provider, twice)
    assert accepted == 1
    assert took < LATE_S


def test_a_stream_whose_end_never_comes_does_not_keep_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.upstream.http.pool.LINGER_S", 0.05)
    endless = [STREAM_HEAD, piece({"content": "a"}), piece({}, reason="stop"), event(DONE), HANG]
    with backend(endless) as (provider, upstream):
        assert text(heard(provider, stream=True)) == "a"
        wait_until(lambda: upstream.open == 0)


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_connection_that_was_closed_while_it_rested_is_replaced_unseen(end: Any) -> None:
    """The close races with the next request; either way the request is answered."""
    with backend([*GOOD, end]) as (provider, upstream):
        heard(provider, times=20)
        assert upstream.accepted == 20


def test_a_request_is_not_sent_again_once_an_answer_has_begun() -> None:
    half = [b"HTTP/1.1 200 OK\r\ncontent-", "close"]
    with backend(GOOD, half, GOOD) as (provider, upstream):
        with pytest.raises(ProviderError, match="before it answered"):
            heard(provider, times=2)
        assert len(upstream.asked) == 2


def test_nor_is_one_that_was_sent_over_a_fresh_connection() -> None:
    with backend(["close"]) as (provider, upstream):
        assert "before it answered" in failure(provider).message
        assert len(upstream.asked) == 1


def test_an_answer_that_says_so_closes_its_connection() -> None:
    with backend([answer(completion(), connection="close")]) as (provider, upstream):
        heard(provider, times=3)
        assert upstream.accepted == 3


def test_an_answer_without_a_length_ends_where_its_connection_does() -> None:
    whole = answer(completion())
    body = whole[whole.index(b"\r\n\r\n") + 4 :]
    with backend([b"HTTP/1.0 200 OK\r\n\r\n", body[:20], 0.01, body[20:], "close"]) as (provider, _):
        assert text(heard(provider)) == "All is well."


def test_an_interim_answer_is_none() -> None:
    with backend([b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", *GOOD]) as (provider, upstream):
        assert text(heard(provider, times=2)) == "All is well."
        assert upstream.accepted == 1


def test_an_answer_that_nobody_asked_for_costs_the_connection() -> None:
    with backend([answer(completion()) + answer(completion("Who asked?"))]) as (provider, upstream):
        assert text(heard(provider, times=2)) == "All is well."
        assert upstream.accepted == 2


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ([b"220 mail.example.org ready\r\n"], "does not speak HTTP/1.1"),
        ([b"HTTP/1.1 200 OK\r\nx: ", b"y" * (MOST_HEAD + 1)], "headers of more than"),
        ([b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"], "HTTP/1.1"),
    ],
)
def test_what_is_no_http_is_no_answer(sent: Any, words: str) -> None:
    with backend([*sent, HANG]) as (provider, _):
        error = failure(provider)
    assert error.outcome == "unavailable"
    assert words in error.message


def test_nobody_listens() -> None:
    with backend(GOOD, base_url=f"http://127.0.0.1:{closed_port()}/v1") as (provider, _):
        error = failure(provider)
    assert (error.outcome, error.message) == ("unavailable", "no connection: Connection refused")


def test_a_name_that_is_not_known() -> None:
    with backend(GOOD, base_url="http://nobody.invalid/v1") as (provider, _):
        assert failure(provider).message == "no connection: its name is not known"


def test_more_calls_than_connections_wait_their_turn_and_not_too_long() -> None:
    async def all_at_once(count: int) -> list[object]:
        async def ask_once() -> str:
            return text([chunk async for chunk in provider.stream(call())])

        return await asyncio.gather(*(ask_once() for _ in range(count)), return_exceptions=True)

    with backend([0.02, *GOOD], connections=2) as (provider, upstream):
        assert ran(provider, lambda: all_at_once(6)) == ["All is well."] * 6
        assert upstream.accepted == 2
    with backend([0.2, *GOOD], connections=1, timeouts={"connect": 0.05}) as (provider, _):
        first, second = ran(provider, lambda: all_at_once(2))
    assert first == "All is well."
    assert isinstance(second, ProviderError)
    assert (second.outcome, second.message) == ("timeout", "no connection within 0.05 s")


def test_a_connection_that_rested_too_long_is_not_used_and_does_not_stay() -> None:
    async def after_a_rest() -> None:
        async for _ in provider.stream(call()):
            pass
        await until(lambda: upstream.open == 0)
        async for _ in provider.stream(call()):
            pass

    with backend(GOOD, idle_s=0.05) as (provider, upstream):
        ran(provider, after_a_rest)
        assert upstream.accepted == 2


def test_what_rests_too_long_is_dropped_when_it_is_looked_for() -> None:
    async def taken() -> tuple[bool, int]:
        pool = Pool(Address("127.0.0.1", upstream.port), 4, 0.0, 1.0)
        connection = await pool.take()
        connection.reusable = True
        pool.give(connection)
        await asyncio.sleep(0.01)
        other = await pool.take()
        pool.give(other)
        await pool.aclose()
        return other is connection, pool.open

    with Upstream(lambda _: GOOD) as upstream:
        assert asyncio.run(taken()) == (False, 0)


def test_a_word_out_of_turn_closes_a_connection_that_rests() -> None:
    with backend([*GOOD, 0.01, b"HTTP/1.1 408 Request Timeout\r\n\r\n"]) as (provider, upstream):

        async def twice() -> None:
            async for _ in provider.stream(call()):
                pass
            await asyncio.sleep(0.3)
            async for _ in provider.stream(call()):
                pass

        ran(provider, twice)
        assert upstream.accepted == 2


def test_no_packet_waits_for_the_next() -> None:
    async def option() -> int:
        pool = Pool(Address("127.0.0.1", upstream.port), 1, 30.0, 1.0)
        connection = await pool.take()
        wire = connection._transport.get_extra_info("socket")
        option = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        pool.give(connection)
        await pool.aclose()
        return int(option)

    with Upstream(lambda _: GOOD) as upstream:
        assert asyncio.run(option())


def test_a_slow_reader_holds_the_backend_back() -> None:
    much = [STREAM_HEAD, *(piece({"content": "x" * 100_000}) for _ in range(150)), event(DONE), STREAM_END]
    held, connections = list[int](), list[Connection]()

    async def slowly() -> int:
        size = 0
        async for chunk in provider.stream(call(stream=True)):
            size += len(chunk.text)
            if size < 500_000:
                await asyncio.sleep(0.02)
            # Looked for once: a process may hold millions of objects.
            connections[:] = connections or [c for c in gc.get_objects() if type(c) is Connection]
            held.append(max(connection._held for connection in connections))
        return size

    with backend(much) as (provider, _):
        assert ran(provider, slowly) == 15_000_000
    # The last read before the mark may bring as much again as a loop reads at once: how much, is the machine's chance.
    assert max(held) <= MOST_HELD + LARGEST_READ


def test_a_client_that_leaves_closes_the_connection() -> None:
    async def leave() -> None:
        stream = provider.stream(call(stream=True))
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]

    with backend([STREAM_HEAD, piece({"content": "a"}), HANG]) as (provider, upstream):
        ran(provider, leave)
        wait_until(lambda: upstream.open == 0)


def test_a_call_that_is_cancelled_while_it_waits_closes_the_connection() -> None:
    async def cancel() -> None:
        task = asyncio.ensure_future(anext(provider.stream(call())))
        await until(lambda: bool(upstream.asked))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with backend([HANG]) as (provider, upstream):
        ran(provider, cancel)
        wait_until(lambda: upstream.open == 0)


def test_closing_lets_what_is_under_way_end() -> None:
    async def close_meanwhile() -> str:
        stream = provider.stream(call(stream=True))
        first = await anext(stream)
        await provider.aclose()  # type: ignore[attr-defined]
        return first.text + text([chunk async for chunk in stream])

    with backend([STREAM_HEAD, piece({"content": "a"}), 0.05, *words("b", "c")[2:]]) as (provider, upstream):
        assert ran(provider, close_meanwhile) == "abc"
        wait_until(lambda: upstream.open == 0)


def test_a_provider_outlives_the_loop_that_used_it() -> None:
    with backend(GOOD) as (provider, upstream):
        for _ in range(3):
            assert text(heard(provider)) == "All is well."
        assert upstream.accepted == 3


def nothing_lingers() -> bool:
    """Whether whoever asks is all that goes on in the loop."""
    return len(asyncio.all_tasks()) == 1


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - another thread's state
            await asyncio.sleep(0.005)


def wait_until(true: Callable[[], bool]) -> None:
    asyncio.run(until(true))


def test_a_stream_that_somebody_forgets_gives_its_connection_up() -> None:
    async def forget() -> None:
        stream = provider.stream(call(stream=True))
        await anext(stream)
        del stream
        await until(lambda: upstream.open == 0)

    with backend([STREAM_HEAD, piece({"content": "a"}), HANG]) as (provider, upstream):
        ran(provider, forget)


def test_who_leaves_as_soon_as_there_is_room_passes_it_on() -> None:
    async def passed() -> tuple[bool, int]:
        pool = Pool(Address("127.0.0.1", upstream.port), 1, 30.0, 5.0)
        first = await pool.take()
        leaving, waiting = (asyncio.ensure_future(pool.take()) for _ in range(2))
        await asyncio.sleep(0)
        first.reusable = True
        pool.give(first)
        leaving.cancel()
        second = await waiting
        pool.give(second)
        await pool.aclose()
        return leaving.cancelled(), pool.open

    with Upstream(lambda _: GOOD) as upstream:
        assert asyncio.run(passed()) == (True, 0)


def test_one_timer_serves_the_requests_of_a_connection() -> None:
    async def timers() -> set[int]:
        seen = set[int]()
        for _ in range(3):
            async for _ in provider.stream(call()):
                pass
            (connection,) = provider._backend._pool._idle  # type: ignore[attr-defined]
            seen.add(id(connection._timer))
        return seen

    with backend(GOOD) as (provider, _):
        assert len(ran(provider, timers)) == 1
