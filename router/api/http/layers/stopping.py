"""A server that is being stopped: who asks whether it is ready, and what becomes of requests when time is up.

Invariant: a request that is cut off is answered in words where nothing was sent yet, and leaves no trace in the log.
"""

import asyncio
from collections.abc import Iterable

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.layers.refusal import RenderError, refuse
from router.api.http.middleware import App, Middleware
from router.errors import ServerStopped

READINESS = "/readyz"
LAME_DUCK_S = 5.0
PROBES = 2
PROBED_WITHIN_S = 30.0


class Stopping:
    """Whether a server is being stopped, and what is in flight there."""

    def __init__(self) -> None:
        self.begun = False
        self._cut = False
        self._probes, self._probed_at = 0, 0.0

    def lame_duck_s(self, said: float | None) -> float:
        """How long to go on accepting: as said, else for a while where somebody watches whether it is ready."""
        if said is not None:
            return said
        ago = asyncio.get_running_loop().time() - self._probed_at
        return LAME_DUCK_S if self._probes >= PROBES and ago <= PROBED_WITHIN_S else 0.0

    def cut(self, requests: Iterable["asyncio.Task[None]"]) -> None:
        """End every request that is still here."""
        self._cut = True
        for task in tuple(requests):
            task.cancel()

    def around(self, render_error: RenderError) -> Middleware:
        """The layer, which stands outermost."""

        async def served(serve: App, scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await serve(scope, receive, send)
            except asyncio.CancelledError:
                if not self._cut:
                    raise
                await self._say_so(scope, send, render_error)
            finally:
                if scope["path"] == READINESS:
                    self._probes, self._probed_at = self._probes + 1, asyncio.get_running_loop().time()

        return served

    async def _say_so(self, scope: Scope, send: Send, render_error: RenderError) -> None:
        try:
            await refuse(scope, send, ServerStopped(), render_error)
        except RuntimeError:
            # The answer has begun: an unfinished one tells it.
            return
