"""Large bodies share a room: all of it is given back, whatever becomes of them, and small ones need none."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.api.http.asgi import ClientLeft, read_body
from router.errors import Overloaded, TooLarge
from router.serving.work.body_room import BodyRoom
from router.serving.work.heavy_work import SMALL

MOST = 4 * SMALL


def read(room: BodyRoom, pieces: Sequence[int], *, leaves: bool = False, limit: int = MOST) -> bytes:
    def message(size: int, *, more: bool) -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * size, "more_body": more}

    messages = [message(size, more=True) for size in pieces]
    messages.append({"type": "http.disconnect"} if leaves else message(0, more=False))
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    return asyncio.run(read_body(receive, {"headers": []}, limit, room))


@given(st.lists(st.integers(0, SMALL), max_size=9), st.booleans(), st.integers(0, MOST))
def test_what_is_held_is_what_was_read_and_is_large(pieces: list[int], leaves: bool, held: int) -> None:
    room = BodyRoom(MOST)
    room.take(held)
    try:
        size = len(read(room, pieces, leaves=leaves))
    except (ClientLeft, Overloaded, TooLarge):
        assert room.held == held
    else:
        assert room.held == held + (size if size > SMALL else 0) <= MOST
        assert size == sum(pieces)


def test_a_small_body_is_let_in_where_there_is_no_room() -> None:
    room = BodyRoom(0)
    assert len(read(room, [SMALL])) == SMALL
    with pytest.raises(Overloaded, match="the most is 0") as raised:
        read(room, [SMALL, 1])
    assert raised.value.retry_after == 1
