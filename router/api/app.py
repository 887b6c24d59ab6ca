"""The one FastAPI application: the hot route as plain ASGI, the quiet routes by FastAPI, errors in one envelope."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from router import __version__
from router.api.assembly import close_providers
from router.api.http.asgi import ClientLeft, Receive, Scope, Send, request_id, without_body
from router.api.http.authentication import Authentication
from router.api.http.azure_paths import as_openai
from router.api.http.body_limits import BodyLimits
from router.api.http.error_responses import unexpected, unsound
from router.api.http.request_observer import RequestObserver
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.api.routes.decisions import build_routes as build_decisions
from router.api.routes.feedback import build_feedback
from router.api.routes.health import build_operation
from router.api.routes.keys import build_keys
from router.api.routes.log_proofs import build_proofs
from router.api.routes.models import build_routes as build_models
from router.api.routes.money_report import build_money
from router.api.routes.openapi import documented
from router.api.routes.policies import build_admin
from router.api.routes.ramps import build_ramps
from router.api.surfaces.registry import SURFACES, SurfaceRegistry
from router.api.surfaces.surface import Handler
from router.errors import BadRequest, ConfigError, NotFound, RouterError, WrongMethod
from router.serving.request_trace import LEFT
from router.serving.service import Service


class Application(FastAPI):
    """FastAPI, but for the paths that a model answers at, which go straight to their endpoints."""

    surfaces: SurfaceRegistry
    endpoints: Mapping[str, Handler]
    body_limits: BodyLimits
    authentication: Authentication | None = None
    request_observer: RequestObserver | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        scope = as_openai(scope, self.surfaces.azure_deployments, self.surfaces.azure_resource)
        if self.request_observer is None:
            await self._serve(scope, receive, send)
        else:
            asks = scope["path"] in self.surfaces.answering
            await self.request_observer.serve(self._serve, scope, receive, send, answering=asks)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.authentication is not None:
            admitted = await self.authentication.admit(scope, send)
            if admitted is None:
                return
            send = admitted
        if scope["method"] == "HEAD" and self._answers_get(scope):
            scope, send = {**scope, "method": "GET"}, without_body(send)
        await self.endpoints.get(scope["path"], super().__call__)(scope, self.body_limits.guard(receive), send)

    def _answers_get(self, scope: Scope) -> bool:
        """Whether a HEAD has a GET whose headers it gets."""
        return any(route.matches({**scope, "method": "GET"})[0] is Match.FULL for route in self.routes)


def build_app(
    service: Service,
    metrics: Metrics,
    health: Callable[[], dict[str, str]],
    stop: Callable[[], None],
    live_config: LiveConfig,
    admin_key: str | None = None,
    *,
    keys: bool = False,
    request_observer: RequestObserver | None = None,
    surfaces: SurfaceRegistry = SURFACES,
) -> Application:
    """An application over one service; `stop` is called once nothing is in flight any more.

    With `keys`, whoever asks needs one. `request_observer` is told of every request.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        for_keys = [live_config.keyring.keep_looking(), service.rate_limiter.keep_settling()] if keys else []
        work = [live_config.keep_watch(), live_config.governor.keep_governing(live_config.take_up), *for_keys]
        tasks = [asyncio.create_task(one) for one in work]
        yield
        for task in tasks:
            task.cancel()
        await live_config.governor.stop()
        await close_providers(service.active.providers.values())
        stop()
        if request_observer is not None:
            await asyncio.to_thread(request_observer.close)

    app = Application(
        title="Fungible", version=__version__, lifespan=life, openapi_url="/openapi.json", docs_url=None, redoc_url=None
    )
    app.surfaces, app.endpoints = surfaces, surfaces.handlers(service)
    app.authentication = (
        Authentication(live_config.keyring, service.rate_limiter, admin_key, surfaces.failure) if keys else None
    )
    app.request_observer, app.body_limits = request_observer, BodyLimits(service.state.limits)
    _include_routes(app, service, metrics, health, live_config, admin_key)
    _handle_errors(app)
    generated = app.openapi
    app.openapi = lambda: documented(generated(), surfaces)  # type: ignore[method-assign]
    return app


def _include_routes(
    app: Application,
    service: Service,
    metrics: Metrics,
    health: Callable[[], dict[str, str]],
    live_config: LiveConfig,
    admin_key: str | None,
) -> None:
    app.include_router(build_models(service))
    app.include_router(build_decisions(service))
    app.include_router(build_proofs(live_config.ledger))
    app.include_router(build_operation(service, metrics, health, live_config))
    app.include_router(build_feedback(live_config))
    app.include_router(build_ramps(live_config, admin_key))
    app.include_router(build_keys(live_config, admin_key))
    app.include_router(build_admin(live_config, admin_key, service.state.limits.body_bytes))
    app.include_router(build_money(live_config, admin_key))
    for routes in app.surfaces.more_routes():
        app.include_router(routes)


def _handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(RouterError, _known)
    app.add_exception_handler(ConfigError, _not_sound)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(ClientLeft, _left)
    app.add_exception_handler(Exception, _unexpected)


def _respond(request: Request, error: RouterError) -> Response:
    status, body, headers = request.app.surfaces.failure(request.url.path, error, request_id(request.scope))
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
        return _respond(request, WrongMethod(request.method, request.url.path, ", ".join(_allowed(request))))
    response = _respond(request, BadRequest(f"{request.method} is not possible at {request.url.path}."))
    response.status_code = status
    return response


def _allowed(request: Request) -> list[str]:
    """The methods of every route at a path; the framework tells those of the first alone."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


async def _malformed(request: Request, error: Exception) -> Response:
    return _respond(request, BadRequest(str(error)))


async def _left(_: Request, __: Exception) -> Response:
    """Nobody reads this; it is no fault of ours that needs a trace."""
    return Response(status_code=LEFT)


async def _unexpected(request: Request, error: Exception) -> Response:
    return _respond(request, unexpected(error))
