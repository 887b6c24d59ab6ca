"""The provider that asks a backend over HTTP: a body is written, and what comes back is read.

Invariant: it raises only ProviderError, and whatever the way out, the connection is given back or closed. The APIs
differ only in how a body is written and an answer read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

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

    def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """The answer's chunks, as they come."""
        return CallChunks(self._backend, self._write, self._read, call)

    async def aclose(self) -> None:
        """Close what rests; what is in use closes once its call has ended."""
        await self._backend.aclose()


class CallChunks:
    """The chunks of one call: it begins with the first, and ends with the last or where it is closed.

    A class and no generator, whose life the event loop would have to follow, at the price of a fifth of a call.
    """

    def __init__(self, backend: Backend, write: Write, read: Read, call: Call) -> None:
        self._backend, self._write, self._read, self._call = backend, write, read, call
        # What has come and was not taken, the last first.
        self._chunks: list[Chunk] = []
        self._reply: Reply | None = None
        self._over = self._took = False

    def __aiter__(self) -> "CallChunks":
        return self

    async def __anext__(self) -> Chunk:
        """The next chunk; raises ProviderError."""
        while not self._chunks:
            if self._over:
                raise StopAsyncIteration
            try:
                chunks = await (self._begin() if self._reply is None else self._more(self._reply))
            except BaseException:
                self._close()
                raise
            chunks.reverse()
            self._chunks = chunks
        return self._chunks.pop()

    async def aclose(self) -> None:
        """Give up what has not come."""
        self._chunks = []
        self._close()

    def __del__(self) -> None:
        if self._reply is not None and not self._wait.loop.is_closed():
            # Whoever forgot it may have been another thread.
            self._wait.loop.call_soon_threadsafe(self._reply.close)

    async def _begin(self) -> list[Chunk]:
        """Ask; all of an answer that comes at once, nothing yet of one that is streamed."""
        call, backend = self._call, self._backend
        _refuse_non_text(call)
        name = backend.name(call.model.id)
        if call.features.input_tokens <= LONG_TOKENS:
            body = written(self._write, call, name)
        else:
            body = await asyncio.to_thread(written, self._write, call, name)
        self._wait = wait = backend.wait(streamed=bool(call.request.stream))
        self._reply = reply = await backend.ask(call, name, body.data, wait, body.headers)
        self._reading = reading = self._read(name, body.notes, backend.hide)
        if call.request.stream and reply.kind == EVENT_STREAM:
            self._events = EventReader()
            return []
        refuse_kind(reply)
        # Most answers come with their heads, and are small: for those nothing is waited for.
        if (answer := reply.come_whole()) is None:
            answer = await reply.whole(wait)
        chunks = reading.whole(answer) if len(answer) <= SMALL else await read_whole(reading, answer)
        self._close()
        return merged(chunks)

    async def _more(self, reply: Reply) -> list[Chunk]:
        """What comes next of a stream."""
        reading, wait = self._reading, self._wait
        if self._took:
            # Those before were taken.
            wait.for_the_next()
        piece = await reply.more(wait)
        chunks = reading.events(_payloads(self._events, piece))
        self._took = bool(chunks)
        if reading.done:
            self._close(said_all=True)
        elif not piece:
            chunks.append(reading.ended()[0])
            self._close()
        return chunks

    def _close(self, *, said_all: bool = False) -> None:
        self._over = True
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.close(said_all=said_all)


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


def written(write: Callable[..., Body], *given: Any) -> Body:
    """The body; a value that a client sent and no body can hold is rejected, and never counts against the backend."""
    try:
        return write(*given)
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
