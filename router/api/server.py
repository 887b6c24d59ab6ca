"""A server on a socket: ready in about a second, and gone only when what was in flight is done.

Invariant: it binds to loopback unless told otherwise; the address is told once it can be used.
"""

import gc
import logging
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread

import uvicorn

from router.api.app import Application, build_app
from router.api.assembly import assemble
from router.api.http.request_observer import RequestObserver
from router.api.http.uvicorn_protocol import incoming
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.errors import ConfigError
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.serving.limits import Durability, Limits
from router.serving.rate_limiter import RateLimiter
from router.types import Config, Reader

BACKLOG = 2048
SOON_S = 0.002


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises ConfigError where the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise ConfigError([f"cannot listen on {host}:{port}: {reason}. Choose another with --port."]) from None
    listener.listen(BACKLOG)
    return listener


def address(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(
    config: Config,
    place: Place,
    listener: socket.socket,
    limits: Limits,
    reader: Reader,
    vocabulary: Thread,
    ready: Callable[[], None] = lambda: None,
    folder: Path | None = None,
    admin_key: str | None = None,
    durability: Durability = "degrade",
    *,
    keys: bool = False,
    request_observer: RequestObserver | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish what is in flight within `limits.drain_s` seconds.

    `vocabulary` is the thread that loads it; the server is not ready before that has ended. `folder` is watched for
    edits; without an `admin_key` the admin routes answer on loopback only. With `refuse` an answer ends once its
    receipt is on disk. With `keys`, whoever asks needs one; `request_observer` is told of every request.
    """
    metrics = Metrics()
    # Whoever waits for a group should not wait for it to become large.
    ledger = place.ledger(SOON_S if durability == "refuse" else None)
    accounts, rate_limiter = place.accounts(), RateLimiter(place.windows())
    service = assemble(
        config,
        ledger,
        reader=reader,
        limits=limits,
        accounts=accounts,
        rate_limiter=rate_limiter,
        watch=metrics.watch,
        durability=durability,
    )
    live_config = LiveConfig(service, ledger, folder)
    if ledger.database.remote:
        # Another server's log may be signed by a key that is not here: better told now than in a minute.
        ledger.sign_head()

    def stop() -> None:
        rate_limiter.close()
        ledger.close()
        accounts.close()

    health = partial(_waiting, vocabulary, ledger)
    app = build_app(
        service, metrics, health, stop, live_config, admin_key, keys=keys, request_observer=request_observer
    )
    _Server(_settings(app, limits, request_observer), ready).run(sockets=[listener])


def _waiting(vocabulary: Thread, ledger: DatabaseLedger) -> dict[str, str]:
    """What is not ready, and why."""
    loading = {"vocabulary": "loading"} if vocabulary.is_alive() else {}
    return loading | ({"ledger": ledger.failure} if ledger.failure else {})


def _settings(app: Application, limits: Limits, request_observer: RequestObserver | None) -> uvicorn.Config:
    logged = request_observer is not None and request_observer.journal is not None
    return uvicorn.Config(
        app,
        # Where there is a journal, all loggers speak through it; else uvicorn's own go to the terminal as ever.
        log_config=None if logged else uvicorn.config.LOGGING_CONFIG,
        http=incoming(limits),
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(limits.drain_s)),
        lifespan="on",
        proxy_headers=False,
        ws="none",
    )


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is there now stays for good: spare it from being looked through for garbage again and again.
        gc.collect()
        gc.freeze()
        self._ready()
