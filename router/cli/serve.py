"""`fungible serve`: the server, with the words that a person needs at its start."""

import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape

from router.api.assembly import reader_of
from router.api.http.admin_auth import GivenKey
from router.api.http.allowed_hosts import AllowedHosts, is_loopback
from router.api.http.bind_safety import Auth, needs_keys, refuse_keyless
from router.api.http.connection.tls import CertificateFiles, ServerCertificate
from router.api.http.layers.cors import checked_origins
from router.api.listening import address, listen
from router.api.live_config import try_with
from router.api.server import run as run_server
from router.api.server_options import AccessOptions, ServerOptions
from router.api.workers.worker_link import WorkerLink
from router.cli.admin.acting_admin import opened
from router.cli.observability import Watching, describe_target, observing
from router.config.load import POLICIES
from router.errors import ConfigError
from router.keys.admin_key_file import key_file
from router.keys.admin_keyring import AdminKeyring
from router.keys.admin_store import AdminStore
from router.ledger.leases.limits_address import shown_address
from router.ledger.leases.shared_limits import checked_address
from router.ledger.location import Place
from router.page import browser_page
from router.page.sessions import Sessions
from router.page.shared_sessions import SharedSessions
from router.policy.last_sound import standing
from router.policy.lifecycle import refuse_failures
from router.serving.limits import DEFAULT_LIMITS, Durability, Limits
from router.types import Config, Reader

__all__ = ["Watching"]
_FIRST = """\
[bold]Fungible[/] serves {models} models under {policies} policies, revision {revision}
  page      [bold]{url}[/]   (`fungible open` opens it, signed in)
  address   [bold]{url}/v1[/]
  receipts  {place}{limits}
  keys      {keys}
  admin     {admin}{telemetry}

A first request:
  curl {url}/v1/chat/completions -H 'content-type: application/json' \\{bearer}
    -d '{{"model": "auto", "messages": [{{"role": "user", "content": "Prove that primes never end."}}]}}'

Ctrl-C stops it, once what is in flight is done."""


class Listening(NamedTuple):
    """Where the server is to be reached, by which certificate, and as which of several processes."""

    host: str
    port: int
    tls_cert: Path | None
    tls_key: Path | None
    worker: WorkerLink | None


class Keeping(NamedTuple):
    """What is kept where, and for how long the words of responses and of requests are, if at all.

    `limits_at` is the URL of the server that shares limits out.
    """

    place: Place
    durability: Durability
    store_hours: float | None
    words_hours: float | None = None
    limits_at: str | None = None


class Asking(NamedTuple):
    """Who may ask it."""

    auth: Auth | None
    insecure: bool
    admin_key: GivenKey | None
    cors_origins: tuple[str, ...]
    allowed_hosts: tuple[str, ...]


class Times(NamedTuple):
    """How long things may take, in seconds."""

    deadline_s: float
    total_s: float | None
    ping_s: float | None
    drain_s: float
    lame_duck_s: float | None
    keep_alive_s: float
    window_s: float


