"""What is made late is made once, beside the event loop, and again where it failed; a life says how far it came."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from router.api.http.asgi import Receive, Scope, Send
from router.api.late_app import LateApp, live

Message = dict[str, Any]


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    scope["served"] += 1


def ask(app: Callable[..., Any], scope: Scope) -> Any:
    return app(scope, None, None)


def test_it_is_made_once_in_another_thread_and_for_whoever_asks_meanwhile() -> None:
    threads, begun, may_go = list[int](), threading.Event(), threading.Event()

    def make() -> Any:
        threads.append(threading.get_ident())
        begun.set()
        may_go.wait()
        return silent

    async def three() -> Message:
        app, scope = LateApp(make), {"served": 0}
        asked = [asyncio.ensure_future(ask(app, scope)) for _ in range(3)]
        await asyncio.to_thread(begun.wait)
        # One who leaves does not take it from the others.
        asked[0].cancel()
        may_go.set()
        await asyncio.gather(*asked[1:])
        await ask(app, scope)
        assert app.now() is silent
        return scope

    assert asyncio.run(three()) == {"served": 3}
    (thread,) = threads
    assert thread != threading.get_ident()


def test_where_it_could_not_be_made_it_is_tried_again() -> None:
    tries = list[int]()

    def make() -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise MemoryError
        return silent

    async def twice() -> Message:
        app, scope = LateApp(make), {"served": 0}
        with pytest.raises(MemoryError):
            await ask(app, scope)
        await ask(app, scope)
        return scope

    assert asyncio.run(twice()) == {"served": 1}


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        (None, ["lifespan.startup.complete", "lifespan.shutdown.complete"]),
        ("startup", ["lifespan.startup.failed"]),
        ("shutdown", ["lifespan.startup.complete", "lifespan.shutdown.failed"]),
    ],
)
def test_a_life_says_how_far_it_came(fails: str | None, said: list[str]) -> None:
    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        if fails == "startup":
            raise OSError("no room")
        yield
        if fails == "shutdown":
            raise OSError("no room")

    heard = list[Message]()

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        heard.append(message)

    async def run() -> None:
        await live(life, receive, send)  # type: ignore[arg-type]

    if fails:
        with pytest.raises(OSError, match="no room"):
            asyncio.run(run())
        assert "no room" in heard[-1]["message"]
    else:
        asyncio.run(run())
    assert [message["type"] for message in heard] == said
