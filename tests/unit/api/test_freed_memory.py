"""Memory goes back to the system after large work, and nobody waits for it."""

import asyncio

from router.api.bodies.freed_memory import FreedMemory, trim_of_system


def test_it_is_given_back_once_after_large_work_and_not_without() -> None:
    worked, given = [3], list[int]()
    memory = FreedMemory(lambda: worked[0], lambda: given.append(worked[0]))

    async def looks() -> None:
        await memory.give_back()
        worked[0] += 2
        await memory.give_back()
        await memory.give_back()

    asyncio.run(looks())
    assert given == [5]


def test_it_goes_on_for_as_long_as_the_server_runs() -> None:
    worked, given = iter(range(100)), list[None]()

    async def looked() -> None:
        often = asyncio.Event()
        loop = asyncio.get_running_loop()

        def give() -> None:
            given.append(None)
            if len(given) == 3:
                loop.call_soon_threadsafe(often.set)

        watching = asyncio.create_task(FreedMemory(lambda: next(worked), give).keep_giving_back(0))
        async with asyncio.timeout(30):
            await often.wait()
        watching.cancel()

    asyncio.run(looked())
    assert len(given) >= 3


def test_the_system_s_own_way_is_asked_for_all_of_it() -> None:
    asked: list[int] = []

    class Library:
        def malloc_trim(self, keep: int) -> int:
            asked.append(keep)
            return 1

    trim_of_system(Library)()
    assert asked == [0]


def test_a_library_without_a_way_is_left_alone() -> None:
    def none() -> object:
        raise OSError

    assert trim_of_system(object)() is None
    assert trim_of_system(none)() is None
