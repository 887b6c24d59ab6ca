"""GET /v1/models: the models and policies that a request may name."""

from typing import Any

from fastapi import APIRouter, Request, Response

from router.api.http.authentication import access_of
from router.api.routes.anthropic_models import ANTHROPIC_VERSION, anthropic_row, page
from router.api.routes.json_response import json_response
from router.api.routes.response_schemas import Models, Named, answers
from router.decision.names.model_names import known_name
from router.decision.resolve import default_policy, permitted_names, policy_name, policy_names, unknown_model
from router.serving.service import Service
from router.types import Access, Config


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
                "labels": model.labels,
                "retires": model.retires,
                "successor": model.successor,
                "stand_in": model.stand_in,
            },
        }
        for model in config.models
    ]
    for name in policy_names(config):
        policy = (policy_name(name, config) if name != "auto" else None) or default_policy(config, permit)
        row = {"kind": "policy", "policy": policy, "because": config.policies[policy].because}
        rows.append({"id": name, "object": "model", "created": 0, "owned_by": "fungible", "fungible": row})
    for alias in config.version_aliases.values():
        own = {"kind": "alias", "versions": alias.versions, "because": alias.because}
        rows.append({"id": alias.name, "object": "model", "created": 0, "owned_by": "fungible", "fungible": own})
    return [row for row in rows if row["id"] in may]


def _epoch(ordinal: int) -> int:
    return (ordinal - 719_163) * 86_400
