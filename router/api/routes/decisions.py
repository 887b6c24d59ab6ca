"""POST /v1/route: the decision alone; GET /v1/receipts/{id}: what became of one."""

from fastapi import APIRouter, Depends, Request, Response

from router.api.bodies.parse_body import parse_body
from router.api.http.asgi import read_body, request_id
from router.api.http.authentication import own_receipt
from router.api.http.endpoint import request_context
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import Explained, Kept, answers, takes
from router.api.surfaces.azure_controls import Routed, routed
from router.api.surfaces.openai_chat.surface import parse
from router.decision.explanation import explained
from router.serving.service import Service
from router.types import ChatRequest


def build_routes(service: Service) -> APIRouter:
    """The decision alone, and receipts."""
    routes = APIRouter(default_response_class=Response)

    @routes.post(
        "/v1/route",
        tags=["routing"],
        summary="The decision alone: the body of a chat request, no call made",
        responses=answers(Explained),
        openapi_extra=takes("application/json", {"$ref": "#/components/schemas/ChatCompletionRequest"}),
    )
    async def route(request: Request) -> Response:
        state = service.state
        body = await read_body(request.receive, request.scope, state.limits.body_bytes)
        taken: list[Routed] = []

        def read(data: bytes) -> ChatRequest:
            taken.append(routed(request.scope, data))
            return parse(taken[-1].body)

        parsed = await parse_body(state.heavy_work, body, read)
        own, notes, size = request_id(request.scope), taken[-1].notes, len(body)
        asked = request_context(request.scope, own, service.salt, notes, size, taken[-1].controls)
        return json_response(explained(await service.considered(parsed, asked), public=True))

    @routes.get(
        "/v1/receipts/{id}",
        tags=["routing"],
        summary="What happened to one request, for ever",
        responses=answers(Kept),
        dependencies=[Depends(only_known_words)],
    )
    def receipt(id: str, request: Request) -> Response:  # noqa: A002
        return Response(own_receipt(request.scope, service.state.ledger, id), media_type="application/json")

    return routes
