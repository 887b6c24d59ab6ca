"""A client that leaves, where the server says so itself: no second task, and nothing is left of it."""

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest

from router.api.http.asgi import ClientLeft, Watch, read_body
from router.api.http.body_limits import BodyLimits
from router.errors import Overloaded, TooLarge
from router.serving.limits import Limits
from router.serving.work.body_room import BodyRoom
from router.serving.work.heavy_work import SMALL


class Line:
    """A connection whose client leaves when it is told to."""

    def __init__(self, *, is_whole: bool = True) -> None:
        self.is_whole = is_whole
        self.calls: list[Callable[[], object]] = []

    def when_client_leaves(self, call: Callable[[], object]) -> Callable[[], None]:
        self.calls.append(call)
        return self.calls.clear

    def leave(self) -> None:
        for call in self.calls:
            call()


async def silent() -> MutableMapping[str, Any]:
    raise AssertionError("nobody listens")


def test_a_client_that_leaves_ends_the_work_without_a_second_task() -> None:
    line, tasks = Line(), []

    async def work() -> str:
        with Watch(silent, line) as watch:
            asyncio.get_running_loop().call_later(0.5, line.leave)
            await asyncio.sleep(0.02)
            tasks.append(len(asyncio.all_tasks()))
            await asyncio.sleep(60)
        return "left" if watch.left else "stayed"

    assert asyncio.run(work()) == "left"
    assert tasks == [1]
    assert line.calls == []


def test_who_stays_is_not_cancelled_by_leaving_afterwards() -> None:
    line = Line()

    async def work() -> bool:
        with Watch(silent, line) as watch:
            await asyncio.sleep(0)
        line.leave()
        await asyncio.sleep(0)
        return watch.left

    assert asyncio.run(work()) is False


def test_another_cancellation_goes_on() -> None:
    async def work() -> None:
        with Watch(silent, Line()):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(work())


@pytest.mark.parametrize("is_whole", [True, False])
def test_only_a_body_that_is_not_whole_is_waited_for(is_whole: bool) -> None:
    limits = BodyLimits(Limits())
    assert (limits.guard(silent, Line(is_whole=is_whole)) is silent) is is_whole
    assert limits.guard(silent) is not silent


def body(*pieces: bytes, room: BodyRoom | None = None, limit: int = 10 * SMALL) -> bytes:
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = False

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0)

    return asyncio.run(read_body(receive, {"headers": []}, limit, room))


def test_small_bodies_take_no_room_and_large_ones_theirs() -> None:
    room = BodyRoom(2 * SMALL)
    assert body(b"ab", room=room) == b"ab"
    assert body(b"a", b"b", b"", room=room) == b"ab"
    assert room.held == 0
    assert len(body(b"x" * (SMALL + 1), room=room)) == room.held == SMALL + 1
    with pytest.raises(Overloaded):
        body(b"x" * SMALL, b"x" * SMALL, room=room)
    assert room.held == SMALL + 1


@pytest.mark.parametrize("pieces", [(b"abc",), (b"a", b"bc"), (b"ab", b"c", b"")])
def test_no_body_is_larger_than_its_limit(pieces: tuple[bytes, ...]) -> None:
    assert body(*pieces, limit=3) == b"abc"
    with pytest.raises(TooLarge):
        body(*pieces, limit=2)


def test_a_client_that_left_before_its_body_was_whole_is_no_failure() -> None:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientLeft):
        asyncio.run(read_body(receive, {"headers": []}, 3))
