"""The provider that asks a backend over HTTP: a body is written, and what comes back is read.

Invariant: it raises only ProviderError, and whatever the way out, the connection is given back or closed. The APIs
differ only in how a body is written and an answer read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import NamedTuple

from providers.upstream.backend import Backend, Reply
from providers.upstream.failures import plain
from providers.upstream.http.events import EventReader, TooLong
from providers.upstream.response_reader import AnswerReader, Hide, WholeReader, merged
from router.errors import ProviderError
from router.types import Call, ChatRequest, Chunk

EVENT_STREAM = "text/event-stream"
# What takes longer than handing it to a thread: bytes of an answer, tokens of a conversation.
SMALL = 64 * 1024
LONG_TOKENS = 8_192
# Commas and brackets of an answer that comes at once, of which probabilities of 4,000 words have 400,000; texts of
# vectors in figures have more, but they are shorter than their bound.
MOST_VALUES = 1_000_000


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
        body = await self._body(call, name)
        wait = backend.wait(streamed=bool(call.request.stream))
        reply = await backend.ask(call, name, body.data, wait, body.headers)
        reading, events = self._read(name, body.notes, backend.hide), EventReader()
        try:
            if not call.request.stream or reply.kind != EVENT_STREAM:
                refuse_kind(reply)
                for chunk in merged(await read_whole(reading, await reply.whole(wait))):
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

    async def _body(self, call: Call, name: str) -> Body:
        """The body; that of a long conversation is written in a thread."""

        def write() -> Body:
            return written(lambda: self._write(call, name))

        return write() if call.features.input_tokens <= LONG_TOKENS else await asyncio.to_thread(write)

    async def aclose(self) -> None:
        """Close what rests; what is in use closes once its call has ended."""
        await self._backend.aclose()


async def read_whole(reading: WholeReader, body: bytes) -> list[Chunk]:
    """The chunks of an answer that came at once; a large one is read in a thread. Raises ProviderError."""
    if len(body) <= SMALL:
        return reading.whole(body)
    return await asyncio.to_thread(_read_large, reading, body)


def _read_large(reading: WholeReader, body: bytes) -> list[Chunk]:
    if sum(body.count(mark) for mark in (b",", b"{", b"[")) > MOST_VALUES:
        sentence = f"the backend's answer has more than {MOST_VALUES:,} values"
        raise ProviderError("unavailable", sentence, code="too_large")
    return reading.whole(body)


def written(write: Callable[[], Body]) -> Body:
    """The body; a value that a client sent and no body can hold is rejected, and never counts against the backend."""
    try:
        return write()
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        sentence = "the request has a value that this API has no place for"
        raise ProviderError("rejected", sentence, code="value_not_taken") from error


def _refuse_non_text(call: Call) -> None:
    if type(call.request) is not ChatRequest:
        sentence = "this adapter asks its backend for words, not for vectors or speech"
        raise ProviderError("rejected", sentence, code="wordless")


def _payloads(events: EventReader, piece: bytes) -> list[bytes]:
    try:
        return events.feed(piece) if piece else events.rest()
    except TooLong as error:
        raise ProviderError("unavailable", f"the backend sent {error}", code="too_long") from None


def refuse_kind(reply: Reply) -> None:
    """Whatever is called JSON, or nothing at all, may be an answer; a page of HTML is none."""
    if reply.kind and "json" not in reply.kind and not reply.kind.startswith("text/plain"):
        sentence = f"the backend answered with {plain(reply.kind, 80)}, not JSON"
        raise ProviderError("unavailable", sentence, code="wrong_kind")
