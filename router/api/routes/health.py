"""What an operator's tools ask: does it live, is it ready, what has it done."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from router import __version__
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.api.routes.json_response import json_response
from router.api.routes.response_schemas import TEXT, Health, Index, Readiness, answers
from router.serving.service import Service


def build_operation(
    service: Service, metrics: Metrics, health: Callable[[], dict[str, str]], live_config: LiveConfig
) -> APIRouter:
    """Health and metrics; `health` names what is not ready, and why."""
    routes = APIRouter(tags=["operation"], default_response_class=Response)

    @routes.get("/", summary="What this is, and where to go on", responses=answers(Index))
    async def index() -> Response:
        return json_response(
            {
                "name": "fungible",
                "version": __version__,
                "revision": service.config.revision,
                "models": "/v1/models",
                "openapi": "/openapi.json",
            }
        )

    @routes.get("/healthz", summary="The process lives", responses=answers(Health))
    async def healthz() -> Response:
        return json_response({"status": "ok"})

    @routes.get("/readyz", summary="Requests are answered without delay", responses=answers(Readiness, ready=Readiness))
    async def readyz() -> Response:
        waiting = health()
        state = {"status": "waiting" if waiting else "ready", "revision": service.config.revision, **waiting}
        if live_config.fault:
            # The old configuration serves on: a bad edit must not take the server out of its pool.
            state["configuration"] = (
                f"not sound, revision {service.config.revision} stays in force: {live_config.fault}"
            )
        if live_config.keyring.failure:
            state["keys"] = "those that were known are in force; the ledger can't be asked for changes now"
        return json_response(state, 503 if waiting else 200)

    @routes.get("/metrics", summary="Prometheus metrics", responses=answers(media=TEXT))
    async def measured() -> Response:
        return Response(metrics.text(service, live_config), media_type="text/plain; version=0.0.4; charset=utf-8")

    return routes
