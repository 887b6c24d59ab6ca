"""One call of an adapter at a scripted backend, and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from stub_samples import call, close, text

from providers.openai import create
from router.bench.http.fake_backend import Asked, Script, Upstream
from router.errors import ProviderError
from router.types import Chunk, Provider

T = TypeVar("T")
KEY = "sk-test-0123456789abcdef"


def scripted(*scripts: Script) -> Callable[[Asked], Script]:
    """Each request gets the next script, the last one again and again."""
    left = list(scripts)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def backend(*scripts: Script, **settings: Any) -> Iterator[tuple[Provider, Upstream]]:
    """A provider and the backend behind it."""
    with Upstream(scripted(*scripts)) as upstream:
        yield create({"base_url": upstream.url, **settings}), upstream


def heard(provider: Provider, *, times: int = 1, **ask: Any) -> list[Chunk]:
    """The chunks of the last of several calls, one after the other."""

    async def ask_all() -> list[Chunk]:
        chunks: list[Chunk] = []
        for _ in range(times):
            chunks = [chunk async for chunk in provider.stream(call(**ask))]
        return chunks

    return ran(provider, ask_all)


def failure(provider: Provider, **ask: Any) -> ProviderError:
    """What a call fails with."""
    try:
        said = heard(provider, **ask)
    except ProviderError as error:
        return error
    raise AssertionError(f"it answered {text(said)!r}")


def ran(provider: Provider, work: Callable[[], Awaitable[T]]) -> T:
    """Run something in a loop of its own, in which the provider is closed at the end."""

    async def work_and_close() -> T:
        try:
            return await work()
        finally:
            await close(provider)

    return asyncio.run(work_and_close())
