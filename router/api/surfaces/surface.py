"""The interface of a surface: it parses a request, and renders its answer whole or as a stream.

Invariant: whatever the shape, `model` in an answer is what `shown_model` says, and `disclosed` stands in a
whole answer and in the last event of a stream.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import TypeAdapter

from router.api.bodies.json_survey import MOST_VALUES
from router.api.http.asgi import Headers, Receive, Scope, Send
from router.api.http.azure_paths import named
from router.api.http.error_responses import CHAT, Wording, failure_bytes
from router.api.surfaces.stream_pings import COMMENT
from router.decision.receipt import Exchange
from router.errors import ProviderError, RouterError
from router.serving.service import Service
from router.types import ChatRequest, Chunk, Receipt

if TYPE_CHECKING:
    from fastapi import APIRouter

JSON_KIND = "application/json"
EVENT_KIND = "text/event-stream"
OPENAI_ERROR: Mapping[str, Any] = {"$ref": "#/components/schemas/Failure"}
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


class AnswerStream(Protocol):
    """Encodes one answer, piece by piece."""

    def chunk(self, chunk: Chunk) -> bytes:
        """What one chunk adds; perhaps nothing."""

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The end: the last chunk, and what happened."""

    def stream_error(self, error: ProviderError | RouterError, receipt: Receipt) -> bytes | None:
        """The bytes of an answer that breaks off in the middle; None where the shape has no word for it."""


class ParsedRequest(Protocol):
    """A parsed request, which also knows how its client wants to be answered.

    `kind` is the content type of a streamed answer.
    """

    @property
    def request(self) -> ChatRequest:
        """The request that takes the line."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the body can't be honoured, as the receipt notes it: `kind:detail`, as `NoteKind` has it."""

    @property
    def streams(self) -> bool:
        """Whether the answer is streamed."""

    @property
    def kind(self) -> tuple[bytes, bytes]:
        """The content type of such an answer, as a header."""

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes | Sequence[bytes]:
        """The whole answer, as JSON; in pieces where it may be very long."""

    def stream(self, exchange: Exchange, served: str) -> AnswerStream:
        """Begin a stream of the answer of the model that serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfacePath:
    """A path that takes POST requests, with its entry in the OpenAPI document.

    `answer` describes what comes back, `kinds` are its content types; `schema_name` is what the request's schema is
    called where another route refers to it. `handler` makes the path's own handler, where it is not the usual one,
    which asks a model; only what asks a model is traced.
    """

    path: str
    tag: str
    summary: str
    request: TypeAdapter[Any]
    answer: str
    kinds: tuple[str, ...] = (JSON_KIND,)
    schema_name: str | None = None
    handler: "Callable[[Service, Surface], Handler] | None" = None


class Surface:
    """An API shape: its paths, how it parses requests, and how its errors look.

    `operation` is its name in traces and metrics, `error_schema` the OpenAPI schema of its errors, `wording` how they
    say what they say. `id_header` is where its clients look for the id of their request, beside `x-request-id`; by
    `client_header` they are known at paths that are no surface's; `ping` is what a stream of events says in a pause.
    Azure's clients reach its paths below a deployment with `azure_deployments`, and at the resource itself with
    `azure_resource`. `most_values` is the most that a large body may hold, in texts, commas and opening brackets.
    """

    paths: tuple[SurfacePath, ...] = ()
    operation: str = "chat"
    error_schema: Mapping[str, Any] = OPENAI_ERROR
    id_header: bytes | None = None
    client_header: bytes | None = None
    ping: bytes = COMMENT
    wording: Wording = CHAT
    most_values: int = MOST_VALUES
    azure_deployments: bool = False
    azure_resource: bool = False

    def owns(self, path: str) -> bool:
        """Whether errors at a path are this surface's: at its paths, and at whatever lies below them."""
        return any(path == own.path or path.startswith(f"{own.path}/") for own in self.paths)

    def is_marked(self, scope: Scope) -> bool:
        """Whether a header says that a request comes from a client of this shape."""
        return self.client_header is not None and any(name == self.client_header for name, _ in scope["headers"])

    def more_routes(self) -> "Sequence[APIRouter]":
        """Routes beside the paths, which ask no model."""
        return ()

    def parse(self, body: bytes, named: str | None) -> ParsedRequest:
        """Parse a body; `named` is the model that the path names. Raises BadRequest."""
        raise NotImplementedError

    def parse_request(self, scope: Scope, body: bytes) -> ParsedRequest:
        """Parse a body, and what this shape reads of the headers. Raises BadRequest."""
        return self.parse(body, named(scope))

    def failure(self, error: RouterError, id: str) -> tuple[int, bytes, Headers]:  # noqa: A002, ARG002
        """Status, body and headers of an error: OpenAI's, unless the shape has its own."""
        return failure_bytes(error, self.wording)
