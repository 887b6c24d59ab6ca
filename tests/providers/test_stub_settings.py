"""Settings, faults and latency: off unless asked for, exact when they are."""

import asyncio
import time
from dataclasses import replace

import pytest
from stub_samples import adapter, call, chunks, model, text

from providers.stub.settings import Settings, read_settings
from router.errors import ProviderError
from router.types import Chunk

# Half a minute before its first word: whoever is sooner did not wait for it.
ENDLESS = model(abilities={}, speed=replace(model().speed, first_token_ms=30_000))


def outcome(settings: dict[str, object], prompt: str, seed: int | None = None) -> str:
    try:
        chunks(adapter("phi", {"faults": settings}), call(prompt, seed=seed))
    except ProviderError as error:
        return error.outcome
    return "ok"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"latencey": True}, r"latencey: unknown key; did you mean `latency`\?"),
        ({"faults": {"rat": 1}}, r"faults\.rat: unknown key; did you mean `rate`\?"),
        ({"skill": {"codng": 1}}, r"skill\.codng: unknown key; did you mean `coding`\?"),
        ({"xyzzy": 1}, r"xyzzy: unknown key; known are latency, latency_scale, faults, skill"),
        ({"faults": {"rate": 2}}, r"faults\.rate: .*less than or equal to 1"),
        ({"faults": {"outcomes": ["ok"]}}, r"faults\.outcomes\.0: "),
        ({"latency_scale": -1}, r"latency_scale: "),
    ],
)
def test_a_wrong_setting_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        adapter("gpt", given)


def test_everything_is_off_by_default() -> None:
    assert read_settings({}) == Settings(latency=False)
    assert [outcome({}, f"p{number}") for number in range(100)] == ["ok"] * 100


def test_no_time_passes_by_default() -> None:
    began = time.perf_counter()
    chunks(adapter("gpt"), call(of=ENDLESS, stream=True))
    assert time.perf_counter() - began < ENDLESS.speed.first_token_ms / 1_000


def test_latency_takes_the_models_time() -> None:
    began = time.perf_counter()
    received = chunks(adapter("gpt", {"latency": True}), call(stream=True))
    assert time.perf_counter() - began >= 0.05 + len(text(received)) / 4 / 1_000 - 0.01
    began = time.perf_counter()
    chunks(adapter("gpt", {"latency": True, "latency_scale": 0.0}), call(of=ENDLESS, stream=True))
    assert time.perf_counter() - began < ENDLESS.speed.first_token_ms / 1_000


def test_a_cancelled_call_stops_at_once() -> None:
    async def cancel() -> None:
        provider = adapter("gpt", {"latency": True})

        async def drain() -> list[Chunk]:
            return [chunk async for chunk in provider.stream(call(of=ENDLESS))]

        task = asyncio.create_task(drain())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(asyncio.all_tasks()) == 1

    began = time.perf_counter()
    asyncio.run(cancel())
    assert time.perf_counter() - began < ENDLESS.speed.first_token_ms / 1_000


def test_faults_come_at_their_rate_and_repeat() -> None:
    settings: dict[str, object] = {"rate": 0.3, "outcomes": ["timeout", "rate_limited"]}
    outcomes = [outcome(settings, f"p{number}") for number in range(600)]
    assert abs(1 - outcomes.count("ok") / 600 - 0.3) < 3 * (0.3 * 0.7 / 600) ** 0.5
    assert set(outcomes) == {"ok", "timeout", "rate_limited"}
    assert outcomes[:50] == [outcome(settings, f"p{number}") for number in range(50)]


def test_another_seed_may_fare_better() -> None:
    assert {outcome({"rate": 0.5}, "p", seed) for seed in range(30)} == {"ok", "unavailable"}


def test_rate_limits_say_when_to_come_back() -> None:
    for kind, after in (("rate_limited", 1), ("unavailable", None)):
        with pytest.raises(ProviderError) as caught:
            chunks(adapter("mai", {"faults": {"rate": 1, "outcomes": [kind]}}), call())
        assert caught.value.retry_after == after


@pytest.mark.parametrize(("after", "stream", "seen"), [(3, True, 3), (3, False, 0), (10_000, True, None)])
def test_a_stream_can_be_cut_off(after: int, stream: bool, seen: int | None) -> None:
    async def drain() -> list[Chunk]:
        chunks = []
        with pytest.raises(ProviderError) as caught:
            async for chunk in adapter("mai", {"faults": {"rate": 1, "after_chunks": after}}).stream(
                call(stream=stream)
            ):
                chunks.append(chunk)  # noqa: PERF401 - what came before the error is the point
        assert caught.value.outcome == "cut_off"
        return chunks

    received = asyncio.run(drain())
    assert len(received) == seen or (seen is None and len(received) > 10)
    assert all(chunk.finish_reason is None for chunk in received)
