"""The limits of keys: exact at one server, never passed by several, and closed where they can't be asked."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.errors import RateLimited, Unreachable
from router.ledger.location import Place
from router.ledger.rate_window_store import Owed, Windows
from router.serving import rate_limiter as metering_module
from router.serving.rate_limiter import RateLimiter, Standing
from router.types import Access
from unit.metering_samples import House, key


@pytest.mark.parametrize("limit", [1, 2, 3, 59, 60, 61, 100, 119, 121, 1_000])
def test_one_server_lets_exactly_the_limit_pass_and_the_next_minute_as_much(limit: int) -> None:
    house, access = House(), key(requests_per_minute=limit)
    assert sum(house.admits(access) for _ in range(limit + 5)) == limit
    house.clock.now += 60.0
    assert not house.admits(access), "the slot is not a minute old to its end"
    house.clock.now += 1.0
    assert sum(house.admits(access) for _ in range(limit + 5)) == limit


def test_over_a_minute_that_is_spread_out_the_limit_is_exact_too() -> None:
    house, access = House(), key(requests_per_minute=600)
    admitted = 0
    for _ in range(59):
        admitted += sum(house.admits(access) for _ in range(11))
        house.clock.now += 1
    assert admitted == 600


def test_no_limit_lets_all_pass_and_asks_nobody() -> None:
    house, access = House(), key()
    house.windows.close()
    passages = [house.admit(access) for _ in range(100)]
    assert house.servers[0].in_flight["search"] == 100
    for passage in passages:
        asyncio.run(passage.reserve(10**9))
        passage.settle(5)
        passage.leave()
        passage.leave()
    assert house.servers[0].in_flight["search"] == 0
    assert house.servers[0].standings(access) == {}


def test_who_is_refused_is_told_when_to_ask_again() -> None:
    house, access = House(), key(requests_per_minute=2)
    house.admits(access)
    house.clock.now += 10
    house.admits(access)
    with pytest.raises(RateLimited, match=r"'search' may make 2 requests a minute, and has\. Ask again in 51 s") as no:
        house.admit(access)
    assert (no.value.status, no.value.retry_after) == (429, 51)
    house.clock.now += 51
    assert [house.admits(access) for _ in range(2)] == [True, False]


def test_in_flight_is_counted_and_given_back() -> None:
    house, access = House(), key(in_flight=2)
    first, second = house.admit(access), house.admit(access)
    with pytest.raises(RateLimited, match="2 requests in flight, which is its limit") as no:
        house.admit(access)
    assert no.value.retry_after == 1
    first.leave()
    assert house.admits(access)
    second.leave()
    assert house.servers[0].in_flight["search"] == 0


def test_tokens_are_reserved_as_expected_and_counted_as_used() -> None:
    house, access = House(), key(tokens_per_minute=1_000)
    passage = house.reserves(access, 600)
    assert passage
    assert house.reserves(access, 500) is None
    passage.settle(100)
    assert house.servers[0].standings(access)["tokens"] == Standing(1_000, 900, 61)
    other = house.reserves(access, 900)
    assert other
    other.settle(1_500)
    assert house.servers[0].standings(access)["tokens"].remaining == 0
    assert house.reserves(access, 1) is None, "what an answer took beyond what was expected counts too"
    house.clock.now += 61
    assert house.reserves(access, 1_000)


def test_a_request_that_fails_gives_back_its_tokens() -> None:
    house, access = House(), key(tokens_per_minute=100)
    for _ in range(3):
        passage = house.reserves(access, 100)
        assert passage
        passage.leave()
    house.clock.now += 2
    late = house.reserves(access, 100)
    assert late
    house.clock.now += 5
    late.leave()
    assert house.reserves(access, 100), "given back after its slot"


def test_a_request_that_is_larger_than_the_limit_is_told_so() -> None:
    house, access = House(), key(tokens_per_minute=100, requests_per_minute=5)
    passage = house.admit(access)
    with pytest.raises(RateLimited, match="100 tokens a minute, and this request alone is expected to take 101") as no:
        asyncio.run(passage.reserve(101))
    assert no.value.retry_after is None
    with pytest.raises(RateLimited, match=r"60 more are not free\. Ask again in 61 s"):
        for _ in range(2):
            asyncio.run(house.admit(access).reserve(60))


def test_a_request_that_has_no_tokens_left_is_not_counted_as_a_request() -> None:
    house, access = House(), key(tokens_per_minute=100, requests_per_minute=3)
    assert house.reserves(access, 100)
    for _ in range(5):
        assert house.reserves(access, 1) is None
    assert house.servers[0].standings(access)["requests"].remaining == 2


def test_what_a_server_leased_and_did_not_use_is_free_for_others_once_it_is_told() -> None:
    house, access = House(2), key(requests_per_minute=600)
    assert house.admits(access, 0)
    assert sum(house.admits(access, 1) for _ in range(600)) == 590
    house.servers[0].settle()
    assert not house.admits(access, 1), "a lease that is good yet is kept"
    house.clock.now += 1
    house.servers[0].settle()
    assert sum(house.admits(access, 1) for _ in range(20)) == 9


def test_a_server_that_stops_gives_back_its_lease() -> None:
    house, access = House(2), key(requests_per_minute=600)
    assert house.admits(access, 0)
    house.servers[0].settle(leaving=True)
    assert sum(house.admits(access, 1) for _ in range(610)) == 599


EVENTS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.05, 0.4, 1.0, 7.0]), st.booleans()), max_size=150
)


@settings(max_examples=60)
@given(st.sampled_from([1, 2, 7, 90]), EVENTS)
def test_however_many_servers_there_are_no_minute_has_more_requests_than_the_limit(
    limit: int, events: list[tuple[int, float, bool]]
) -> None:
    house, access, passed = House(3), key(requests_per_minute=limit), []
    for server, pause, settles in events:
        house.clock.now += pause
        passed += [house.clock.now] * sum(house.admits(access, server) for _ in range(3))
        if settles:
            house.servers[server].settle()
    for moment in passed:
        assert sum(moment - 60 < other <= moment for other in passed) <= limit


@settings(max_examples=60)
@given(EVENTS, st.integers(1, 400), st.lists(st.integers(0, 300), min_size=5, max_size=5))
def test_a_minute_has_no_more_tokens_than_the_limit_and_what_was_underestimated(
    events: list[tuple[int, float, bool]], limit: int, uses: list[int]
) -> None:
    house, access = House(3), key(tokens_per_minute=limit)
    used: list[tuple[float, int, int]] = []
    for number, (server, pause, settles) in enumerate(events):
        house.clock.now += pause
        expected, taken = 20, uses[number % len(uses)]
        passage = house.reserves(access, expected, server)
        if passage:
            used.append((house.clock.now, taken, max(0, taken - expected)))
            passage.settle(taken)
            passage.leave()
        if settles:
            house.servers[server].settle()
    for moment, *_ in used:
        minute = [(taken, beyond) for other, taken, beyond in used if moment - 60 < other <= moment]
        assert sum(taken for taken, _ in minute) <= limit + sum(beyond for _, beyond in minute)


def test_a_refusal_is_remembered_for_its_slot_and_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    house, access, asked = House(), key(requests_per_minute=1), []
    lease = house.windows.lease
    monkeypatch.setattr(house.windows, "lease", lambda *about: asked.append(about) or lease(*about))
    assert [house.admits(access) for _ in range(50)] == [True] + [False] * 49
    assert len(asked) == 2
    house.clock.now += 1
    assert not house.admits(access)
    assert len(asked) == 3


def test_leases_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write for each second in which something is asked, and for each sixtieth of the limit."""
    house, access, asked = House(), key(requests_per_minute=60_000), []
    lease = house.windows.lease
    monkeypatch.setattr(house.windows, "lease", lambda *about: asked.append(about) or lease(*about))
    assert all(house.admits(access) for _ in range(3_000))
    assert len(asked) == 3


