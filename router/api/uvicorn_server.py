"""uvicorn's server, which stops in steps, takes up what has changed when it is told to, and says when it is ready.

Invariant: stopping, it is not ready first, then accepts no more, and only then cuts off what is not done.
"""

import asyncio
import logging
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.flow_control import CLOSE_HEADER

from router.api.bodies.interpreter_settings import settle_interpreter
from router.api.http.connection.tls import ServerCertificate
from router.api.http.layers.stopping import Stopping
from router.api.listening import BACKLOG
from router.serving.limits import Limits

LOOK_S = 2.0
PAUSE_S = 0.05
# What is cut off has so long to say so to its clients and to the ledger.
CUT_S = 2.0
log = logging.getLogger("fungible")


class Server(uvicorn.Server):
    """One server; `reload` is called on SIGHUP, `cut` when there is no more time for answers.

    Where it has `failed`, it does not end as the signal would have it.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        limits: Limits,
        stopping: Stopping,
        *,
        cut: Callable[[], None],
        reload: Callable[[], Awaitable[None]],
        ready: Callable[[], None],
        failed: Callable[[], bool],
        certificate: ServerCertificate | None = None,
    ) -> None:
        super().__init__(config)
        self._limits, self._stopping = limits, stopping
        self._cut, self._reload, self._ready, self._failed = cut, reload, ready, failed
        self._certificate = certificate
        self._hurried = False
        self._work: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, with TLS where there is a certificate."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        loop, tls = asyncio.get_running_loop(), self._certificate
        context, handshake_s = (tls.context, self._limits.head_s) if tls else (None, None)
        self.servers = [
            await loop.create_server(
                self._protocol, sock=listener, backlog=BACKLOG, ssl=context, ssl_handshake_timeout=handshake_s
            )
            for listener in sockets or ()
        ]
        self.started = True
        if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(signal.SIGHUP, self._on_hangup)
        if tls is not None:
            self._begin(self._keep_certificate(tls))
        settle_interpreter()
        self._ready()

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _on_hangup(self) -> None:
        self._begin(self._take_up())

    async def _take_up(self) -> None:
        if self._certificate is not None:
            self._certificate.reload()
        await self._reload()

    async def _keep_certificate(self, certificate: ServerCertificate) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            certificate.reload_if_changed()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a person, or a second signal, does not wait for load balancers to notice."""
        self._hurried = self.should_exit or sig == signal.SIGINT
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in steps."""
        self._stopping.begun = True
        await self._be_lame()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._wait(self._limits.drain_s)
        if left := len(self.server_state.tasks):
            log.warning("%d requests were not done within %g s, and are cut off", left, self._limits.drain_s)
            self._cut()
            await self._wait(CUT_S / 2)
            self._stopping.cut(self.server_state.tasks)
            await self._wait(CUT_S / 2)
            for connection in list(self.server_state.connections):
                connection.transport.close()
        for task in self._work:
            task.cancel()
        await super().shutdown(sockets)
        if self._failed():
            # Else the process would die of the signal before it could say what was lost.
            self._captured_signals.clear()

    async def _be_lame(self) -> None:
        """Serve on, not ready any more, until those who send requests here have noticed."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._stopping.lame_duck_s(self._limits.lame_duck_s)
        while loop.time() < until and not self._hurried:
            # uvicorn's own clock has stopped, which makes the `date` of answers.
            await self.on_tick(0)
            self.server_state.default_headers = [*self.server_state.default_headers, CLOSE_HEADER]
            await asyncio.sleep(min(PAUSE_S * 4, until - loop.time()))

    async def _wait(self, seconds: float) -> None:
        """Wait until nothing is in flight, at most so long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # uvicorn keeps a set, and tells nobody of its changes.
        while self.server_state.tasks and not self.force_exit and loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(PAUSE_S)


@contextmanager
def hangups_ignored() -> Iterator[None]:
    """A hangup that comes before the server listens for them kills nobody."""
    if not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGHUP, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL if before is None else before)
