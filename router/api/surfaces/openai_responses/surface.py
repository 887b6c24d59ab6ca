"""OpenAI's Responses API as a surface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter

from router.api.http.asgi import EVENTS
from router.api.surfaces.json_body import with_model
from router.api.surfaces.openai_responses.output_items import Output
from router.api.surfaces.openai_responses.parse import parse
from router.api.surfaces.openai_responses.render import begun, ended, is_complete
from router.api.surfaces.openai_responses.schema import ASKED
from router.api.surfaces.openai_responses.stored_responses import build_kept
from router.api.surfaces.openai_responses.stream import ResponseEvents
from router.api.surfaces.openai_responses.tools import NO_TOOLS, ToolTable
from router.api.surfaces.surface import EVENT_KIND, JSON_KIND, Surface, SurfacePath
from router.decision.receipt import Exchange
from router.types import ChatRequest, Chunk, FinishReason, Receipt

STOP: FinishReason = "stop"


class Responses(Surface):
    """`/v1/responses`, and Azure's."""

    paths = (
        SurfacePath(
            path="/v1/responses",
            tag="responses",
            summary="OpenAI's Responses API, routed",
            request=ASKED,
            answer="A response, or with `stream` a stream of typed events",
            kinds=(JSON_KIND, EVENT_KIND),
        ),
    )
    azure_deployments = True
    azure_resource = True

    def more_routes(self) -> Sequence[APIRouter]:
        """Where OpenAI keeps responses."""
        return (build_kept(),)

    def parse(self, body: bytes, named: str | None) -> "ParsedResponse":
        """Read a body; raises BadRequest with the parameter that is wrong."""
        return ParsedResponse(*parse(body if named is None else with_model(body, named)))


@dataclass(frozen=True, slots=True)
class ParsedResponse:
    """A parsed request, with the body that its answer repeats."""

    request: ChatRequest
    notes: tuple[str, ...]
    body: Mapping[str, Any]
    tools: ToolTable = NO_TOOLS
    kind = EVENTS

    @property
    def streams(self) -> bool:
        """Whether the client asked for a stream."""
        return bool(self.request.stream)

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """A `response`."""
        output, reason = Output(exchange.id, self.tools), STOP
        for chunk in chunks:
            output.take(chunk)
            reason = chunk.finish_reason or reason
        output.end(whole=is_complete(reason))
        start = begun(self.body, exchange, receipt.served or "")
        return orjson.dumps(ended(start, receipt, output, reason))

    def stream(self, exchange: Exchange, served: str) -> ResponseEvents:
        """A stream of typed events."""
        return ResponseEvents(self.body, self.tools, exchange, served)
