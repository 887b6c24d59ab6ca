"""Anthropic's Messages, and its count of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from router.api.http.asgi import EVENTS, Headers, Scope, joined_header
from router.api.http.azure_paths import named
from router.api.surfaces.anthropic_messages.errors import ERROR_SCHEMA, REQUEST_ID, WORDING, failure
from router.api.surfaces.anthropic_messages.parse import BODY, TOKENS_BODY, parse
from router.api.surfaces.anthropic_messages.render import message
from router.api.surfaces.anthropic_messages.stream import MessageEvents, event
from router.api.surfaces.surface import EVENT_KIND, JSON_KIND, Surface, SurfacePath
from router.api.surfaces.token_count import TokenCount
from router.decision.receipt import Exchange
from router.errors import RouterError
from router.types import ChatRequest, Chunk, Receipt

MESSAGES = "/v1/messages"


class MessageTokenCount(TokenCount):
    """`/v1/messages/count_tokens`."""

    def parse(self, scope: Scope, body: bytes) -> ChatRequest:
        """The request, which needs no limit; raises BadRequest."""
        return parse(body, named(scope), TOKENS_BODY)[0]


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
            handler=MessageTokenCount,
        ),
    )
    error_schema = ERROR_SCHEMA
    id_header = REQUEST_ID
    client_header = b"anthropic-version"
    wording = WORDING
    ping = event({"type": "ping"})

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
