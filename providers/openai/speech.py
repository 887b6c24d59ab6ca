"""Speech from an OpenAI-compatible backend: the body that asks for it, and the sound as it comes in.

Invariant: what is passed on is what was asked for: a file begins as one of its format, where formats have a beginning,
and nothing is converted.
"""

from collections.abc import Mapping

import orjson

from providers.upstream.adapter import Body
from providers.upstream.allowed import Allowed
from providers.upstream.backend import Reply
from providers.upstream.failures import plain
from providers.upstream.said import said
from router.errors import ProviderError
from router.types import AudioFormat, Chunk, Model, SpeechRequest

# An hour and a half of 16 bits, 24,000 times a second.
MOST_SOUND = 256 * 1024 * 1024
_WAV = b"RIFF"
_BEGINNINGS: Mapping[AudioFormat, bytes] = {"wav": _WAV, "flac": b"fLaC", "opus": b"OggS"}
_NAMES: Mapping[AudioFormat, str] = {"wav": "WAV file", "flac": "FLAC file", "opus": "Ogg file"}
_KINDS = ("audio/", "application/octet-stream", "binary/octet-stream")


def body(request: SpeechRequest, model: Model, name: str, allowed: Allowed) -> Body:
    """The request for a model; `name` is the upstream's."""
    notes: list[str] = []
    data = said(request, model, allowed, notes)
    data |= {"model": name, "input": request.messages[0].text, "voice": request.voice}
    data["response_format"] = request.audio_format
    if request.speed != 1:
        data["speed"] = request.speed
    if request.instructions is not None:
        data["instructions"] = request.instructions
    return Body(orjson.dumps(data), tuple(dict.fromkeys(notes)))


def refuse_other_sound(reply: Reply) -> None:
    """Whatever is no sound is no answer."""
    if reply.kind and not reply.kind.startswith(_KINDS):
        sentence = f"the backend answered with {plain(reply.kind, 80)}, not with sound"
        raise ProviderError("unavailable", sentence, code="no_sound")


class Sound:
    """Reads one answer, piece by piece."""

    def __init__(self, request: SpeechRequest, notes: tuple[str, ...]) -> None:
        self._format = request.audio_format
        # Samples alone have no beginning.
        self._head: bytes | None = None if request.audio_format == "pcm" else b""
        self._notes = notes
        self._begun = False

    def feed(self, piece: bytes) -> Chunk | None:
        """The next sound; None while it is not known yet whether it is of the right form."""
        if self._head is not None:
            piece = self._head + piece
            if len(piece) < len(_WAV):
                self._head = piece
                return None
            self._refuse_another(piece)
            self._head = None
        self._begun = True
        notes, self._notes = self._notes, ()
        return Chunk(beside={"audio": piece}, notes=notes)

    def _refuse_another(self, begun: bytes) -> None:
        """A backend that makes one format alone may send that whatever it is asked for."""
        if begun.startswith(_WAV) and self._format not in _BEGINNINGS:
            sentence = f"the backend sent a WAV file, not {self._format}"
            raise ProviderError("unavailable", sentence, code="wrong_format")
        if not begun.startswith(_BEGINNINGS.get(self._format, b"")):
            code = "not_wav" if self._format == "wav" else "wrong_format"
            raise ProviderError("unavailable", f"the backend's sound is no {_NAMES[self._format]}", code=code)

    def ended(self) -> Chunk:
        """The end; raises ProviderError where no sound came."""
        if not self._begun:
            raise ProviderError("unavailable", "the backend ended its answer before it began", code="no_answer")
        return Chunk(finish_reason="stop")
