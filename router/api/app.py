"""The one FastAPI application: the hot route as plain ASGI, the quiet routes by FastAPI, errors in one envelope."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from router import __version__
from router.api.assembly import close_providers
from router.api.bodies.freed_memory import FreedMemory
from router.api.http.admin_auth import AdminAuthentication, GivenKey
from router.api.http.allowed_hosts import AllowedHosts
from router.api.http.asgi import ClientLeft, Receive, Scope, Send, request_id
from router.api.http.authentication import Authentication, admins_below_root
from router.api.http.azure_paths import AzurePaths
from router.api.http.body_limits import BodyLimits
from router.api.http.error_responses import unexpected, unsound
from router.api.http.layers.client_limits import ClientLimits
from router.api.http.layers.content_encoding import ContentEncoding
from router.api.http.layers.cors import Cors
from router.api.http.layers.gate import Gate
from router.api.http.layers.head_as_get import HeadAsGet
from router.api.http.layers.stopping import Stopping
from router.api.http.layers.trailing_slash import without_trailing_slash
from router.api.http.middleware import App, Middleware, fold
from router.api.http.request_observer import RequestObserver
from router.api.live_config import LiveConfig
from router.api.playing.scenario_plays import ScenarioPlays
from router.api.prometheus import Metrics
from router.api.routes.admins import build_admins
from router.api.routes.decisions import build_routes as build_decisions
from router.api.routes.feedback import build_feedback
from router.api.routes.health import build_operation
from router.api.routes.keys import build_keys
from router.api.routes.log_proofs import build_proofs
from router.api.routes.models import build_routes as build_models
from router.api.routes.money_report import build_money
from router.api.routes.openapi import add_document
from router.api.routes.policies import build_admin
from router.api.routes.policy_candidates import build_candidates
from router.api.routes.ramps import build_ramps
from router.api.routes.reading.audits import build_audits
from router.api.routes.reading.found_receipts import build_receipts
from router.api.routes.reading.model_shelf import build_shelf
from router.api.routes.reading.ramp_arms import build_ramp_arms
from router.api.routes.reading.scenario_results import build_scenarios
from router.api.routes.reading.traffic_drift import build_drift
from router.api.routes.reading.traffic_figures import build_figures
from router.api.server_options import Page
from router.api.surfaces.registry import SURFACES, SurfaceRegistry
from router.api.surfaces.surface import Handler
from router.errors import BadRequest, ConfigError, NotFound, RouterError, WrongMethod
from router.keys.attempts import AttemptLog
from router.serving.request_trace import LEFT
from router.serving.service import Service

if TYPE_CHECKING:
    from router.audit.backend_watch import BackendWatch

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# What goes on beside the requests.
Work = Callable[[], Coroutine[Any, Any, None]]


class Application(FastAPI):
    """FastAPI, but for the paths that a model answers at, which go straight to their endpoints."""

    surfaces: SurfaceRegistry
    endpoints: Mapping[str, Handler]
    admin: AdminAuthentication
    plays: ScenarioPlays
    plain_routes: Sequence[Route]
    around: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        await (self.around if scope["type"] == "http" else super().__call__)(scope, receive, send)

    def route(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """What all layers stand around."""
        return self.endpoints.get(scope["path"], super().__call__)(scope, receive, send)


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
    app = _empty(partial(_life, service, live_config, work, partial(_end, admin, plays, stop, request_observer)))
    app.plays, app.surfaces, app.endpoints, app.admin = plays, surfaces, surfaces.handlers(service), admin
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
        HeadAsGet(app.routes),
        BodyLimits(limits),
        ContentEncoding(limits.body_bytes),
    )
    app.around = fold(layers, app.route)
    add_document(app, surfaces)
    _include_routes(app, service, metrics, health, live_config)
    _handle_errors(app)
    return app


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


def _empty(life: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> Application:
    return Application(
        title="Fungible",
        version=__version__,
        lifespan=life,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # A redirect would repeat the name in `host`, which anybody may have put there.
        redirect_slashes=False,
    )


@asynccontextmanager
async def _life(
    service: Service,
    live_config: LiveConfig,
    work: Sequence[Work],
    end: Callable[[], Awaitable[None]],
    _: FastAPI,
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


def _include_routes(
    app: Application,
    service: Service,
    metrics: Metrics,
    health: Callable[[], dict[str, str]],
    live_config: LiveConfig,
) -> None:
    routers = [
        # What other products' clients and collectors ask may bring words of their own; a scenario looks at its own.
        build_models(service),
        build_decisions(service),
        build_operation(service, metrics, health, live_config),
        build_scenarios(app.plays),
        *app.surfaces.more_routes(),
        build_proofs(live_config.ledger),
        build_feedback(live_config),
        build_ramps(live_config),
        build_ramp_arms(live_config),
        build_keys(live_config),
        build_admins(live_config, app.admin.attempts),
        build_candidates(live_config, service.state.limits.body_bytes),
        build_admin(live_config, service.state.limits.body_bytes),
        build_money(live_config),
        build_receipts(live_config),
        build_figures(live_config),
        build_drift(live_config.drift),
        build_shelf(live_config),
        build_audits(live_config, lambda: metrics.backend_watches),
    ]
    # As they are: of an included router FastAPI makes the routes anew, in the loop, when a request first looks at it.
    app.router.routes.extend(route for routes in routers for route in routes.routes)
    app.plain_routes = [route for route in app.routes if isinstance(route, Route)]


def _handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(RouterError, _known)
    app.add_exception_handler(ConfigError, _not_sound)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(ClientLeft, _left)
    app.add_exception_handler(Exception, _unexpected)


def _respond(request: Request, error: RouterError) -> Response:
    status, body, headers = request.app.surfaces.failure(request.scope, error, request_id(request.scope))
    response = Response(body, status, media_type="application/json")
    response.headers.update({name.decode(): value.decode() for name, value in headers})
    return response


async def _known(request: Request, error: Exception) -> Response:
    return _respond(request, error if isinstance(error, RouterError) else unexpected(error))


async def _not_sound(_: Request, error: Exception) -> Response:
    assert isinstance(error, ConfigError)  # noqa: S101 - what this handler is registered for
    return Response(orjson.dumps(unsound(error)), 422, media_type="application/json")


async def _plain(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    if status == 404:
        return _respond(request, NotFound(f"There is nothing at {request.method} {request.url.path}."))
    if status == 405:
        return _respond(request, WrongMethod(request.method, request.url.path, *_allowed(request)))
    response = _respond(request, BadRequest(f"{request.method} is not possible at {request.url.path}."))
    response.status_code = status
    return response


def _allowed(request: Request) -> list[str]:
    """The methods of every route at a path; the framework tells those of the first alone.

    A path that a route spells out is not that of one with a name in its place.
    """
    path: str = request.scope["path"]
    routes: list[Route] = [route for route in request.app.plain_routes if route.path_regex.match(path)]
    fewest = min((len(route.param_convertors) for route in routes), default=0)
    allowed = {method for route in routes if len(route.param_convertors) == fewest for method in route.methods or ()}
    return sorted(allowed | ({"HEAD"} if "GET" in allowed else set()))


async def _malformed(request: Request, error: Exception) -> Response:
    """What of a query is wrong; the framework's own words would name our files."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what this handler is registered for
    first = error.errors()[0]
    param = ".".join(str(step) for step in first["loc"][1:])
    return _respond(request, BadRequest(f"{param}: {first['msg'][:1].lower()}{first['msg'][1:]}.", param=param))


async def _left(_: Request, __: Exception) -> Response:
    """Nobody reads this; it is no fault of ours that needs a trace."""
    return Response(status_code=LEFT)


async def _unexpected(request: Request, error: Exception) -> Response:
    return _respond(request, unexpected(error))
