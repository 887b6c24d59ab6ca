"""What a client asks for that is answered in no words: vectors of texts, and speech.

Invariant: each is a request like any other, so that one line decides, bills and records it; its texts stand in
`messages`, one each, and it needs what only models of its kind can do.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack, unpack
from typing import Literal

from router.types.chat import ChatRequest

AudioFormat = Literal["wav", "pcm", "mp3", "opus", "aac", "flac"]
# The largest number of 32 bits.
_MOST = 3.4028234663852886e38


@dataclass(frozen=True, slots=True)
class EmbeddingRequest(ChatRequest):
    """Texts to turn into vectors. `dimensions` is how long these shall be, where that is not the model's own length."""

    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class SpeechRequest(ChatRequest):
    """A text to say aloud, in a voice, at a speed of which 1 is ordinary; PCM is 16 bits, mono, 24,000 a second.

    Which formats can be made is the backend's to say.
    """

    voice: str = "alloy"
    audio_format: AudioFormat = "wav"
    speed: float = 1.0
    instructions: str | None = None


def packed(vector: Sequence[float]) -> bytes:
    """A vector as floats of 32 bits, the lowest byte first, which is how OpenAI's base64 holds it."""
    form = f"<{len(vector)}f"
    try:
        return pack(form, *vector)
    except OverflowError:
        return pack(form, *(max(-_MOST, min(_MOST, number)) for number in vector))


def unpacked(data: bytes) -> Sequence[float]:
    """The vector; raises ValueError where the bytes are no whole numbers of it."""
    if len(data) % 4:
        raise ValueError("a number has four bytes")
    return array("d", unpack(f"<{len(data) // 4}f", data))
