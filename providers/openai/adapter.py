"""The provider that asks a backend over OpenAI's API, wherever it is: for words, vectors or speech."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from providers.openai.body import body
from providers.openai.response_reader import Completions
from providers.openai.settings import Settings, kind_of, path_of, settings_of
from providers.openai.speech import MOST_SOUND, Sound, refuse_other_sound
from providers.openai.speech import body as body_of_speech
from providers.openai.vectors import MOST_VECTORS, Vectors
from providers.openai.vectors import body as body_of_texts
from providers.upstream.adapter import Body, OverHttp, read_whole, refuse_kind, written
from providers.upstream.backend import Backend
from providers.upstream.http.connection import MOST_HEAD
from router.types import Call, Chunk, EmbeddingRequest, Provider, SpeechRequest


class OpenAI(OverHttp):
    """A backend that answers in words, and in vectors and in speech at paths of their own."""

    def __init__(self, backend: Backend, settings: Settings) -> None:
        self._kind = kind = kind_of(settings)

        def write(call: Call, name: str) -> Body:
            return body(call, name, kind, usage_in_streams=settings.usage_in_streams)

        super().__init__(backend, write, Completions)
        self._of_vectors = backend.beside(path_of(settings, "embeddings"))
        self._of_speech = backend.beside(path_of(settings, "audio/speech"))

    def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """The answer's chunks, as they come."""
        if isinstance(call.request, EmbeddingRequest):
            return self._vectors(call, call.request)
        if isinstance(call.request, SpeechRequest):
            return self._speech(call, call.request)
        return super().stream(call)

    async def _vectors(self, call: Call, request: EmbeddingRequest) -> AsyncIterator[Chunk]:
        backend = self._of_vectors
        name = backend.name(call.model.id)
        data, notes, _ = written(body_of_texts, request, call.model, name, self._kind.embeddings)
        wait = backend.wait(streamed=False)
        reply = await backend.ask(call, name, data, wait, least_most=MOST_VECTORS + MOST_HEAD)
        try:
            refuse_kind(reply)
            answer = await reply.whole(wait, MOST_VECTORS)
        finally:
            reply.close()
        for chunk in await read_whole(Vectors(request, call.model, name, notes, backend.hide), answer):
            yield chunk

    async def _speech(self, call: Call, request: SpeechRequest) -> AsyncIterator[Chunk]:
        backend = self._of_speech
        name = backend.name(call.model.id)
        data, notes, _ = written(body_of_speech, request, call.model, name, self._kind.speech)
        wait = backend.wait(streamed=True)
        reply = await backend.ask(call, name, data, wait, least_most=MOST_SOUND)
        try:
            refuse_other_sound(reply)
            sound = Sound(request, notes)
            while piece := await reply.more(wait):
                if chunk := sound.feed(piece):
                    yield chunk
                wait.for_the_next()
            yield sound.ended()
        finally:
            reply.close()


def create(given: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    settings = settings_of(given)
    header, prefix = ("authorization", "Bearer ") if settings.auth == "bearer" else ("api-key", "")
    return OpenAI(Backend(settings, path_of(settings), {}, header, prefix), settings)
