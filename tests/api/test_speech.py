"""`/v1/audio/speech`: sound that plays, told as it is made, billed by the character."""

import asyncio
import base64
import io
import json
import shutil
import subprocess
import threading
import wave
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AzureOpenAI, BadRequestError, OpenAI, UnprocessableEntityError

from api.servers import Running, Starter
from router.config import load
from router.errors import ProviderError
from router.types import Call, Chunk

PATH = "/v1/audio/speech"
TEXT = "Trains leave at nine. 열차는 아홉 시에 떠납니다."
ASK: dict[str, Any] = {"model": "mai-voice-1", "input": TEXT, "voice": "alloy"}


@pytest.fixture
def client(server: Running) -> OpenAI:
    return server.openai()


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with server.http() as http_client:
        yield http_client


def played(sound: bytes) -> tuple[int, int, int, int]:
    """Channels, bytes a sample, samples a second, samples; what Python's own reader makes of it."""
    with wave.open(io.BytesIO(sound)) as file:
        assert len(file.readframes(file.getnframes())) == 2 * file.getnframes()
        return file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()


def test_the_official_client_gets_a_file_that_plays(client: OpenAI, server: Running, tmp_path: Path) -> None:
    answer = client.audio.speech.create(**ASK)
    channels, size, rate, samples = played(answer.content)
    assert (channels, size, rate) == (1, 2, 24_000)
    assert samples > rate
    headers = answer.response.headers
    assert headers["content-type"] == "audio/wav"
    assert headers["x-fungible-served"] == "mai-voice-1"
    receipt = json.loads(server.ledger.receipt(headers["x-fungible-receipt"]) or b"")
    assert receipt["usage"] | {"counted": ""} == {
        "input_tokens": len(TEXT),
        "output_tokens": 0,
        "cached_input_tokens": 0,
        "cache_write_5m_tokens": 0,
        "cache_write_1h_tokens": 0,
        "reasoning_tokens": 0,
        "counted": "",
    }
    assert float(receipt["cost"]) == 22 * len(TEXT)


def test_a_stream_is_the_same_file(client: OpenAI, tmp_path: Path) -> None:
    whole = client.audio.speech.create(**ASK).content
    with client.audio.speech.with_streaming_response.create(**ASK) as answer:
        answer.stream_to_file(tmp_path / "said.wav")
    assert (tmp_path / "said.wav").read_bytes() == whole
    assert b"labelled MAI-Voice-1 (stand-in), no model was called" in whole
    if soxi := shutil.which("soxi"):
        stdout = subprocess.run([soxi, tmp_path / "said.wav"], capture_output=True, text=True, check=True).stdout
        assert "16-bit Signed Integer PCM" in stdout


def test_pcm_is_the_same_sound_without_a_head(client: OpenAI) -> None:
    answer = client.audio.speech.create(**ASK, response_format="pcm")
    assert answer.response.headers["content-type"] == "audio/pcm"
    with wave.open(io.BytesIO(client.audio.speech.create(**ASK).content)) as file:
        assert file.readframes(file.getnframes()) == answer.content


def test_speed_and_voice_are_heard(client: OpenAI) -> None:
    slow, fast = (played(client.audio.speech.create(**ASK, speed=speed).content)[3] for speed in (1, 2))
    assert fast == pytest.approx(slow / 2, rel=0.01)
    voices: tuple[Any, ...] = ("alloy", "nova", {"id": "my-own"})
    assert len({client.audio.speech.create(**ASK | {"voice": voice}).content for voice in voices}) == 3


def test_events_hold_the_same_sound_and_end_with_what_happened(http: httpx.Client) -> None:
    answer = http.post(PATH, json=ASK | {"stream_format": "sse"})
    *deltas, done = [json.loads(line[6:]) for line in answer.text.split("\n\n") if line]
    assert answer.headers["content-type"].startswith("text/event-stream")
    sound = b"".join(base64.b64decode(delta["audio"]) for delta in deltas)
    assert sound == http.post(PATH, json=ASK).content
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    assert done["usage"] == {"input_tokens": len(TEXT), "output_tokens": 0, "total_tokens": len(TEXT)}
    assert done["fungible"]["served"] == "mai-voice-1"


