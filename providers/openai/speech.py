"""Speech from an OpenAI-compatible backend: the body that asks for it, and the sound as it comes in.

Invariant: what is passed on is what was asked for: a WAV file begins as one, and nothing is converted.
"""

import orjson

from providers.upstream.adapter import Body
from providers.upstream.backend import Reply
from providers.upstream.failures import plain
from providers.upstream.said import said
from router.errors import ProviderError
from router.types import Chunk, Model, SpeechRequest

_WAV = b"RIFF"
_KINDS = ("audio/", "application/octet-stream", "binary/octet-stream")


def body(request: SpeechRequest, model: Model, name: str) -> Body:
    """The request for a model; `name` is the upstream's."""
    notes: list[str] = []
    parameters = said(request, model, notes)
    (message,) = parameters.pop("messages")
    data = {"model": name, "input": message["content"], "voice": request.voice, **parameters}
    data["response_format"] = request.audio_format
    if request.speed != 1:
        data["speed"] = request.speed
    if request.instructions is not None:
        data["instructions"] = request.instructions
    return Body(orjson.dumps(data), tuple(dict.fromkeys(notes)))


def refuse_other_sound(reply: Reply) -> None:
    """Whatever is no sound is no answer."""
    if reply.kind and not reply.kind.startswith(_KINDS):
        raise ProviderError("unavailable", f"the backend answered with {plain(reply.kind, 80)}, not with sound")


class Sound:
    """Reads one answer, piece by piece."""

    def __init__(self, request: SpeechRequest, notes: tuple[str, ...]) -> None:
        self._head = b"" if request.audio_format == "wav" else None
        self._notes = notes
        self._begun = False

    def feed(self, piece: bytes) -> Chunk | None:
        """The next sound; None while it is not known yet whether it is of the right form."""
        if self._head is not None:
            piece = self._head + piece
            if len(piece) < len(_WAV):
                self._head = piece
                return None
            if not piece.startswith(_WAV):
                raise ProviderError("unavailable", "the backend's sound is no WAV file")
            self._head = None
        self._begun = True
        notes, self._notes = self._notes, ()
        return Chunk(beside={"audio": piece}, notes=notes)

    def ended(self) -> Chunk:
        """The end; raises ProviderError where no sound came."""
        if not self._begun:
            raise ProviderError("unavailable", "the backend ended its answer before it began")
        return Chunk(finish_reason="stop")