def broken(*about: Any) -> Any:
    raise Unreachable("the disk is gone")


def test_a_window_that_cant_be_asked_lets_nothing_through(monkeypatch: pytest.MonkeyPatch) -> None:
    house, access = House(), key(requests_per_minute=10)
    monkeypatch.setattr(house.windows, "lease", broken)
    with pytest.raises(Unreachable):
        house.admit(access)
    assert house.servers[0].in_flight["search"] == 0


def test_a_request_whose_tokens_cant_be_asked_for_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    house, access = House(), key(requests_per_minute=2, tokens_per_minute=100)
    lease = house.windows.lease

    def half(name: str, *about: Any) -> Any:
        return broken() if name.endswith("tokens") or "tokens" in name else lease(name, *about)

    for _ in range(5):
        with monkeypatch.context() as patch:
            patch.setattr(house.windows, "lease", half)
            passage = house.admit(access)
            with pytest.raises(Unreachable):
                asyncio.run(passage.reserve(10))
            passage.leave()
    assert house.reserves(access, 10)


def test_nobody_waits_while_a_lease_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    house, access = House(), key(tokens_per_minute=100)
    first = house.reserves(access, 60)
    assert first
    meter, asked, go = house.servers[0].meter("tokens", access), Event(), Event()
    lease = house.windows.lease

    def slow(*about: Any) -> Any:
        asked.set()
        assert go.wait(20)
        return lease(*about)

    monkeypatch.setattr(house.windows, "lease", slow)
    house.clock.now += 60
    asking = Thread(target=house.reserves, args=(access, 30))
    asking.start()
    assert asked.wait(20)
    first.settle(10)
    assert meter.standing(100).limit == 100
    assert meter.at_hand(1) is None
    go.set()
    asking.join()
    assert (owed := meter.owing())
    assert sum(owed.back.values()) == -50


