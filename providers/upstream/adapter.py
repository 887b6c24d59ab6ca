"""The provider that asks a backend over HTTP: a body is written, and what comes back is read.

Invariant: it raises only ProviderError, and whatever the way out, the connection is given back or closed. The APIs
differ only in how a body is written and an answer read.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import NamedTuple

from providers.upstream.backend import Backend, Reply
from providers.upstream.events import EventReader, TooLong
from providers.upstream.failures import plain
from providers.upstream.response_reader import AnswerReader, Hide
from router.errors import ProviderError
from router.types import Call, ChatRequest, Chunk

EVENT_STREAM = "text/event-stream"


class Body(NamedTuple):
    """The bytes to send, notes of what was left out or renamed, and headers that go with these bytes alone."""

    data: bytes
    notes: tuple[str, ...]
    headers: Mapping[str, str] | None = None


Write = Callable[[Call, str], Body]
Read = Callable[[str, tuple[str, ...], Hide], AnswerReader]


class OverHttp:
    """A backend behind an API."""

    def __init__(self, backend: Backend, write: Write, read: Read) -> None:
        self._backend, self._write, self._read = backend, write, read

    @property
    def place(self) -> tuple[str, int]:
        """The backend's host and port."""
        return self._backend.place

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """The answer's chunks, as they come."""
        _refuse_non_text(call)
        backend = self._backend
        name = backend.name(call.model.id)
        body = written(lambda: self._write(call, name))
        wait = backend.wait(streamed=bool(call.request.stream))
        reply = await backend.ask(call, name, body.data, wait, body.headers)
        reading, events = self._read(name, body.notes, backend.hide), EventReader()
        try:
            if not call.request.stream or reply.kind != EVENT_STREAM:
                refuse_kind(reply)
                for chunk in reading.whole(await reply.whole(wait)):
                    yield chunk
                return
            while not reading.done:
                piece = await reply.more(wait)
                chunks = reading.events(_payloads(events, piece))
                for chunk in chunks:
                    yield chunk
                if chunks:
                    wait.for_the_next()
                if not piece:
                    break
            if not reading.done:
                yield reading.ended()[0]
        finally:
            reply.close(said_all=reading.done)

    async def aclose(self) -> None:
        """Close what rests; what is in use closes once its call has ended."""
        await self._backend.aclose()


def written(write: Callable[[], Body]) -> Body:
    """The body; a value that a client sent and no body can hold is rejected, and never counts against the backend."""
    try:
        return write()
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise ProviderError("rejected", "the request has a value that this API has no place for") from error


def _refuse_non_text(call: Call) -> None:
    if type(call.request) is not ChatRequest:
        raise ProviderError("rejected", "this adapter asks its backend for words, not for vectors or speech")


def _payloads(events: EventReader, piece: bytes) -> list[bytes]:
    try:
        return events.feed(piece) if piece else events.rest()
    except TooLong as error:
        raise ProviderError("unavailable", f"the backend sent {error}") from None


def refuse_kind(reply: Reply) -> None:
    """Whatever is called JSON, or nothing at all, may be an answer; a page of HTML is none."""
    if reply.kind and "json" not in reply.kind and not reply.kind.startswith("text/plain"):
        raise ProviderError("unavailable", f"the backend answered with {plain(reply.kind, 80)}, not JSON")
