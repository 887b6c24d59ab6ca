"""Servers on real sockets, for the tests of the HTTP surface."""

import asyncio
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from openai import OpenAI

from router.api.app import build_app
from router.api.assembly import assemble, close_providers
from router.api.http.request_observer import RequestObserver
from router.api.http.uvicorn_protocol import incoming
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.api.server_options import Page
from router.api.surfaces.registry import SURFACES, SurfaceRegistry
from router.config import load
from router.keys.admin import Role
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.budget_store import Accounts
from router.ledger.leases.shared_limits import SharedLimits, open_limits
from router.ledger.location import Place
from router.ledger.rate_window_store import Windows
from router.serving.limits import Durability, Limits
from router.serving.rate_limiter import RateLimiter
from router.serving.service import Service
from router.types import Author, Config, Provider

ADMIN_KEY = "the admin key of the tests"
# A busy machine's disk may pause: only tests of that look at how long receipts wait.
LIMITS = Limits(in_flight=64, body_bytes=2_000_000, deadline_s=20.0, window_s=10.0)


@dataclass
class Running:
    """A server that runs, and what a test needs to talk to it."""

    url: str
    service: Service
    ledger: DatabaseLedger
    live_config: LiveConfig
    loop: asyncio.AbstractEventLoop
    clients: list[OpenAI] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    admin_key: str | None = None
    """What goes along to admin routes where a request brings no key; None where the test gives one."""

    def put_in_force(self, config: Config, providers: Mapping[str, Provider]) -> None:
        """Swap the providers, as a reload does: those that go are closed, in the loop that they belong to."""
        before = self.service.active.providers.values()
        self.service.put_in_force(config, providers)
        asyncio.run_coroutine_threadsafe(close_providers(before), self.loop).result(10)

    def openai(self) -> OpenAI:
        """The official client; it is closed when the server stops."""
        self.clients.append(OpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0))
        return self.clients[-1]

    def http(self, secret: str | None = None) -> httpx.Client:
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        hooks = {"request": [] if secret or self.admin_key is None else [self._as_admin]}
        return httpx.Client(base_url=self.url, timeout=30, headers=headers, event_hooks=hooks)

    def _as_admin(self, request: httpx.Request) -> None:
        if request.url.path.startswith("/admin/") and not {"authorization", "x-api-key"} & set(request.headers):
            request.headers["authorization"] = f"Bearer {self.admin_key}"

    def admin(self, name: str, role: Role = "owner") -> str:
        """The key of a new admin."""
        return self.live_config.admins.issue(name, role, Author("a test", "command")).secret

    def key(self, name: str, **grant: Any) -> str:
        """The secret of a new key."""
        return self.live_config.keyring.issue(name, grant, Author("a test", "command")).secret


class _Server(uvicorn.Server):
    """uvicorn's server, which tells its loop, and leaves when it is asked to, not when it looks up next."""

    loop: asyncio.AbstractEventLoop
    left: asyncio.Event

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop, self.left = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        looking = asyncio.ensure_future(super().main_loop())
        await self.left.wait()
        looking.cancel()

    def leave(self) -> None:
        self.should_exit = True
        self.loop.call_soon_threadsafe(self.left.set)


class Starter:
    """Starts servers, and stops them all at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._servers: list[tuple[_Server, threading.Thread]] = []
        self._running: list[Running] = []

    def __call__(
        self,
        config: Config | None = None,
        limits: Limits = LIMITS,
        providers: dict[str, Provider] | None = None,
        settings: dict[str, Any] | None = None,
        folder: Path | None = None,
        admin_key: str | None = None,
        accounts: Path | None = None,
        durability: Durability = "degrade",
        place: Place | None = None,
        keys: bool = False,
        request_observer: RequestObserver | None = None,
        cors_origins: tuple[str, ...] = (),
        page: Page | None = None,
        surfaces: SurfaceRegistry = SURFACES,
        limits_at: str | None = None,
    ) -> Running:
        config = config or load(folder)
        if settings:
            rows = {name: replace(row, settings=settings) for name, row in config.providers.items()}
            config = replace(config, providers=rows)
        ledger = place.ledger() if place else SqliteLedger(self.folder / f"ledger-{len(self._servers)}.sqlite3")
        kept = (
            open_limits(place, limits_at, ledger.salt) if place else SharedLimits(Accounts(accounts), Windows(accounts))
        )
        counted, metrics, rate_limiter = kept.accounts, Metrics(), RateLimiter(kept.windows)
        service = assemble(
            config,
            ledger,
            limits=limits,
            accounts=counted,
            rate_limiter=rate_limiter,
            watch=metrics.watch,
            durability=durability,
        )
        if providers:
            service.active = replace(service.active, providers={**service.active.providers, **providers})
        live_config = LiveConfig(service, ledger, folder)

        def end() -> None:
            rate_limiter.close()
            ledger.close()
            counted.close()

        app = build_app(
            service,
            metrics,
            dict,
            end,
            live_config,
            admin_key or ADMIN_KEY,
            keys=keys,
            request_observer=request_observer,
            cors_origins=cors_origins,
            page=page,
            surfaces=surfaces,
        )
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, http=incoming(limits), log_level="warning", lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            thread.join(0.01)
        self._servers.append((server, thread))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running = Running(url, service, ledger, live_config, server.loop, connections=server.server_state.connections)
        running.admin_key = None if admin_key else ADMIN_KEY
        self._running.append(running)
        return self._running[-1]

    def stop(self) -> None:
        for client in (client for running in self._running for client in running.clients):
            client.close()
        running = [(server, thread) for server, thread in self._servers if thread.is_alive()]
        for server, _ in running:
            server.leave()
        for _, thread in running:
            thread.join()
