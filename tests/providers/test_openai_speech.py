"""Speech over a real socket: what is asked, the sound as it comes, and what is no sound."""

from typing import Any

import pytest
from asking import ran, scripted
from stub_samples import features, model

from providers.openai import create
from router.bench.http.fake_backend import HANG, STREAM_END, Upstream, answer, framed
from router.errors import ProviderError
from router.types import Call, Chunk, Message, SpeechRequest

ROW = model("mai-voice-1", capabilities=("speech",))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: audio/wav\r\ntransfer-encoding: chunked\r\n\r\n"


def heard(*script: Any, **ask: Any) -> tuple[list[Chunk], Upstream]:
    request = SpeechRequest("m", (Message("user", "Hello."),), stream=True, **ask)
    with Upstream(scripted(script)) as upstream:
        settings = {"base_url": upstream.url, "timeouts": {"first_token": 0.2, "between_tokens": 0.2, "whole": 0.4}}
        provider = create(settings | {"models": {ROW.id: "up"}})

        async def collect() -> list[Chunk]:
            return [chunk async for chunk in provider.stream(Call(request, ROW, features()))]

        return ran(provider, collect), upstream


def sound(chunks: list[Chunk]) -> list[bytes]:
    return [chunk.beside["audio"] for chunk in chunks if chunk.beside]


def test_what_is_asked_is_what_the_client_said() -> None:
    more: dict[str, Any] = {"speed": 1.5, "instructions": "Softly.", "extra": {"language": "ko"}}
    _, upstream = heard(answer(b"RIFF", kind="audio/wav"), voice="nova", **more)
    (asked,) = upstream.asked
    assert asked.path == "/v1/audio/speech"
    assert asked.data == {
        "model": "up",
        "input": "Hello.",
        "voice": "nova",
        "response_format": "wav",
        "speed": 1.5,
        "instructions": "Softly.",
        "language": "ko",
    }
    _, upstream = heard(answer(b"RIFF", kind="audio/wav"))
    assert upstream.asked[0].data.keys() == {"model", "input", "voice", "response_format"}


def test_the_sound_is_passed_on_as_it_comes() -> None:
    chunks, _ = heard(HEAD, framed(b"RI"), 0.02, framed(b"FFone"), 0.02, framed(b"two"), STREAM_END)
    assert sound(chunks) == [b"RIFFone", b"two"]
    assert chunks[-1].finish_reason == "stop"
    pcm, _ = heard(answer(b"\0\1", kind="audio/pcm"), audio_format="pcm")
    assert sound(pcm) == [b"\0\1"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([answer({"error": {"message": "No."}}, 400)], "No."),
        ([answer({"audio": ""})], "answered with application/json, not with sound"),
        ([answer(b"ID3mp3", kind="audio/mpeg")], "no WAV file"),
        ([answer(b"", kind="audio/wav")], "before it began"),
        ([answer(b"RI", kind="audio/wav")], "before it began"),
        ([HEAD, HANG], "no first token"),
        ([HEAD, framed(b"RIFFone"), HANG], "no further token"),
        ([HEAD, framed(b"RIFFone"), 0.02, "close"], "in the middle"),
    ],
)
def test_what_is_no_sound_is_a_failure(script: list[Any], words: str) -> None:
    with pytest.raises(ProviderError, match=words):
        heard(*script)
