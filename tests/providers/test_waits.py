"""How long a backend's next byte is waited for, by a clock that waits for nobody."""

import asyncio
from collections.abc import Sequence

import pytest
from unit.api.virtual_time import run

from providers.upstream.backend import Wait
from providers.upstream.settings import Timeouts

TIMES = Timeouts(first_token=60, between_tokens=30, whole=100)


def waited(times: Timeouts, tokens: Sequence[float], *, streamed: bool = True) -> tuple[float, str, str]:
    """When it would be too late, seen from the begin, after tokens that came after these pauses; and what is said."""

    async def due() -> tuple[float, str, str]:
        loop = asyncio.get_running_loop()
        begun, wait = loop.time(), Wait(times, streamed=streamed)
        for pause in tokens:
            await asyncio.sleep(pause)
            assert loop.time() <= wait.due
            wait.for_the_next()
        return wait.due - begun, wait.late, wait.code

    return run(due())


def test_a_token_begins_the_time_anew() -> None:
    assert waited(TIMES, []) == (60, "no first token within 60 s", "late_first_token")
    assert waited(TIMES, [59, 29, 29, 29]) == (176, "no further token within 30 s", "late_token")
    assert waited(TIMES, [1.0] * 10_000)[0] == 10_030


def test_an_answer_that_comes_at_once_has_one_time() -> None:
    assert waited(TIMES, [], streamed=False) == (100, "no whole answer within 100 s", "late_answer")


def test_whole_bounds_each_silence_too() -> None:
    short = Timeouts(first_token=60, between_tokens=30, whole=10)
    assert waited(short, []) == (10, "no whole answer within 10 s", "late_answer")
    assert waited(short, [9, 9, 9]) == (37, "no whole answer within 10 s", "late_answer")


@pytest.mark.parametrize("streamed", [True, False])
def test_a_total_bounds_it_all_where_one_is_set(streamed: bool) -> None:
    bounded = Timeouts(first_token=60, between_tokens=30, whole=100, total=50)
    assert waited(bounded, [], streamed=streamed) == (50, "the answer did not end within 50 s", "late_end")
    assert waited(bounded, [10.0, 5.0]) == (45, "no further token within 30 s", "late_token")
    assert waited(bounded, [10.0, 15.0]) == (50, "the answer did not end within 50 s", "late_end")
