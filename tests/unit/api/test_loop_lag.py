"""How late the loop is: counted, summed, and the worst of late kept apart from that of long ago."""

import asyncio
import gc
import sys

import pytest

from router.api.bodies.interpreter_settings import MAPPED, TURN_S, settle_interpreter, spare_the_start
from router.api.http.loop_lag import BOUNDS_S, WINDOW_S, LoopLag
from router.bench.http.load.load_test import longest_lag


def test_lags_are_counted_by_their_length() -> None:
    lag = LoopLag()
    for seconds in (-0.001, 0.0005, 0.02, 0.021, 9.0):
        lag.note(seconds, 0.0)
    counts = dict(zip(BOUNDS_S, lag.counts, strict=True))
    assert (counts[0.001], counts[0.02], counts[0.05], counts[float("inf")]) == (2, 1, 1, 1)
    assert sum(lag.counts) == 5
    assert lag.seconds == 0.0005 + 0.02 + 0.021 + 9.0


def test_the_worst_is_forgotten_after_two_windows() -> None:
    lag = LoopLag()
    lag.note(3.0, 0.0)
    lag.note(0.01, WINDOW_S + 1)
    assert lag.worst_s == 3.0
    lag.note(0.02, 2 * WINDOW_S + 2)
    assert lag.worst_s == 0.02


def test_it_looks_until_it_is_cancelled() -> None:
    class Seen(LoopLag):
        def __init__(self) -> None:
            super().__init__()
            self.twice = asyncio.Event()

        def note(self, lag_s: float, now_s: float) -> None:
            super().note(lag_s, now_s)
            if sum(self.counts) == 2:
                self.twice.set()

    async def watched() -> int:
        lag = Seen()
        task = asyncio.create_task(lag.keep_watch())
        await lag.twice.wait()
        task.cancel()
        await asyncio.wait([task])
        return sum(lag.counts)

    assert asyncio.run(watched()) >= 2


def test_the_allocator_is_asked_to_give_large_memory_back(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", turns.append)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    asked: list[tuple[int, int]] = []

    class Library:
        def mallopt(self, what: int, value: int) -> int:
            asked.append((what, value))
            return 1

    def none() -> object:
        raise OSError

    assert settle_interpreter(Library)
    assert asked == [(-3, MAPPED)]
    assert not settle_interpreter(object)
    assert not settle_interpreter(none)
    assert turns == [TURN_S] * 3


def test_a_spared_start_looks_for_garbage_again_once_the_server_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[bool] = []
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(gc, "collect", lambda: collected.append(True))
    spare_the_start()
    try:
        assert not gc.isenabled()
        settle_interpreter(object)
        assert gc.isenabled()
        assert collected == []
    finally:
        gc.enable()
    settle_interpreter(object)
    assert collected == [True]


def test_the_longest_lag_between_two_looks_is_bounded_by_its_bucket() -> None:
    before = {0.01: 5.0, 0.05: 6.0, float("inf"): 7.0}
    assert longest_lag(before, {0.01: 9.0, 0.05: 10.0, float("inf"): 11.0}) == 0.01
    assert longest_lag(before, {0.01: 9.0, 0.05: 11.0, float("inf"): 12.0}) == 0.05
    assert longest_lag(before, {0.01: 5.0, 0.05: 6.0, float("inf"): 8.0}) == float("inf")
    assert longest_lag({}, {}) == 0.0
