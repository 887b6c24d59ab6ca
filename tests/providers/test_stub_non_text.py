"""Stubs that answer in vectors and in speech: one for each text, always the same, and no more than they can do."""

import io
import math
import wave
from array import array
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stub_samples import adapter, chunks, features, model

from providers.stub.speech import RATE, Saying
from providers.stub.vectors import vector
from router.errors import ProviderError
from router.types import Call, Chunk, EmbeddingRequest, Message, SpeechRequest

TEXTS = st.text(max_size=60)
VECTORS = model("text-embedding-3-small", dimensions=1_536)
VOICE = model("mai-voice-1")


def likeness(vector: list[float], other: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(vector, other, strict=True))


@given(TEXTS, st.sampled_from([1, 2, 7, 256]))
def test_a_vector_has_length_one_and_the_size_that_was_asked_for(text: str, size: int) -> None:
    made = vector(text, 256, size)
    assert len(made) == size
    assert math.fsum(place * place for place in made) == pytest.approx(1)
    assert made == vector(text, 256, size)


def test_texts_that_are_spelt_alike_lie_near() -> None:
    cat, near, far = (vector(text, 1_536) for text in ("The cat sat.", "The cats sat.", "Quarterly revenue"))
    assert likeness(cat, near) > 0.6 > 0.2 > likeness(cat, far)


def heard(request: Any, of: Any, settings: Any = None) -> list[Chunk]:
    return chunks(adapter("mai", settings), Call(request, of, features()))


def test_there_is_a_vector_for_each_text_in_their_order() -> None:
    asked = EmbeddingRequest("m", tuple(Message("user", text) for text in "abc"), dimensions=4)
    chunks = heard(asked, VECTORS)
    assert [(chunk.index, chunk.finish_reason) for chunk in chunks] == [(0, "stop"), (1, "stop"), (2, "stop")]
    assert [chunk.beside["embedding"] for chunk in chunks if chunk.beside] == [
        array("d", vector(t, 1_536, 4)) for t in "abc"
    ]


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [("a", {"dimensions": 1_537}, "at most 1,536 dimensions"), ("a" * 32_001, {}, "at most 32,000 characters")],
)
def test_more_than_a_model_makes_or_reads_is_refused(text: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(ProviderError, match=words) as refused:
        heard(EmbeddingRequest("m", (Message("user", text),), **more), VECTORS)
    assert refused.value.outcome == "rejected"


@settings(max_examples=50)
@given(TEXTS, st.sampled_from([0.25, 1.0, 4.0]))
def test_the_head_of_a_file_tells_the_length_of_what_follows(text: str, speed: float) -> None:
    saying = Saying(text, "a voice", speed, "a remark")
    sound = saying.head() + b"".join(saying.words())
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() == saying.samples
        assert len(file.readframes(saying.samples)) == 2 * saying.samples
    assert b"a remark" in sound


@pytest.mark.parametrize("text", ["Hello, world.", "안녕하세요.", "Привет", "日本語", "x1y2"])
def test_whatever_the_script_something_is_heard(text: str) -> None:
    chunks = heard(SpeechRequest("m", (Message("user", text),), audio_format="pcm"), VOICE)
    sound = b"".join(chunk.beside["audio"] for chunk in chunks if chunk.beside)
    assert any(sound)
    assert chunks[-1].finish_reason == "stop"


def test_faults_befall_these_too() -> None:
    faults = {"faults": {"rate": 1, "outcomes": ["unavailable"]}}
    for request, of in (
        (EmbeddingRequest("m", (Message("user", "a"),)), VECTORS),
        (SpeechRequest("m", (Message("user", "a"),)), VOICE),
    ):
        with pytest.raises(ProviderError):
            heard(request, of, faults)
    late = {"faults": {"rate": 1, "outcomes": ["cut_off"], "after_chunks": 2}}
    with pytest.raises(ProviderError) as failed:
        heard(SpeechRequest("m", (Message("user", "one two three"),)), VOICE, late)
    assert failed.value.outcome == "cut_off"
