"""The one application: what models answer and what is asked often as plain ASGI, the quiet routes by FastAPI.

Invariant: a server that only answers requests never imports FastAPI.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from router.api.assembly import close_providers
from router.api.bodies.freed_memory import FreedMemory
from router.api.http.admin_auth import AdminAuthentication, GivenKey
from router.api.http.allowed_hosts import AllowedHosts
from router.api.http.asgi import Receive, Scope, Send
from router.api.http.authentication import Authentication, admins_below_root
from router.api.http.azure_paths import AzurePaths
from router.api.http.body_limits import BodyLimits
from router.api.http.layers.client_limits import ClientLimits
from router.api.http.layers.content_encoding import ContentEncoding
from router.api.http.layers.cors import Cors
from router.api.http.layers.gate import Gate
from router.api.http.layers.head_as_get import HeadAsGet
from router.api.http.layers.stopping import Stopping
from router.api.http.layers.trailing_slash import without_trailing_slash
from router.api.http.middleware import App, Middleware, fold
from router.api.http.request_observer import RequestObserver
from router.api.late_app import LateApp, live
from router.api.live_config import LiveConfig
from router.api.plain_answers import PlainAnswers, plain_answers
from router.api.playing.scenario_plays import ScenarioPlays
from router.api.prometheus import Metrics
from router.api.server_options import Page
from router.api.surfaces.registry import SURFACES, SurfaceRegistry
from router.api.surfaces.surface import Handler
from router.keys.attempts import AttemptLog
from router.serving.service import Service

if TYPE_CHECKING:
    from router.api.quiet_app import QuietApp
    from router.audit.backend_watch import BackendWatch

# What goes on beside the requests.
Work = Callable[[], Coroutine[Any, Any, None]]
Life = Callable[[], AbstractAsyncContextManager[None]]


class Application:
    """An ASGI application: the paths that models answer at, those that are asked often, and all others by FastAPI."""

    surfaces: SurfaceRegistry
    endpoints: Mapping[str, Handler]
    plain: Mapping[str, Handler]
    quiet: "LateApp[QuietApp]"
    admin: AdminAuthentication
    plays: ScenarioPlays
    around: App

    def __init__(self, life: Life) -> None:
        self._life = life

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        await (self.around(scope, receive, send) if scope["type"] == "http" else live(self._life, receive, send))

    def route(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """What all layers stand around."""
        handler = self.endpoints.get(scope["path"])
        if handler is None and scope["method"] == "GET":
            handler = self.plain.get(scope["path"])
        return (handler or self.quiet)(scope, receive, send)

    async def answers_get(self, scope: Scope) -> bool:
        """Whether a GET at the path of a request has an answer."""
        path = scope["path"]
        return path not in self.endpoints and (path in self.plain or (await self.quiet.made()).answers_get(scope))

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document; takes half a second the first time."""
        return self.quiet.now().openapi()


