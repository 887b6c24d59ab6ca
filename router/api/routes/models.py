"""GET /v1/models: the models and policies that a request may name."""

from fastapi import APIRouter, Request, Response

from router.api.http.authentication import access_of
from router.api.model_listing import ANTHROPIC_VERSION, listing
from router.api.routes.anthropic_models import anthropic_row, page
from router.api.routes.json_response import json_response
from router.api.routes.response_schemas import Models, Named, answers
from router.decision.names.model_names import known_name
from router.decision.resolve import unknown_model
from router.serving.service import Service


def build_routes(service: Service) -> APIRouter:
    """The list of models and policies, and each of them."""
    routes = APIRouter(default_response_class=Response)

    @routes.get(
        "/v1/models",
        tags=["models"],
        summary="The models and policies that `model` may name",
        responses=answers(Models),
    )
    async def models(request: Request) -> Response:
        rows = listing(service.config, access_of(request.scope))
        if ANTHROPIC_VERSION in request.headers:
            return json_response(page(rows, request.query_params))
        return json_response({"object": "list", "data": rows})

    # A name may hold slashes.
    @routes.get("/v1/models/{name:path}", tags=["models"], summary="One model or policy", responses=answers(Named))
    async def model(name: str, request: Request) -> Response:
        rows = {row["id"]: row for row in listing(service.config, access_of(request.scope))}
        row = rows.get(name) or rows.get(known_name(name, service.config) or "")
        if row is None:
            raise unknown_model(name, rows)
        return json_response(anthropic_row(row) if ANTHROPIC_VERSION in request.headers else row)

    return routes
