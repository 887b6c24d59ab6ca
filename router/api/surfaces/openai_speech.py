"""OpenAI's speech: a text in, and its sound out as it is made.

Invariant: nothing is converted: what can't be made is refused, and the content type is what the bytes are. A body that
is not finished is all that tells of a failure in its middle, for sound has no word for it.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import ConfigDict, TypeAdapter

from router.api.http.asgi import EVENTS
from router.api.http.error_responses import Wording, envelope
from router.api.surfaces.json_body import read
from router.api.surfaces.openai_chat.render import disclosed, event
from router.api.surfaces.surface import EVENT_KIND, Surface, SurfacePath
from router.decision.receipt import Exchange
from router.errors import BadRequest, ProviderError, RouterError
from router.types import AudioFormat, Chunk, Message, Options, Receipt, SpeechRequest
from router.types.chat import Name

MOST_CHARACTERS = 32_768
_FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)
# Opus comes in Ogg.
KINDS: Mapping[AudioFormat, str] = {
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of the client's own."""

    id: Name


@dataclass(frozen=True, slots=True)
class SpeechBody:
    """What a client sends; what is not named here is for the adapter to allow. Without a format it gets WAV."""

    # Built when the first of them comes: most servers are asked in one shape or two.
    __pydantic_config__ = ConfigDict(defer_build=True)

    model: Name
    input: Annotated[str, MinLen(1), MaxLen(MOST_CHARACTERS)]
    voice: Name | Voice = "alloy"
    response_format: str | None = None
    speed: Annotated[float, Ge(0.25), Le(4)] | None = None
    instructions: Annotated[str, MaxLen(4_096)] | None = None
    stream_format: Literal["audio", "sse"] | None = None
    user: Annotated[str, MaxLen(512)] | None = None
    fungible: Options | None = None


BODY: TypeAdapter[SpeechBody] = TypeAdapter(SpeechBody)
_NAMED = frozenset(field.name for field in fields(SpeechBody))


WORDING = Wording({"messages": "input"})


class Speech(Surface):
    """`/v1/audio/speech`, and Azure's deployments."""

    paths = (
        SurfacePath(
            path="/v1/audio/speech",
            tag="audio",
            summary="OpenAI's speech, routed",
            request=BODY,
            answer="The sound as it is made, or with `stream_format: sse` a stream of speech.audio events",
            kinds=(*KINDS.values(), EVENT_KIND),
        ),
    )
    operation = "speech"
    wording = WORDING
    azure_deployments = True

    def parse(self, body: bytes, named: str | None) -> "ParsedText":
        """Read a body; raises BadRequest with the parameter that is wrong."""
        parsed, raw = read(BODY, body, named)
        request = SpeechRequest(
            parsed.model,
            (Message("user", parsed.input),),
            stream=True,
            user=parsed.user,
            fungible=parsed.fungible,
            extra={key: value for key, value in raw.items() if key not in _NAMED} or None,
            voice=parsed.voice.id if isinstance(parsed.voice, Voice) else parsed.voice,
            audio_format=_format(parsed.response_format),
            speed=1.0 if parsed.speed is None else parsed.speed,
            instructions=parsed.instructions,
        )
        return ParsedText(request, parsed.stream_format == "sse")


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A parsed request: a text to say, as sound or as events that hold it."""

    request: SpeechRequest
    as_events: bool
    notes = ()
    streams = True

    @property
    def kind(self) -> tuple[bytes, bytes]:
        """The content type, as a header."""
        return EVENTS if self.as_events else (b"content-type", KINDS[self.request.audio_format].encode())

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """Raises NotImplementedError: sound is always streamed."""
        raise NotImplementedError

    def stream(self, exchange: Exchange, served: str) -> "Sound":  # noqa: ARG002
        """Begin a stream of the sound."""
        return SoundEvents() if self.as_events else Sound()


class Sound:
    """The bytes alone; the receipt is found by the header."""

    def chunk(self, chunk: Chunk) -> bytes:
        """Its samples."""
        sound: bytes = (chunk.beside or {}).get("audio", b"")
        return sound

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:  # noqa: ARG002
        """The last samples."""
        return self.chunk(chunk)

    def stream_error(self, error: ProviderError | RouterError, receipt: Receipt) -> bytes | None:  # noqa: ARG002
        """Nothing: the body stays unfinished."""
        return None


class SoundEvents(Sound):
    """OpenAI's events with the bytes in base64, and at the end what happened."""

    def chunk(self, chunk: Chunk) -> bytes:
        """A `speech.audio.delta`, where there is any sound in it."""
        sound = super().chunk(chunk)
        return event({"type": "speech.audio.delta", "audio": base64.b64encode(sound).decode()}) if sound else b""

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The last sound, and a `speech.audio.done`."""
        taken, given = (receipt.usage.input_tokens, receipt.usage.output_tokens) if receipt.usage else (0, 0)
        usage: dict[str, Any] = {"input_tokens": taken, "output_tokens": given, "total_tokens": taken + given}
        return self.chunk(chunk) + event({"type": "speech.audio.done", "usage": usage, **disclosed(receipt)})

    def stream_error(self, error: ProviderError | RouterError, receipt: Receipt) -> bytes:
        """An event with OpenAI's envelope."""
        return event({"type": "error"} | envelope(error, WORDING) | disclosed(receipt))


def _format(asked: str | None) -> AudioFormat:
    """WAV unless another is asked for: it says itself what it is, and everything plays it."""
    if asked is None:
        return "wav"
    for known in _FORMATS:
        if asked == known:
            return known
    sentence = f"response_format: give one of {', '.join(_FORMATS)}; wav is the default."
    raise BadRequest(sentence, param="response_format")
