"""What a client asks for that is answered in no words: vectors of texts, and speech.

Invariant: each is a request like any other, so that one line decides, bills and records it; its texts stand in
`messages`, one each, and it needs what only models of its kind can do.
"""

from dataclasses import dataclass
from typing import Literal

from router.types.chat import ChatRequest

AudioFormat = Literal["wav", "pcm"]


@dataclass(frozen=True, slots=True)
class EmbeddingRequest(ChatRequest):
    """Texts to turn into vectors. `dimensions` is how long these shall be, where that is not the model's own length."""

    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class SpeechRequest(ChatRequest):
    """A text to say aloud, in a voice, at a speed of which 1 is ordinary; PCM is 16 bits, mono, 24,000 a second."""

    voice: str = "alloy"
    audio_format: AudioFormat = "wav"
    speed: float = 1.0
    instructions: str | None = None