def test_what_cant_be_told_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    house, access = House(), key(tokens_per_minute=1_000)
    server = house.servers[0]
    back, beyond = house.reserves(access, 10), house.reserves(access, 10)
    assert back
    assert beyond
    house.clock.now += 1
    back.settle(4)
    beyond.settle(500)
    with monkeypatch.context() as patch:
        patch.setattr(house.windows, "settle", broken)
        for _ in range(2):
            with pytest.raises(Unreachable):
                server.settle()
        assert server.standings(access)["tokens"].remaining == 1_000 - 504
    server.settle()
    server.settle()
    assert house.windows.lease("tokens/search", 497, 1_000, Owed()).amount == 0
    assert house.windows.lease("tokens/search", 496, 1_000, Owed()).amount == 496


def test_a_server_that_stops_while_nothing_can_be_told_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    house, access = House(), key(requests_per_minute=6_000)
    assert house.admits(access)
    monkeypatch.setattr(house.windows, "settle", broken)
    house.servers[0].close()


def test_settling_goes_on_whatever_happens(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(metering_module, "SETTLE_S", 0.001)
    server, tried = House().servers[0], []

    async def run() -> None:
        done = asyncio.Event()

        def settle() -> None:
            tried.append(1)
            if len(tried) == 1:
                broken()
            loop.call_soon_threadsafe(done.set)

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(server, "settle", settle)
        keeping = asyncio.create_task(server.keep_settling())
        await asyncio.wait_for(done.wait(), 10)
        keeping.cancel()

    asyncio.run(run())
    assert "told later: the disk is gone" in caplog.text


@contextmanager
def two_stores(place: Place) -> Iterator[tuple[Windows, Windows]]:
    first, other = place.windows(), place.windows()
    try:
        yield first, other
    finally:
        first.close()
        other.close()


def test_servers_share_what_is_counted_wherever_it_is_kept(place: Place) -> None:
    access = key(requests_per_minute=7)
    with two_stores(place) as stores:
        passed: list[int] = []

        def ask(windows: Windows) -> None:
            server = RateLimiter(windows)
            passed.append(sum(_admits(server, access) for _ in range(7)))

        threads = [Thread(target=ask, args=(windows,)) for windows in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(passed) == 7
        stores[0].settle({"requests/search": Owed({}, 3), "tokens/search": Owed({}, 5)})
        assert stores[1].lease("tokens/search", 6, 10, Owed()).amount == 0


def _admits(server: RateLimiter, access: Access) -> bool:
    async def admit() -> bool:
        try:
            (await server.admit(access)).leave()
        except RateLimited:
            return False
        return True

    return asyncio.run(admit())


def test_what_was_taken_outlives_the_server(tmp_path: Path) -> None:
    place, access = Place(tmp_path), key(requests_per_minute=100)
    server = RateLimiter(place.windows())
    assert all(_admits(server, access) for _ in range(60))
    server.close()
    again = RateLimiter(place.windows())
    assert sum(_admits(again, access) for _ in range(100)) == 40
    again.close()


def test_a_question_that_is_asked_meanwhile_does_not_hold_up_the_loop() -> None:
    """While one thread asks across a network, what is at hand is not at hand: the next asks in a thread too."""
    house, access = House(), key(requests_per_minute=600)
    meter = house.servers[0].meter("requests", access)
    assert house.admits(access)
    with meter._turn:
        assert meter.at_hand(1) is None
    assert meter.at_hand(1) is not None
