"""POST /v1/route: the decision alone; GET /v1/receipts/{id}: what became of one."""

from fastapi import APIRouter, Request, Response

from router.api.http.asgi import read_body, request_id
from router.api.http.authentication import own_receipt
from router.api.http.endpoint import request_context
from router.api.routes.json_response import json_response
from router.api.routes.response_schemas import Explained, Kept, answers, takes
from router.api.surfaces.openai_chat.surface import parse
from router.decision.explanation import explained
from router.serving.service import Service


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
        body = await read_body(request.receive, request.scope, service.state.limits.body_bytes)
        asked = request_context(request.scope, request_id(request.scope), service.salt)
        return json_response(explained(await service.considered(parse(body), asked)))

    @routes.get(
        "/v1/receipts/{id}", tags=["routing"], summary="What happened to one request, for ever", responses=answers(Kept)
    )
    def receipt(id: str, request: Request) -> Response:  # noqa: A002
        return Response(own_receipt(request.scope, service.state.ledger, id), media_type="application/json")

    return routes
