"""OpenAI's Responses API as a surface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from router.api.http.asgi import EVENTS, Scope
from router.api.http.azure_paths import named
from router.api.surfaces.json_body import loaded, with_model
from router.api.surfaces.openai_responses.conversations import Conversation, joined, owner_of
from router.api.surfaces.openai_responses.errors import WORDING
from router.api.surfaces.openai_responses.output_items import Output
from router.api.surfaces.openai_responses.parse import parse
from router.api.surfaces.openai_responses.render import begun, ended, is_complete
from router.api.surfaces.openai_responses.response_store import ResponseStore
from router.api.surfaces.openai_responses.schema import ASKED
from router.api.surfaces.openai_responses.sealed_thoughts import wants_sealed
from router.api.surfaces.openai_responses.stream import ResponseEvents
from router.api.surfaces.openai_responses.tools import NO_TOOLS, ToolTable
from router.api.surfaces.surface import EVENT_KIND, JSON_KIND, Surface, SurfacePath
from router.api.surfaces.token_count import TokenCount
from router.decision.receipt import Exchange
from router.types import ChatRequest, Chunk, FinishReason, Receipt

if TYPE_CHECKING:
    from fastapi import APIRouter

STOP: FinishReason = "stop"
RESPONSES = "/v1/responses"


class ResponseTokenCount(TokenCount):
    """`/v1/responses/input_tokens`."""

    def render(self, tokens: int) -> dict[str, Any]:
        """The answer, in this API's words."""
        return {"object": "response.input_tokens", "input_tokens": tokens}


class Responses(Surface):
    """`/v1/responses`, and Azure's."""

    paths = (
        SurfacePath(
            path=RESPONSES,
            tag="responses",
            summary="OpenAI's Responses API, routed",
            request=ASKED,
            answer="A response, or with `stream` a stream of typed events",
            kinds=(JSON_KIND, EVENT_KIND),
        ),
        SurfacePath(
            path="/v1/responses/input_tokens",
            tag="responses",
            summary="The tokens that the model that would be asked makes of a request",
            request=ASKED,
            answer="The count",
            handler=ResponseTokenCount,
        ),
    )
    azure_deployments = True
    azure_resource = True
    wording = WORDING

    def __init__(self, store: ResponseStore | None = None) -> None:
        self._store = store

    def more_routes(self) -> "Sequence[APIRouter]":
        """Where OpenAI keeps responses."""
        from router.api.surfaces.openai_responses.stored_responses import build_kept

        return (build_kept(self._store),)

    def parse_request(self, scope: Scope, body: bytes) -> "ParsedResponse":
        """Parse a body, with what came before it where responses are kept. Raises BadRequest."""
        raw = loaded(body) if self._store else None
        if self._store is None or not isinstance(raw, dict):
            return self.parse(body, named(scope))
        whole, conversation = joined(self._store, owner_of(scope), raw)
        # What nothing was added to stays as it was written.
        parsed = self.parse(body if whole == raw else orjson.dumps(whole), named(scope))
        return replace(parsed, conversation=conversation)

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
    conversation: Conversation | None = None
    kind = EVENTS

    @property
    def streams(self) -> bool:
        """Whether the client asked for a stream."""
        return bool(self.request.stream)

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """A `response`."""
        output, reason = Output(exchange.id, self.tools, seals=wants_sealed(self.body)), STOP
        for chunk in chunks:
            output.take(chunk)
            reason = chunk.finish_reason or reason
        output.end(whole=is_complete(reason))
        start = begun(self.body, exchange, receipt.served or "", self.conversation)
        response = ended(start, exchange, receipt, output, reason)
        if self.conversation:
            self.conversation.keep(response)
        return orjson.dumps(response)

    def stream(self, exchange: Exchange, served: str) -> ResponseEvents:
        """A stream of typed events."""
        return ResponseEvents(self.body, self.tools, exchange, served, self.conversation)