class Shares(NamedTuple):
    """How much at once, for all and for one client, and among how many processes the first is shared out."""

    in_flight: int
    client_connections: int | None
    client_in_flight: int | None
    client_receiving_mib: int | None
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What a person said to `fungible serve`, in groups."""

    folder: Path | None
    reader: Path | None
    listening: Listening
    asking: Asking
    keeping: Keeping
    limits: Limits
    watching: Watching


def run(options: ServeOptions, vocabulary: Thread) -> None:
    """Serve until told to stop."""
    if options.listening.worker is not None:
        options.listening.worker.wait_for_first()
    words, keeping, warning = reader_of(options.reader), options.keeping, _warning(options.reader)
    config, fault = _in_force(options.folder, keeping.place, words)
    observer, certificate = observing(options.watching), _certificate(options.listening)
    asking, worker = options.asking, options.listening.worker
    listener = worker.listener if worker else listen(options.listening.host, options.listening.port)
    reached = listener.getsockname()[0]
    try:
        AllowedHosts(reached, asking.allowed_hosts)
        keys = needs_keys(reached, asking.auth, insecure=asking.insecure)
        count = refuse_keyless(reached, keeping.place, config) if keys else None
        admin = _admin(keeping.place, asking.admin_key)
    except BaseException:
        listener.close()
        raise

    def ready() -> None:
        if worker is not None:
            worker.say_ready()
            if not worker.greets:
                return
        who, traces = _admission(count, is_loopback(reached)), observer is not None and observer.traces
        _greet(config, address(listener, tls=certificate is not None), keeping, who, admin, keys=keys, traces=traces)
        if fault is not None:
            _shout(config, options.folder, fault)
        if warning:
            Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]{escape(warning)}[/]")

    served = ServerOptions(
        config=config,
        reader=words,
        folder=options.folder,
        fault=fault,
        listener=listener,
        certificate=certificate,
        access=AccessOptions(keys, asking.admin_key, asking.cors_origins, asking.allowed_hosts),
        place=keeping.place,
        limits_at=keeping.limits_at,
        durability=keeping.durability,
        keep_responses_s=_seconds(keeping.store_hours),
        keep_words_s=_seconds(keeping.words_hours),
        worker=worker,
        limits=options.limits,
        page=browser_page(keys=keys, sessions=_sessions(worker)),
        request_observer=observer,
    )
    run_server(served, vocabulary, ready)


def _warning(reader: Path | None) -> str | None:
    """What whoever starts the server should know of its reader."""
    if reader is None:
        return None
    from router.config.files.reader_files import reader_warning

    return reader_warning(reader)


def _seconds(hours: float | None) -> float | None:
    return None if hours is None else hours * 3600


def _sessions(worker: WorkerLink | None) -> Sessions:
    """Who is signed in to the page: in memory, or where all processes of a server see it."""
    return SharedSessions(worker.shared) if worker else Sessions()


def _in_force(folder: Path | None, place: Place, reader: Reader) -> tuple[Config, str | None]:
    """What to serve, and why that is not what the folder holds; raises ConfigError where nothing sound has served."""

    def check(config: Config) -> None:
        refuse_failures(try_with(config, reader), POLICIES)

    with opened(place) if place.has_ledger() else nullcontext() as ledger:
        stood = standing(folder, ledger, check)
    return stood.config, str(stood.fault) if stood.fault else None


def _shout(config: Config, folder: Path | None, fault: str) -> None:
    """What nobody who starts the server may miss."""
    lines = (
        f"THE FILES IN {folder} ARE NOT SOUND. Served is the last revision that was, {config.revision}.",
        fault,
        f"Correct them and they are taken up, or: fungible policy rollback --config {folder}",
    )
    for line in lines:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]{escape(line)}[/]")


def _greet(config: Config, url: str, keeping: Keeping, who: str, admin: str, *, keys: bool, traces: bool) -> None:
    """The first words."""
    first = _FIRST.format(
        models=len(config.models),
        policies=len(config.policies),
        revision=config.revision,
        url=url,
        place=keeping.place,
        limits=f"\n  limits    {escape(shown_address(keeping.limits_at))}" if keeping.limits_at else "",
        keys=who,
        admin=admin,
        telemetry=f"\n  telemetry {describe_target()}" if traces else "",
        bearer="\n    -H 'authorization: Bearer YOUR-KEY' \\" if keys else "",
    )
    Console(highlight=False, soft_wrap=True).print(first)


def _certificate(listening: Listening) -> ServerCertificate | None:
    """What the server shows to its clients; the key may be in the same file. Raises ConfigError."""
    if listening.tls_cert is not None:
        return ServerCertificate(CertificateFiles(listening.tls_cert, listening.tls_key or listening.tls_cert))
    if listening.tls_key is not None:
        raise ConfigError(["--tls-key is of no use without --tls-cert, the file of its certificate."])
    return None


def asking(
    auth: Auth | None,
    admin_key_file: Path | None,
    cors_origins: Sequence[str] | None,
    allowed_hosts: Sequence[str] | None,
    *,
    insecure: bool,
) -> Asking:
    """Who may ask, checked; raises ConfigError."""
    origins = checked_origins(cors_origins or ())
    return Asking(auth, insecure, admin_key(admin_key_file), origins, tuple(allowed_hosts or ()))


def keeping(
    place: Place, durability: Durability, store_hours: float | None, words_hours: float | None, limits_at: str | None
) -> Keeping:
    """What is kept where, checked; raises ConfigError."""
    return Keeping(place, durability, store_hours, words_hours, checked_address(limits_at, place))


def limits_of(times: Times, shares: Shares) -> Limits:
    """The limits that the options name."""
    receiving = shares.client_receiving_mib
    return Limits(
        in_flight=max(1, shares.in_flight // shares.workers),
        bodies=max(1, DEFAULT_LIMITS.bodies // shares.workers),
        bodies_bytes=max(DEFAULT_LIMITS.body_bytes, DEFAULT_LIMITS.bodies_bytes // shares.workers),
        cache_bytes=DEFAULT_LIMITS.cache_bytes // shares.workers,
        client_connections=shares.client_connections,
        client_in_flight=shares.client_in_flight,
        client_receiving_bytes=None if receiving is None else receiving * 1024**2,
        **times._asdict(),
    )


def _admission(count: int | None, loopback: bool) -> str:
    """Who may ask, for the first lines."""
    if count is None:
        return "none are asked for: " + (
            "only this machine can ask" if loopback else "[bold red]anybody who reaches it may ask[/], by your word"
        )
    if not count:
        return "asked for, and there is none yet: `fungible key create NAME` makes one"
    return f"asked for; {count} {'is' if count == 1 else 'are'} good now"


def _admin(place: Place, given: GivenKey | None) -> str:
    """Which key the admin routes take, for the first lines; one is made where there is none, and shown this once."""
    file = key_file(place.folder)
    with opened(place) as ledger:
        keyring = AdminKeyring(AdminStore(ledger.log), ledger.salt, place.folder)
        if given is None and (made := keyring.begin()) is not None:
            return f"[bold]{made.secret}[/], an owner's key, shown this once; it is kept in {escape(str(file))}"
        keyring.look()
        own = keyring.own()
    if own is not None:
        return f"the key in {escape(str(file))}, of {own.name}"
    if given is not None:
        return "the key that you gave, and those of `fungible admin`"
    return f"those of `fungible admin`; none that is good is kept in {escape(str(file))}"


def admin_key(file: Path | None) -> GivenKey | None:
    """The key that is given by a file or the environment; raises ConfigError for one that is too short."""
    key = os.environ.get("FUNGIBLE_ADMIN_KEY")
    return GivenKey(None if file else key, file) if file or key is not None else None
