"""Speech in every format that a backend makes: passed on as it is, and never another under its name."""

import pytest
from test_openai_speech import heard, sound

from router.api.surfaces.openai_speech import KINDS, Speech
from router.bench.http.fake_backend import answer
from router.errors import ProviderError
from router.types import AudioFormat

BEGUN: dict[AudioFormat, bytes] = {
    "wav": b"RIFF....WAVE",
    "pcm": b"\0",
    "mp3": b"ID3\4tag",
    "opus": b"OggS....OpusHead",
    "aac": b"\xff\xf1\x50\x80",
    "flac": b"fLaC....",
}


@pytest.mark.parametrize("name", BEGUN)
def test_what_a_backend_makes_is_passed_on_under_its_name(name: AudioFormat) -> None:
    chunks, upstream = heard(answer(BEGUN[name], kind=KINDS[name]), audio_format=name)
    assert upstream.asked[0].data["response_format"] == name
    assert b"".join(sound(chunks)) == BEGUN[name]
    body = f'{{"model": "m", "input": "x", "response_format": "{name}"}}'.encode()
    assert Speech().parse(body, None).kind == (b"content-type", KINDS[name].encode())


@pytest.mark.parametrize(
    ("name", "begun", "words"),
    [
        ("mp3", "wav", "sent a WAV file, not mp3"),
        ("aac", "wav", "sent a WAV file, not aac"),
        ("opus", "mp3", "is no Ogg file"),
        ("flac", "wav", "is no FLAC file"),
        ("wav", "flac", "is no WAV file"),
    ],
)
def test_a_backend_that_makes_another_is_not_believed(name: AudioFormat, begun: AudioFormat, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        heard(answer(BEGUN[begun], kind="audio/mpeg"), audio_format=name)
    assert caught.value.outcome == "unavailable"
