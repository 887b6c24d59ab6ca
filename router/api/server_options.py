"""The options of one server, grouped as those of `fungible serve` are."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from router.api.http.admin_auth import AdminAuthentication, GivenKey
from router.api.http.connection.tls import ServerCertificate
from router.api.http.middleware import Middleware
from router.api.http.request_observer import RequestObserver
from router.api.workers.worker_link import WorkerLink
from router.ledger.location import Place
from router.serving.limits import DEFAULT_LIMITS, Durability, Limits
from router.types import Config, Reader

Page = Callable[[AdminAuthentication], Middleware]
"""What browsers see: a layer that asks the routes within, on behalf of who signed in."""


@dataclass(frozen=True, slots=True)
class AccessOptions:
    """Who may ask. With `keys`, whoever asks needs one; `admin_key` is an owner's, beside those of the ledger.

    Web pages of `cors_origins` may ask, too. `allowed_hosts` are names that it answers to beside loopback's.
    """

    keys: bool = False
    admin_key: GivenKey | None = None
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """Everything that `run` is given, checked already: files are read, and the socket listens.

    `folder` is watched for edits; `fault` says why its files are not what is served. With the durability `refuse` an
    answer ends once its receipt is on disk. The `request_observer` is told of every request.
    """

    # What is served.
    config: Config
    reader: Reader
    folder: Path | None = None
    fault: str | None = None
    # Where, and to whom.
    listener: socket.socket
    certificate: ServerCertificate | None = None
    access: AccessOptions = AccessOptions()
    # Where receipts go.
    place: Place
    # The server that shares limits out among several; None has the ledger's database do it.
    limits_at: str | None = field(default=None, repr=False)
    durability: Durability = "degrade"
    # For how many seconds responses are kept; None keeps none.
    keep_responses_s: float | None = None
    # And the words of requests, for `fungible outcomes`.
    keep_words_s: float | None = None
    # Which of several processes it is, and None for the only one.
    worker: WorkerLink | None = None
    # How much at once, and how long.
    limits: Limits = DEFAULT_LIMITS
    # What browsers see.
    page: Page | None = None
    # Who watches.
    request_observer: RequestObserver | None = None
