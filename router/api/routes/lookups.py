"""The quiet routes: models, the decision alone, receipts."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from router.api.http.asgi import read_body, request_id
from router.api.http.authentication import access_of, own_receipt
from router.api.http.endpoint import terms
from router.api.routes.response_schemas import Explained, Kept, Models, Named, answers, takes
from router.api.surfaces.openai_chat.surface import parse
from router.decision.explanation import explained
from router.decision.resolve import default_policy, nearest, permitted_names, policy_name, policy_names
from router.errors import UnknownModel
from router.serving.service import Service
from router.types import Access, Config


def build_routes(service: Service) -> APIRouter:
    """Models, the decision alone, and receipts."""
    routes = APIRouter(default_response_class=Response)

    @routes.get(
        "/v1/models",
        tags=["models"],
        summary="The models and policies that `model` may name",
        responses=answers(Models),
    )
    async def models(request: Request) -> Response:
        return json_response({"object": "list", "data": listing(service.config, access_of(request.scope))})

    @routes.get("/v1/models/{name}", tags=["models"], summary="One model or policy", responses=answers(Named))
    async def model(name: str, request: Request) -> Response:
        rows = {row["id"]: row for row in listing(service.config, access_of(request.scope))}
        if name not in rows:
            raise UnknownModel(f"No model or policy is called {name!r}.{nearest(name, rows)}", param="model")
        return json_response(rows[name])

    @routes.post(
        "/v1/route",
        tags=["routing"],
        summary="The decision alone: the body of a chat request, no call made",
        responses=answers(Explained),
        openapi_extra=takes("application/json", {"$ref": "#/components/schemas/ChatCompletionRequest"}),
    )
    async def route(request: Request) -> Response:
        body = await read_body(request.receive, request.scope, service.limits.body_bytes)
        asked = terms(request.scope, request_id(request.scope), service.salt)
        return json_response(explained(await service.considered(parse(body), asked)))

    @routes.get(
        "/v1/receipts/{id}", tags=["routing"], summary="What happened to one request, for ever", responses=answers(Kept)
    )
    def receipt(id: str, request: Request) -> Response:  # noqa: A002
        return Response(own_receipt(request.scope, service.ledger, id), media_type="application/json")

    return routes


def listing(config: Config, access: Access | None = None) -> list[dict[str, Any]]:
    """Models, then policies, in OpenAI's shape with ours beside it: all, or those that a key may use."""
    permit = access.permit if access else None
    may = set(permitted_names(config, permit))
    rows: list[dict[str, Any]] = [
        {
            "id": model.id,
            "object": "model",
            "created": _epoch(model.released.toordinal()),
            "owned_by": model.owner,
            "fungible": {
                "kind": "model",
                "name": model.name,
                "family": model.family,
                "version": model.version,
                "context": model.context,
                "max_output": model.max_output,
                "capabilities": model.capabilities,
                "regions": model.regions,
                "stand_in": model.stand_in,
            },
        }
        for model in config.models
    ]
    for name in policy_names(config):
        policy = (policy_name(name, config) if name != "auto" else None) or default_policy(config, permit)
        told = {"kind": "policy", "policy": policy, "because": config.policies[policy].because}
        rows.append({"id": name, "object": "model", "created": 0, "owned_by": "fungible", "fungible": told})
    return [row for row in rows if row["id"] in may]


def _epoch(ordinal: int) -> int:
    return (ordinal - 719_163) * 86_400


def json_response(data: object, status: int = 200) -> Response:
    """Any value of ours as JSON."""
    return Response(orjson.dumps(data, default=str), status_code=status, media_type="application/json")
