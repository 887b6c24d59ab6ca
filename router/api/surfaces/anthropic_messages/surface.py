"""Anthropic's Messages, and its count of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from router.api.http.asgi import EVENTS, Headers, Receive, Scope, Send, joined_header, read_body, send_bytes
from router.api.http.azure_paths import named
from router.api.http.endpoint import Endpoint, request_context
from router.api.surfaces.anthropic_messages.errors import ERROR_SCHEMA, REQUEST_ID, failure
from router.api.surfaces.anthropic_messages.parse import BODY, TOKENS_BODY, parse
from router.api.surfaces.anthropic_messages.render import message
from router.api.surfaces.anthropic_messages.stream import MessageEvents
from router.api.surfaces.surface import EVENT_KIND, JSON_KIND, Surface, SurfacePath
from router.decision.receipt import Exchange
from router.errors import RouterError, WrongMethod
from router.serving.usage_count import count_usage
from router.types import ChatRequest, Chunk, Receipt

MESSAGES = "/v1/messages"


class TokenCount(Endpoint):
    """`/v1/messages/count_tokens`: by the tokenizer of the model that would be asked; nothing is called or recorded."""

    async def _answer(self, scope: Scope, receive: Receive, send: Send, id: str) -> None:  # noqa: A002
        if scope["method"] != "POST":
            raise WrongMethod(scope["method"], scope["path"], "POST")
        body = await read_body(receive, scope, self.service.state.limits.body_bytes)
        request, _ = parse(body, named(scope), TOKENS_BODY)
        active = self.service.active
        exchange = await self.service.considered(request, request_context(scope, id, self.service.salt))
        chosen = active.models[exchange.decision.chosen]
        counted = count_usage(request, exchange.features, active.config.tokenizers[chosen.tokenizer], ())
        ids = [(b"x-request-id", id.encode()), (REQUEST_ID, id.encode())]
        await send_bytes(send, 200, orjson.dumps({"input_tokens": counted.input_tokens}), ids)


class Messages(Surface):
    """`/v1/messages`, and its count of tokens."""

    paths = (
        SurfacePath(
            path=MESSAGES,
            tag="messages",
            summary="Anthropic's messages, routed",
            request=BODY,
            answer="A message, or with `stream` a stream of its events",
            kinds=(JSON_KIND, EVENT_KIND),
        ),
        SurfacePath(
            path=f"{MESSAGES}/count_tokens",
            tag="messages",
            summary="The tokens that the model that would be asked makes of a request",
            request=TOKENS_BODY,
            answer="The count",
            handler=TokenCount,
        ),
    )
    error_schema = ERROR_SCHEMA
    id_header = REQUEST_ID

    def parse(self, body: bytes, named: str | None) -> "ParsedMessages":
        """Read a body; raises BadRequest with the parameter that is wrong."""
        return ParsedMessages(*parse(body, named, BODY))

    def parse_request(self, scope: Scope, body: bytes) -> "ParsedMessages":
        """The same, with the betas that the headers name."""
        return ParsedMessages(*parse(body, named(scope), BODY, joined_header(scope, b"anthropic-beta")))

    def failure(self, error: RouterError, id: str) -> tuple[int, bytes, Headers]:  # noqa: A002
        """Status, body and headers of an error, in Anthropic's envelope."""
        return failure(error, id)


@dataclass(frozen=True, slots=True)
class ParsedMessages:
    """A parsed request: a conversation in blocks."""

    request: ChatRequest
    notes: tuple[str, ...]
    kind = EVENTS

    @property
    def streams(self) -> bool:
        """Whether the client asked for a stream."""
        return bool(self.request.stream)

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """A `message`."""
        return message(exchange, receipt, chunks)

    def stream(self, exchange: Exchange, served: str) -> MessageEvents:
        """A stream of events."""
        return MessageEvents(exchange, served)
