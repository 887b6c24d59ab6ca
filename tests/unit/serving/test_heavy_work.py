"""Large work is done apart, and what must be done is done though its client leaves, once or twice."""

import asyncio
import threading

import pytest

from router.errors import ProviderError
from router.serving.limits import Limits
from router.serving.work.answer_size import CHUNKS_AT_ONCE, CHUNKS_IN_A_ROW, AnswerSize
from router.serving.work.heavy_work import SMALL, HeavyWork
from router.types import Chunk, ToolCallPiece


def test_work_is_done_in_a_thread_of_its_own() -> None:
    async def names() -> tuple[str, str]:
        work = HeavyWork()
        try:
            return (
                await work.run(lambda: threading.current_thread().name),
                await work.finish(lambda: threading.current_thread().name),
            )
        finally:
            work.close()

    assert [name.split("_")[0] for name in asyncio.run(names())] == ["heavy", "heavy"]


@pytest.mark.parametrize("times", [1, 2, 5])
def test_what_must_be_done_is_done_however_often_it_is_cancelled(times: int) -> None:
    done: list[bool] = []
    may_end = threading.Event()

    def work() -> None:
        may_end.wait(20)
        done.append(True)

    async def cancelled() -> bool:
        heavy = HeavyWork()
        task = asyncio.create_task(heavy.finish(work))
        for _ in range(times):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        may_end.set()
        await asyncio.wait([task])
        heavy.close()
        return task.cancelled()

    assert asyncio.run(cancelled())
    assert done == [True]


def test_an_error_of_the_work_is_the_callers() -> None:
    async def fails() -> None:
        work = HeavyWork()
        try:
            await work.finish(lambda: 1 // 0)
        finally:
            work.close()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(fails())


def test_work_that_has_not_begun_never_does_once_nobody_waits() -> None:
    begun: list[int] = []
    may_end = threading.Event()

    async def queued() -> None:
        heavy = HeavyWork(1)
        first = asyncio.create_task(heavy.run(lambda: may_end.wait(20)))
        second = asyncio.create_task(heavy.run(lambda: begun.append(1)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        may_end.set()
        await first
        await heavy.run(lambda: None)
        heavy.close()

    asyncio.run(queued())
    assert begun == []


def test_an_answer_is_long_by_its_words_or_its_pieces() -> None:
    size = AnswerSize(Limits())
    size.add(Chunk(text="x" * SMALL))
    assert not size.is_long
    size.add(Chunk(text="x"))
    assert size.is_long
    many = AnswerSize(Limits())
    turns = 0
    for _ in range(CHUNKS_AT_ONCE):
        turns += many.add(Chunk(text="x"))
    assert not many.is_long
    assert turns == CHUNKS_AT_ONCE // CHUNKS_IN_A_ROW
    many.add(Chunk(text="x"))
    assert many.is_long


@pytest.mark.parametrize(
    "chunk",
    [
        Chunk(text="x" * 11),
        Chunk(tool_call=ToolCallPiece(0, arguments="x" * 11)),
        Chunk(beside={"refusal": "x" * 11}),
    ],
)
def test_words_beyond_the_limit_are_not_taken_wherever_they_stand(chunk: Chunk) -> None:
    with pytest.raises(ProviderError, match="longer than 10 characters") as raised:
        AnswerSize(Limits(answer_bytes=10)).add(chunk)
    assert raised.value.outcome == "cut_off"


def test_sounds_and_vectors_are_long_and_have_bounds_of_their_own() -> None:
    size = AnswerSize(Limits(answer_bytes=10))
    size.add(Chunk(beside={"audio": b"x" * SMALL, "number": 7}))
    assert not size.is_long
    size.add(Chunk(beside={"embedding": [0.5] * 11}))
    assert size.is_long
