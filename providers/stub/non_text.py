"""Answers that are not text: vectors and speech.

Invariant: one chunk for each text, or for each word that is said; what a model can't do is refused in a sentence.
"""

from array import array
from collections.abc import Iterator

from providers.stub.speech import Saying
from providers.stub.vectors import MOST_CHARACTERS, vector
from router.errors import ProviderError
from router.types import Call, Chunk, EmbeddingRequest, SpeechRequest

# Of a model whose row says nothing.
_DIMENSIONS = 1_024
_MADE = ("wav", "pcm")


def non_text(call: Call) -> Iterator[Chunk]:
    """The chunks of a request that is not answered with text."""
    if isinstance(call.request, EmbeddingRequest):
        return _vectors(call, call.request)
    if isinstance(call.request, SpeechRequest):
        return _speech(call, call.request)
    raise ProviderError("rejected", "a stub answers in words, in vectors or in speech", code="wordless")


def _vectors(call: Call, request: EmbeddingRequest) -> Iterator[Chunk]:
    full = call.model.dimensions or _DIMENSIONS
    if request.dimensions is not None and request.dimensions > full:
        raise ProviderError(
            "rejected", f"{call.model.id} makes vectors of at most {full:,} dimensions", code="dimensions"
        )
    if any(len(message.text) > MOST_CHARACTERS for message in request.messages):
        raise ProviderError(
            "rejected", f"{call.model.id} reads texts of at most {MOST_CHARACTERS:,} characters", code="too_long"
        )
    for index, message in enumerate(request.messages):
        made = array("d", vector(message.text, full, request.dimensions))
        yield Chunk(index, finish_reason="stop", beside={"embedding": made})


def _speech(call: Call, request: SpeechRequest) -> Iterator[Chunk]:
    if request.audio_format not in _MADE:
        made = " or ".join(_MADE)
        sentence = f"{call.model.id} is a stub, which makes {made}, not {request.audio_format}"
        raise ProviderError("rejected", sentence, code="wrong_format")
    text = "\n".join(message.text for message in request.messages)
    remark = f"This is a stub labelled {call.model.name}, no model was called."
    saying = Saying(text, f"{call.model.id} {request.voice}", request.speed, remark)
    if request.audio_format == "wav":
        yield Chunk(beside={"audio": saying.head()})
    for word in saying.words():
        yield Chunk(beside={"audio": word})
    yield Chunk(finish_reason="stop")