def build_app(
    service: Service,
    metrics: Metrics,
    health: Callable[[], dict[str, str]],
    stop: Callable[[], None],
    live_config: LiveConfig,
    admin_key: GivenKey | str | None = None,
    *,
    keys: bool = False,
    request_observer: RequestObserver | None = None,
    surfaces: SurfaceRegistry = SURFACES,
    stopping: Stopping | None = None,
    cors_origins: Sequence[str] = (),
    allowed_hosts: AllowedHosts | None = None,
    page: Page | None = None,
    audits: bool = True,
) -> Application:
    """An application over one service; `stop` is called once nothing is in flight any more.

    With `keys`, whoever asks needs one. `request_observer` is told of every request. `admin_key` is an owner's, beside
    those of the ledger. It answers to the names `allowed_hosts`: loopback's, unless said. Browsers see the `page`. It
    `audits` its own backends where providers.yaml says so, unless another process does.
    """
    admin = _admin(live_config, admin_key)
    work = _work(service, metrics, live_config, admin, keys=keys, audits=audits)
    plays = ScenarioPlays()
    app = Application(partial(_life, service, live_config, work, partial(_end, admin, plays, stop, request_observer)))
    app.plays, app.surfaces, app.endpoints, app.admin = plays, surfaces, surfaces.handlers(service), admin
    plain = PlainAnswers(service, metrics, health, live_config)
    app.quiet = LateApp(partial(_quiet_app, service, metrics, plain, live_config, surfaces, admin, plays))
    app.plain = plain_answers(plain, app.quiet, surfaces.failure)
    failure, limits = surfaces.failure, service.state.limits
    # Everything that touches every request, outermost first.
    layers: tuple[Middleware | None, ...] = (
        (stopping or Stopping()).around(failure),
        Cors(cors_origins, failure) if cors_origins else None,
        without_trailing_slash,
        AzurePaths(surfaces.azure_deployments, surfaces.azure_resource),
        request_observer.around(surfaces.answering) if request_observer else None,
        Gate((allowed_hosts or AllowedHosts(keyless=not keys, origins=cors_origins)).check, failure),
        page(admin) if page else None,
        Gate(partial(admins_below_root, admin), failure),
        Authentication(live_config.keyring, service.rate_limiter, admin, failure) if keys else None,
        ClientLimits(limits, failure),
        HeadAsGet(app.answers_get),
        BodyLimits(limits),
        ContentEncoding(limits.body_bytes),
    )
    app.around = fold(layers, app.route)
    return app


def _quiet_app(*parts: Any) -> "QuietApp":
    from router.api.quiet_app import build_quiet_app

    return build_quiet_app(*parts)


def _work(
    service: Service,
    metrics: Metrics,
    live_config: LiveConfig,
    admin: AdminAuthentication,
    *,
    keys: bool,
    audits: bool,
) -> list[Work]:
    """What goes on beside the requests; raises ConfigError for a backend that can't be audited."""
    work: list[Work] = [live_config.keep_watch, partial(live_config.governor.keep_governing, live_config.take_up)]
    freed_memory = FreedMemory(lambda: service.state.heavy_work.handed_over)
    work += [metrics.loop_lag.keep_watch, admin.attempts.keep_writing, freed_memory.keep_giving_back]
    work += [live_config.keyring.keep_looking, service.rate_limiter.keep_settling] if keys else []
    work += [partial(metrics.keep_sharing, service, live_config)] if metrics.workers else []
    work += [live_config.drift.keep_looking] if audits else []
    metrics.backend_watches = _backend_watches(service) if audits else []
    return work + [partial(watch.keep_watch, live_config.ledger.log) for watch in metrics.backend_watches]


def _backend_watches(service: Service) -> "list[BackendWatch]":
    """A watch for each backend that is audited; most servers audit none, and import nothing for it."""
    if all(row.audit is None for row in service.config.providers.values()):
        return []
    from router.audit.backend_watch import backend_watches

    return backend_watches(service)


@asynccontextmanager
async def _life(
    service: Service,
    live_config: LiveConfig,
    work: Sequence[Work],
    end: Callable[[], Awaitable[None]],
) -> AsyncIterator[None]:
    """What goes on beside the requests, and what is left to do after the last."""
    tasks = [asyncio.create_task(begin()) for begin in work]
    yield
    for task in tasks:
        task.cancel()
    await live_config.governor.stop()
    await close_providers(service.active.providers.values())
    await end()


async def _end(
    admin: AdminAuthentication,
    plays: ScenarioPlays,
    stop: Callable[[], None],
    request_observer: RequestObserver | None,
) -> None:
    await plays.close()
    await asyncio.to_thread(admin.attempts.try_flush, whole=True)
    stop()
    if request_observer is not None:
        await asyncio.to_thread(request_observer.close)


def _admin(live_config: LiveConfig, key: GivenKey | str | None) -> AdminAuthentication:
    given = key if isinstance(key, GivenKey) else GivenKey(key)
    return AdminAuthentication(live_config.admins, given, AttemptLog(live_config.ledger.log))
