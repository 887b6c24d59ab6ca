"""What is large is settled in a thread: that may fail, be left or not begin, and there is one receipt all the same."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from attacks.bodies import BODIES, written
from attacks.house import House
from router.serving.work.heavy_work import SMALL
from router.types import Chunk

CHAT = "/v1/chat/completions"
LONG = [Chunk(text="word " * SMALL), Chunk(finish_reason="stop")]


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    house.backend.script = lambda _: LONG
    yield house
    house.refuse_open_books()
    house.close()


def panic(*_: object) -> Any:
    raise BaseException("a panic")


def test_a_panic_in_a_thread_costs_no_receipt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.serving.answer.count_usage", panic)
    monkeypatch.setattr("router.serving.answer.seal_in_pieces", panic)
    monkeypatch.setattr(house.service.state.affinity, "marks", panic)
    monkeypatch.setattr(house.service.state.thoughts, "learn", panic)
    status, _ = house.post(CHAT, written(BODIES[CHAT]))
    (receipt,) = house.new_receipts()
    assert (status, receipt["outcome"], receipt["usage"]["counted"]) == (200, "ok", "estimate")
    assert house.service.state.heavy_work.handed_over


def test_without_a_thread_it_is_counted_on_the_spot(house: House) -> None:
    house.service.state.heavy_work.close()
    house.post(CHAT, written(BODIES[CHAT]))
    (receipt,) = house.new_receipts()
    assert receipt["outcome"] == "ok"
    assert receipt["usage"]["output_tokens"] >= SMALL


def test_what_was_counted_while_a_client_left_is_not_counted_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, leaving = house.service.state.heavy_work.finish, []

    async def left(work: Any) -> Any:
        leaving.append(asyncio.current_task())
        await finish(work)
        monkeypatch.setattr("router.serving.answer.count_usage", panic)
        raise asyncio.CancelledError

    monkeypatch.setattr(house.service.state.heavy_work, "finish", left)
    with pytest.raises(asyncio.CancelledError):
        house.post(CHAT, written(BODIES[CHAT]))
    (receipt,) = house.new_receipts()
    assert leaving
    assert receipt["usage"]["counted"] != "estimate"
    assert receipt["usage"]["output_tokens"] >= SMALL


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_too_long_ends_by_a_code(house: House, stream: bool) -> None:
    most = house.service.state.limits.answer_bytes
    house.backend.script = lambda _: [Chunk(text="x"), Chunk(text="x" * most)]
    house.post(CHAT, written(BODIES[CHAT] | {"stream": stream}))
    (receipt,) = house.new_receipts()
    assert (receipt["outcome"], receipt["attempts"][-1]["detail"]) == ("cut_off", "too_long")
