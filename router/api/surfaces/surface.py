"""What a surface is: how a request is heard, and how its answer is told, whole or piece by piece.

Invariant: whatever the shape, `model` in an answer is what `wire.shown_model` says, and `wire.disclosed` stands in a
whole answer and in the last event of a stream.
"""

from collections.abc import Sequence
from typing import Protocol

from router.api.http.asgi import Headers
from router.api.http.error_responses import failure_bytes
from router.decision.receipt import Exchange
from router.errors import DeadlineExceeded, ProviderError, RouterError
from router.types import ChatRequest, Chunk, Receipt


class Telling(Protocol):
    """One answer, told piece by piece."""

    def chunk(self, chunk: Chunk) -> bytes:
        """What one chunk adds; perhaps nothing."""

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The end: the last chunk, and what happened."""

    def broken(self, error: ProviderError | DeadlineExceeded, receipt: Receipt) -> bytes | None:
        """What is told when an answer breaks off in the middle; None where the shape has no word for it."""


class Heard(Protocol):
    """One request as a surface heard it, which also knows how its client wants to be answered.

    `kind` is the content type of an answer that is told piece by piece.
    """

    @property
    def request(self) -> ChatRequest:
        """The request that takes the line."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the body can't be honoured, as the receipt tells it: `kind:detail`, as `NoteKind` has it."""

    @property
    def streams(self) -> bool:
        """Whether the answer is told piece by piece."""

    @property
    def kind(self) -> tuple[bytes, bytes]:
        """The content type of such an answer, as a header."""

    def whole(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """The whole answer, as JSON."""

    def telling(self, exchange: Exchange, served: str) -> Telling:
        """Begin to tell the answer of the model that serves."""


class Surface:
    """A shape; `id_header` is where its clients look for the id of their request, beside `x-request-id`."""

    id_header: bytes | None = None

    def hear(self, body: bytes, named: str | None) -> Heard:
        """Read a body; `named` is the model that the path names. Raises BadRequest."""
        raise NotImplementedError

    def failure(self, error: RouterError, id: str) -> tuple[int, bytes, Headers]:  # noqa: A002, ARG002
        """Status, body and headers of an error: OpenAI's, unless the shape has its own."""
        return failure_bytes(error)
