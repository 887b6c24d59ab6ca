"""The FastAPI application of the quiet routes: all that asks no model, and the OpenAPI document.

Invariant: it is imported and made when the first of these is asked for, and not in the thread of the event loop. That
takes a third of a second and 15 MB, and a server that only answers requests needs none of it.
"""

from collections.abc import Sequence

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from router import __version__
from router.api.http.admin_auth import AdminAuthentication
from router.api.http.asgi import ClientLeft, Scope, request_id
from router.api.http.error_responses import unexpected, unsound
from router.api.live_config import LiveConfig
from router.api.plain_answers import PlainAnswers
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
from router.api.surfaces.registry import SurfaceRegistry
from router.errors import BadRequest, ConfigError, NotFound, RouterError, WrongMethod
from router.serving.request_trace import LEFT
from router.serving.service import Service


class QuietApp(FastAPI):
    """FastAPI, which knows whose errors are said in which shape."""

    surfaces: SurfaceRegistry
    plain_routes: Sequence[Route]

    def answers_get(self, scope: Scope) -> bool:
        """Whether a GET at the path of a request has an answer."""
        return any(route.matches({**scope, "method": "GET"})[0] is Match.FULL for route in self.routes)


def build_quiet_app(
    service: Service,
    metrics: Metrics,
    plain: PlainAnswers,
    live_config: LiveConfig,
    surfaces: SurfaceRegistry,
    admin: AdminAuthentication,
    plays: ScenarioPlays,
) -> QuietApp:
    """The application over one service."""
    app = QuietApp(
        title="Fungible",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # A redirect would repeat the name in `host`, which anybody may have put there.
        redirect_slashes=False,
    )
    app.surfaces = surfaces
    add_document(app, surfaces)
    routers = [
        # What other products' clients and collectors ask may bring words of their own; a scenario looks at its own.
        build_models(service),
        build_decisions(service),
        build_operation(plain),
        build_scenarios(plays),
        *surfaces.more_routes(),
        build_proofs(live_config.ledger),
        build_feedback(live_config),
        build_ramps(live_config),
        build_ramp_arms(live_config),
        build_keys(live_config),
        build_admins(live_config, admin.attempts),
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
    _handle_errors(app)
    return app


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
