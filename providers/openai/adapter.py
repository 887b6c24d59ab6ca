"""The provider that asks a backend over OpenAI's API, wherever it is: for words, or for vectors."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from providers.openai.body import body
from providers.openai.reading import Completions
from providers.openai.settings import Settings, path_of, settings_of
from providers.openai.vectors import MOST_VECTORS, Vectors
from providers.openai.vectors import body as body_of_texts
from providers.upstream.adapter import Body, OverHttp, refuse_kind
from providers.upstream.backend import Backend
from router.types import Call, Chunk, EmbeddingRequest, Provider


class OpenAI(OverHttp):
    """A backend that answers in words, and in vectors at a path of their own."""

    def __init__(self, backend: Backend, settings: Settings) -> None:
        def write(call: Call, name: str) -> Body:
            return body(call, name, usage_in_streams=settings.usage_in_streams)

        super().__init__(backend, write, Completions)
        self._of_vectors = backend.beside(path_of(settings, "embeddings"))

    def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """The answer's chunks, as they come."""
        return self._vectors(call, call.request) if isinstance(call.request, EmbeddingRequest) else super().stream(call)

    async def _vectors(self, call: Call, request: EmbeddingRequest) -> AsyncIterator[Chunk]:
        backend = self._of_vectors
        name = backend.name(call.model.id)
        data, notes = body_of_texts(request, call.model, name)
        wait = backend.wait(streamed=False)
        reply = await backend.ask(call, name, data, wait)
        try:
            refuse_kind(reply)
            answer = await reply.whole(wait, MOST_VECTORS)
        finally:
            reply.close()
        for chunk in Vectors(request, call.model, name, notes, backend.hide).whole(answer):
            yield chunk


def create(given: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    settings = settings_of(given)
    header, prefix = ("authorization", "Bearer ") if settings.auth == "bearer" else ("api-key", "")
    return OpenAI(Backend(settings, path_of(settings), {}, header, prefix), settings)
