"""An application that is made when it is first asked, and the beginning and the end of a server's life.

Invariant: it is made once, in a thread; whoever asks meanwhile waits for the same one, and the event loop for nothing.
"""

import asyncio
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from threading import Lock
from typing import Generic, TypeVar

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.middleware import App

Made = TypeVar("Made", bound=App)


class LateApp(Generic[Made]):
    """Stands for the application that `make` makes."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make, self._lock = make, Lock()
        self._app: Made | None = None
        self._making: asyncio.Future[Made] | None = None

    def now(self) -> Made:
        """The application, made in this thread unless it is there."""
        with self._lock:
            self._app = self._app or self._make()
            return self._app

    async def made(self) -> Made:
        """The application, made in a thread unless it is there."""
        if self._app is not None:
            return self._app
        if self._making is None or self._making.done():
            self._making = asyncio.ensure_future(asyncio.to_thread(self.now))
        # One who leaves does not take it from the others.
        return await asyncio.shield(self._making)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await (await self.made())(scope, receive, send)


async def live(life: Callable[[], AbstractAsyncContextManager[None]], receive: Receive, send: Send) -> None:
    """The lifespan protocol of ASGI: the block is entered before the first request, and left after the last."""
    stage = "startup"
    await receive()
    try:
        async with life():
            await send({"type": "lifespan.startup.complete"})
            stage = "shutdown"
            await receive()
    except BaseException:
        await send({"type": f"lifespan.{stage}.failed", "message": traceback.format_exc()})
        raise
    await send({"type": "lifespan.shutdown.complete"})