@pytest.mark.parametrize(
    ("wrong", "param", "words"),
    [
        ({"response_format": "mp3"}, None, "is a stub, which makes wav or pcm, not mp3"),
        ({"response_format": "WAV"}, "response_format", "give one of wav, pcm, mp3, opus, aac, flac"),
        ({"input": ""}, "input", "at least 1"),
        ({"input": "x" * 32_769}, "input", "at most 32768"),
        ({"input": ["a"]}, "input", "string"),
        ({"speed": 0.2}, "speed", "0.25"),
        ({"speed": 5}, "speed", "4"),
        ({"stream_format": "mp4"}, "stream_format", "'audio' or 'sse'"),
    ],
)
def test_what_can_t_be_is_refused_with_its_parameter(
    http: httpx.Client, wrong: dict[str, Any], param: str | None, words: str
) -> None:
    response = http.post(PATH, json=ASK | wrong)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert words in response.json()["error"]["message"]


def test_models_of_words_and_of_vectors_say_nothing_aloud(client: OpenAI) -> None:
    for name in ("gpt-5", "text-embedding-3-small"):
        with pytest.raises(UnprocessableEntityError, match=f"{name!r} does not answer in speech.*mai-voice-1, tts-1"):
            client.audio.speech.create(**ASK | {"model": name})
    with pytest.raises(BadRequestError, match="mp3"):
        client.audio.speech.create(**ASK, response_format="mp3")


def test_a_policy_chooses_and_azure_s_deployment_names(server: Running, client: OpenAI) -> None:
    answer = client.audio.speech.create(**ASK | {"model": "quality"})
    assert answer.response.headers["x-fungible-served"] == "mai-voice-1"
    with AzureOpenAI(
        azure_endpoint=server.url, api_key="any", api_version="2025-04-01-preview", max_retries=0
    ) as azure:
        said = azure.audio.speech.create(**ASK | {"model": "tts-1"})
        assert said.response.headers["x-fungible-served"] == "tts-1"
        assert played(said.content)


class Slow:
    """A provider whose second sound waits until the test lets it go on, or that breaks off there."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.go_on = threading.Event()
        self.breaks = breaks

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        yield Chunk(beside={"audio": b"first"})
        await asyncio.to_thread(self.go_on.wait, 10)
        if self.breaks:
            raise ProviderError("unavailable", "the backend hung up")
        yield Chunk(beside={"audio": b"second"})
        yield Chunk(finish_reason="stop", beside={"audio": b"third"})


def said_by(start: Starter, provider: Slow) -> Running:
    config = load()
    rows = tuple(replace(m, provider="slow") if m.id == "mai-voice-1" else m for m in config.models)
    return start(replace(config, models=rows), providers={"slow": provider})


def test_the_first_sound_is_out_before_the_last_is_made(start: Starter) -> None:
    provider = Slow()
    with said_by(start, provider).http() as http, http.stream("POST", PATH, json=ASK) as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"first"
        provider.go_on.set()
        assert b"".join(pieces) == b"secondthird"


def test_what_breaks_off_is_left_unfinished_and_the_receipt_says_so(start: Starter) -> None:
    provider = Slow(breaks=True)
    running = said_by(start, provider)
    with running.http() as http, http.stream("POST", PATH, json=ASK) as answer:
        provider.go_on.set()
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            answer.read()
        id_ = answer.headers["x-fungible-receipt"]
    running.ledger.flush()
    receipt = json.loads(running.ledger.receipt(id_) or b"")
    assert (receipt["outcome"], receipt["served"]) == ("cut_off", "mai-voice-1")
    assert receipt["attempts"][-1]["detail"] == "", "what an adapter says in its own words is not kept"
    with running.http() as http:
        events = http.post(PATH, json=ASK | {"stream_format": "sse"}).text.strip().split("\n\n")
    body = json.loads(events[-1][6:])
    assert (body["type"], body["error"]["message"]) == ("error", "the backend hung up")
    assert body["fungible"]["served"] == "mai-voice-1"
