"""A whole server in this process: on a socket of loopback, in a thread, with what it holds open in view."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from router.api.app import build_app
from router.api.assembly import assemble
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.ledger import SqliteLedger
from router.serving.limits import Limits
from router.types import Config, Receipt


class Served:
    """A server under a configuration, for as long as the block lasts."""

    def __init__(self, config: Config, data: Path, limits: Limits, watch: Callable[[Receipt], object]) -> None:
        self._metrics = Metrics()
        self.ledger = SqliteLedger(data / "ledger.sqlite3")
        self.service = assemble(config, self.ledger, limits=limits, watch=watch)
        app = build_app(
            self.service, self._metrics, dict, self.ledger.close, LiveConfig(self.service, self.ledger, None)
        )
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port = int(self._listener.getsockname()[1])
        self._server = _Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="on", ws="none"))
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), name="server")

    def __enter__(self) -> "Served":
        """Serve; returns once it can be asked."""
        self._thread.start()
        self._server.ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, once what is in flight is done."""
        self._server.should_exit = True
        self._thread.join()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that it runs on."""
        assert self._server.loop is not None  # noqa: S101 - it is there once the server is ready
        return self._server.loop

    def held(self) -> dict[str, Any]:
        """Tasks of the server's loop, requests in flight, and what this process holds open."""
        return {
            "tasks": len(asyncio.all_tasks(self._server.loop)),
            "in flight": self.service.state.in_flight,
            "sockets and files": _open_files(),
        }


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and on which loop it runs."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()


def _open_files() -> int:
    """Sockets and files, where the system reports them."""
    place = next((path for path in ("/proc/self/fd", "/dev/fd") if Path(path).is_dir()), None)
    return len(os.listdir(place)) if place else 0  # noqa: PTH208 - one name of each is enough


def resident_mb() -> float:
    """Resident memory now, where the system reports them."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0.0
    return round(int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
