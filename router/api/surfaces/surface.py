"""The interface of a surface: it parses a request, and renders its answer whole or as a stream.

Invariant: whatever the shape, `model` in an answer is what `shown_model` says, and `disclosed` stands in a
whole answer and in the last event of a stream.
"""

from collections.abc import Sequence
from typing import Protocol

from router.api.http.asgi import Headers
from router.api.http.error_responses import failure_bytes
from router.decision.receipt import Exchange
from router.errors import DeadlineExceeded, ProviderError, RouterError
from router.types import ChatRequest, Chunk, Receipt


class AnswerStream(Protocol):
    """Encodes one answer, piece by piece."""

    def chunk(self, chunk: Chunk) -> bytes:
        """What one chunk adds; perhaps nothing."""

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The end: the last chunk, and what happened."""

    def stream_error(self, error: ProviderError | DeadlineExceeded, receipt: Receipt) -> bytes | None:
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

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """The whole answer, as JSON."""

    def stream(self, exchange: Exchange, served: str) -> AnswerStream:
        """Begin a stream of the answer of the model that serves."""


class Surface:
    """A shape; `id_header` is where its clients look for the id of their request, beside `x-request-id`."""

    id_header: bytes | None = None

    def parse(self, body: bytes, named: str | None) -> ParsedRequest:
        """Parse a body; `named` is the model that the path names. Raises BadRequest."""
        raise NotImplementedError

    def failure(self, error: RouterError, id: str) -> tuple[int, bytes, Headers]:  # noqa: A002, ARG002
        """Status, body and headers of an error: OpenAI's, unless the shape has its own."""
        return failure_bytes(error)
