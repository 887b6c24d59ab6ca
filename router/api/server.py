"""A server on a socket: ready in about a second, and gone only when what was in flight is done.

Invariant: it binds to loopback unless told otherwise; the address is told once it can be used.
"""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from math import ceil
from threading import Thread
from typing import Protocol

import uvicorn

from router.api.app import Application, build_app
from router.api.assembly import assemble
from router.api.http.allowed_hosts import AllowedHosts
from router.api.http.layers.stopping import Stopping
from router.api.http.request_log import keep_words_off_terminals
from router.api.http.uvicorn_protocol import incoming
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.api.repeated_log_lines import quiet_repeated_lines
from router.api.server_options import ServerOptions
from router.api.surfaces.openai_responses.response_store import ResponseStore
from router.api.surfaces.registry import SURFACES, every_surface
from router.api.uvicorn_server import CUT_S, Server, hangups_ignored
from router.api.workers.worker_figures import WorkerFigures
from router.api.workers.worker_link import WorkerLink
from router.errors import Unreachable
from router.ledger import DatabaseLedger
from router.ledger.leases.shared_limits import open_limits
from router.serving.rate_limiter import RateLimiter
from router.serving.server_state import ServerState
from router.serving.service import Service
from router.serving.words.word_keeper import word_keeper_of

SOON_S = 0.002


def run(options: ServerOptions, vocabulary: Thread, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish what is in flight within `limits.drain_s` seconds.

    `vocabulary` is the thread that loads it. Whoever asks before that has ended waits at the socket, so that the event
    loop never does. On SIGHUP the configuration and the certificate are read anew.
    """
    # Whoever waits for a group should not wait for it to become large.
    ledger = options.place.ledger(SOON_S if options.durability == "refuse" else None)
    with hangups_ignored():
        server = _made(options, ledger, ready)
        vocabulary.join()
        server.run(sockets=[options.listener])
    if ledger.lost:
        raise Unreachable(f"{ledger.lost} receipt(s) are lost, for they could not be written before the stop")


def _made(options: ServerOptions, ledger: DatabaseLedger, ready: Callable[[], None]) -> Server:
    metrics, stopping = _metrics(options.worker), Stopping()
    accounts, windows = open_limits(options.place, options.limits_at, ledger.salt)
    rate_limiter = RateLimiter(windows)
    service = assemble(
        options.config,
        ledger,
        reader=options.reader,
        limits=options.limits,
        accounts=accounts,
        rate_limiter=rate_limiter,
        watch=metrics.watch,
        durability=options.durability,
    )
    ledger.expect(lambda: service.state.in_flight)
    live_config = _live_config(service, ledger, options)
    if ledger.database.remote:
        # Another server's log may be signed by a key that is not here: better told now than in a minute.
        ledger.sign_head()

    store, words = _store(options), word_keeper_of(options.place.folder, options.keep_words_s)
    if words is not None:
        service.state.keep_words = words.keep
    stop = _closing(words, store, accounts, ledger, live_config.index, rate_limiter)
    app = build_app(
        service,
        metrics,
        partial(_waiting, service.state, stopping),
        stop.close,
        live_config,
        options.access.admin_key,
        keys=options.access.keys,
        request_observer=options.request_observer,
        surfaces=every_surface(store) if store else SURFACES,
        stopping=stopping,
        cors_origins=options.access.cors_origins,
        allowed_hosts=_allowed_hosts(options),
        page=options.page,
        audits=options.worker is None or options.worker.number == 0,
    )
    return Server(
        _settings(app, options),
        options.limits,
        stopping,
        cut=service.state.cut,
        reload=live_config.reload,
        ready=ready,
        failed=lambda: ledger.lost > 0,
        certificate=options.certificate,
    )


def _live_config(service: Service, ledger: DatabaseLedger, options: ServerOptions) -> LiveConfig:
    """What serves and can be changed, with the index and the sums that lie beside the ledger."""
    live_config, place = LiveConfig(service, ledger, options.folder, fault=options.fault), options.place
    live_config.lie_in(place.folder, place.index(ledger), place.money_sums(ledger))
    return live_config


class Closable(Protocol):
    """What holds a file open."""

    def close(self) -> None:
        """Let go of it."""


def _closing(*opened: Closable | None) -> ExitStack:
    """What closes all of these, the last first."""
    stop = ExitStack()
    for each in opened:
        if each is not None:
            stop.callback(each.close)
    return stop


def _metrics(worker: WorkerLink | None) -> Metrics:
    metrics = Metrics()
    if worker is not None:
        metrics.workers = WorkerFigures(worker.shared, worker.number)
    return metrics


def _store(options: ServerOptions) -> ResponseStore | None:
    if options.keep_responses_s is None:
        return None
    return ResponseStore(options.place.folder, options.keep_responses_s, time.time)


def _allowed_hosts(options: ServerOptions) -> AllowedHosts:
    access, address = options.access, options.listener.getsockname()[0]
    return AllowedHosts(address, access.allowed_hosts, keyless=not access.keys, origins=access.cors_origins)


def _waiting(state: ServerState, stopping: Stopping) -> dict[str, str]:
    """What is not ready, and why."""
    waiting = {"server": "stopping"} if stopping.begun else {}
    wrong = state.describe_ledger()
    return waiting | ({"ledger": wrong} if wrong else {})


def _settings(app: Application, options: ServerOptions) -> uvicorn.Config:
    observer = options.request_observer
    logged = observer is not None and observer.journal is not None
    quiet_repeated_lines()
    if not logged:
        keep_words_off_terminals()
    return uvicorn.Config(
        app,
        # Uvicorn's loggers speak as all do: through the journal, or to the terminal without the words of exceptions.
        log_config=None,
        http=incoming(options.limits),
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=ceil(CUT_S),
        lifespan="on",
        proxy_headers=False,
        ws="none",
    )
