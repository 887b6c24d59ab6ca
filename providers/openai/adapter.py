"""The provider that asks a backend over OpenAI's chat completions API.

Invariant: it raises only ProviderError, and whatever the way out, the connection is given back or closed.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from providers.openai.body import body
from providers.openai.reading import Reading
from providers.openai.settings import Settings, path_of, settings_of
from providers.upstream.backend import Backend, Reply
from providers.upstream.events import EventReader, TooLong
from providers.upstream.failures import plain
from router.errors import ProviderError
from router.types import Call, Chunk, Provider

EVENT_STREAM = "text/event-stream"


class OpenAICompatible:
    """A backend that speaks OpenAI's API, wherever it is."""

    def __init__(self, settings: Settings) -> None:
        bearer = settings.auth == "bearer"
        key_header, key_prefix = ("authorization", "Bearer ") if bearer else ("api-key", "")
        self._usage_in_streams = settings.usage_in_streams
        self._backend = Backend(settings, path_of(settings), {}, key_header, key_prefix)

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """The answer's chunks, as they come."""
        backend = self._backend
        name = backend.name(call.model.id)
        asked = body(call, name, self._usage_in_streams)
        wait = backend.wait(streamed=bool(call.request.stream))
        reply = await backend.ask(call, name, asked.data, wait)
        reading, events = Reading(name, asked.notes, backend.hide), EventReader()
        try:
            if not call.request.stream or reply.kind != EVENT_STREAM:
                _refuse_kind(reply)
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


def _payloads(events: EventReader, piece: bytes) -> list[bytes]:
    try:
        return events.feed(piece) if piece else events.rest()
    except TooLong as error:
        raise ProviderError("unavailable", f"the backend sent {error}") from None


def _refuse_kind(reply: Reply) -> None:
    """Whatever is called JSON, or nothing at all, may be an answer; a page of HTML is none."""
    if reply.kind and "json" not in reply.kind and not reply.kind.startswith("text/plain"):
        raise ProviderError("unavailable", f"the backend answered with {plain(reply.kind, 80)}, not JSON")


def create(settings: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    return OpenAICompatible(settings_of(settings))
