"""Whole requests to a backend for `fungible bench stages`: all that serves, some at once, over wires that are memory.

Invariant: a request is answered once its receipt is on disk, as under `refuse`; what is left out are the system's
sockets, and who asks.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import uvicorn
from uvicorn.server import ServerState

from router.api.app import build_app
from router.api.assembly import assemble
from router.api.http.uvicorn_protocol import Incoming, incoming
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.api.server import SOON_S
from router.bench.http.http_stages import Wire, connect_to_memory, loop_of_servers
from router.bench.http.load.load_client import post
from router.bench.http.load.load_servers import PATH
from router.bench.http.load.proxy_speed import backend_files
from router.config import load
from router.ledger import SqliteLedger
from router.serving.limits import DEFAULT_LIMITS
from router.serving.service import Service

AT_ONCE = 64
REQUESTS = 2 * AT_ONCE
"""Requests between two looks at the clock."""
LOOP = f"to a backend, {AT_ONCE} at once: the event loop"
WRITER = f"to a backend, {AT_ONCE} at once: the ledger's thread"
Figures = dict[str, list[float]]


class _Clients:
    """Connections that ask again as soon as they are answered, until enough was asked."""

    def __init__(self, made: Callable[[], Incoming], request: bytes) -> None:
        self._loop, self._request = asyncio.get_running_loop(), request
        self._left, self._done = 0, self._loop.create_future()
        self._connections = [made() for _ in range(AT_ONCE)]
        for connection in self._connections:
            connection.connection_made(cast("asyncio.Transport", Wire(partial(self._answered, connection))))

    async def ask(self, count: int) -> None:
        """So many requests, with `AT_ONCE` on their way at any time."""
        self._left, self._done = count, self._loop.create_future()
        for connection in self._connections:
            self._loop.call_soon(connection.data_received, self._request)
        await self._done

    def _answered(self, connection: Incoming, answer: bytes) -> None:
        if not answer.startswith(b"HTTP/1.1 200"):
            self._done.set_exception(RuntimeError(answer.decode()))
        self._left -= 1
        if self._left >= AT_ONCE:
            self._loop.call_soon(connection.data_received, self._request)
        elif not self._left:
            self._done.set_result(None)


def whole_exchanges(body: bytes, rounds: int) -> Figures:
    """Seconds of processor for a request with this body, of the event loop and of the ledger's thread, by round."""
    with (
        TemporaryDirectory() as data,
        backend_files(9) as folder,
        asyncio.Runner(loop_factory=loop_of_servers()) as runner,
    ):
        ledger = SqliteLedger(Path(data, "ledger.sqlite3"), SOON_S)
        try:
            service = assemble(load(Path(folder)), ledger, durability="refuse")
            return runner.run(_measured(service, ledger, body, rounds))
        finally:
            ledger.close()


async def _measured(service: Service, ledger: SqliteLedger, body: bytes, rounds: int) -> Figures:
    connect_to_memory(asyncio.get_running_loop())
    ledger.expect(lambda: service.state.in_flight)
    clients = _Clients(_protocol(service, ledger), post(PATH, body))
    await clients.ask(REQUESTS)
    loop_s, writer_s = [], []
    for _ in range(rounds):
        thread, process = time.thread_time(), time.process_time()
        await clients.ask(REQUESTS)
        thread, process = time.thread_time() - thread, time.process_time() - process
        loop_s.append(thread / REQUESTS)
        writer_s.append(max(0.0, process - thread) / REQUESTS)
    return {LOOP: loop_s, WRITER: writer_s}


def _protocol(service: Service, ledger: SqliteLedger) -> Callable[[], Incoming]:
    app = build_app(service, Metrics(), dict, lambda: None, LiveConfig(service, ledger, None))
    config = uvicorn.Config(app, http=incoming(DEFAULT_LIMITS), access_log=False, proxy_headers=False, log_config=None)
    config.load()
    protocol = cast("type[Incoming]", config.http_protocol_class)
    return partial(protocol, config=config, server_state=ServerState(), app_state={})
