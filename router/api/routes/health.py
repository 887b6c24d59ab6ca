"""What an operator's tools ask: does it live, is it ready, what has it done."""

from fastapi import APIRouter, Response

from router.api.plain_answers import PlainAnswer, PlainAnswers
from router.api.routes.response_schemas import TEXT, Health, Index, Readiness, answers


def build_operation(plain: PlainAnswers) -> APIRouter:
    """Health and metrics."""
    routes = APIRouter(tags=["operation"], default_response_class=Response)

    @routes.get("/", summary="What this is, and where to go on", responses=answers(Index))
    async def index() -> Response:
        return _response(plain.index())

    @routes.get("/healthz", summary="The process lives", responses=answers(Health))
    async def healthz() -> Response:
        return _response(plain.healthz())

    @routes.get("/readyz", summary="Requests are answered without delay", responses=answers(Readiness, ready=Readiness))
    async def readyz() -> Response:
        return _response(plain.readyz())

    @routes.get("/metrics", summary="Prometheus metrics", responses=answers(media=TEXT))
    async def measured() -> Response:
        return _response(plain.measured())

    return routes


def _response(answer: PlainAnswer) -> Response:
    return Response(answer.body, status_code=answer.status, media_type=answer.kind)
