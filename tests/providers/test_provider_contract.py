"""What every provider owes the router, a stranger's as well as ours: one suite over the registered entry points."""

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise

import jsonschema
import pytest
from fakes import over_anthropic, over_openai
from stub_samples import ADAPTERS, WEATHER, adapter, arguments, call, chunks, close, finish, text

from router.bench.http.fake_backend import Upstream
from router.errors import ProviderError
from router.types import NamedFunction, NamedTool, Provider, ResponseFormat, SchemaFormat

# What a provider that asks somebody over HTTP is asked through.
FAKES = {"openai": over_openai, "anthropic": over_anthropic}
STUBS = [entry.name for entry in ADAPTERS if entry.name not in FAKES]

SCHEMA = {
    "type": "object",
    "properties": {
        "answer": {"type": "string"},
        "sure": {"type": "boolean"},
        "steps": {"type": "integer", "minimum": 1},
    },
    "required": ["answer", "sure", "steps"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module", params=[entry.name for entry in ADAPTERS])
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    if request.param not in FAKES:
        yield adapter(request.param)
        return
    with Upstream(FAKES[request.param]) as upstream:
        yield adapter(request.param, {"base_url": upstream.url})


@pytest.fixture(params=STUBS)
def stub(request: pytest.FixtureRequest) -> Provider:
    return adapter(request.param)


def test_the_built_in_adapters_are_registered() -> None:
    assert {"gpt", "llama", "mai", "phi", "openai", "anthropic"} <= {entry.name for entry in ADAPTERS}


def test_an_answer_without_stream_is_whole_and_finished(provider: Provider) -> None:
    received = chunks(provider, call())
    assert text(received)
    assert finish(received) == "stop"


def test_a_stream_begins_small_and_ends_with_its_reason(provider: Provider) -> None:
    received = [chunk for chunk in chunks(provider, call(stream=True)) if chunk.text or chunk.finish_reason]
    assert len(received) > 3
    assert 0 < len(received[0].text) <= 24
    assert [bool(chunk.finish_reason) for chunk in received] == [False] * (len(received) - 1) + [True]


def test_a_stream_says_what_a_whole_answer_says(provider: Provider) -> None:
    assert text(chunks(provider, call(stream=True, seed=4))) == text(chunks(provider, call(seed=4)))


@pytest.mark.parametrize("stream", [False, True])
def test_each_choice_is_different_and_finished(provider: Provider, stream: bool) -> None:
    received = chunks(provider, call(n=12, stream=stream))
    if any("dropped:n" in chunk.notes for chunk in received):
        assert finish(received) == "stop"
        return
    assert {chunk.index for chunk in received} == set(range(12))
    assert len({text(received, index) for index in range(12)}) == 12
    assert [finish(received, index) for index in range(12)] == ["stop"] * 12


def test_the_same_request_gets_the_same_answer(provider: Provider) -> None:
    assert text(chunks(provider, call(seed=1))) == text(chunks(provider, call(seed=1)))


@pytest.mark.parametrize("limit", [1, 2, 5, 20])
def test_a_limit_ends_the_answer(provider: Provider, limit: int) -> None:
    received = chunks(provider, call(max_tokens=limit))
    assert finish(received) == "length"
    assert text(chunks(provider, call())).startswith(text(received))


@pytest.mark.parametrize("stream", [False, True])
def test_a_forced_tool_is_called_with_arguments_that_fit(provider: Provider, stream: bool) -> None:
    forced = NamedTool("function", NamedFunction("get_weather"))
    received = chunks(provider, call(tools=(WEATHER,), tool_choice=forced, stream=stream))
    first = received[0].tool_call
    assert first is not None
    assert first.name == "get_weather"
    assert first.id
    assert [chunk.tool_call.id for chunk in received[1:] if chunk.tool_call and chunk.tool_call.id] == []
    jsonschema.validate(json.loads(arguments(received)), WEATHER.function.parameters)
    assert finish(received) == "tool_calls"


def test_a_json_object_is_one(provider: Provider) -> None:
    assert isinstance(json.loads(text(chunks(provider, call(response_format=ResponseFormat("json_object"))))), dict)


@pytest.mark.parametrize("stream", [False, True])
def test_a_json_schema_is_satisfied(provider: Provider, stream: bool) -> None:
    form = ResponseFormat("json_schema", SchemaFormat("reply", SCHEMA))
    jsonschema.validate(json.loads(text(chunks(provider, call(response_format=form, stream=stream)))), SCHEMA)


def test_only_provider_errors_leave_it(provider: Provider) -> None:
    form = ResponseFormat("json_schema", SchemaFormat("reply", {"type": "object", "required": "oops", "properties": 5}))
    with pytest.raises(ProviderError) as caught:
        chunks(provider, call(response_format=form))
    assert caught.value.outcome == "rejected"


def test_a_closed_stream_leaves_no_task(provider: Provider) -> None:
    async def leave() -> int:
        stream = provider.stream(call(stream=True))
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        await close(provider)
        return len(asyncio.all_tasks())

    assert asyncio.run(leave()) == 1


def test_no_stub_counts_its_tokens_for_the_router(stub: Provider) -> None:
    assert all(chunk.usage is None for chunk in chunks(stub, call(stream=True)))


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_backend_counts_comes_once_and_last(provider: Provider, stream: bool) -> None:
    *before, last = chunks(provider, call(stream=stream))
    assert all(chunk.usage is None for chunk in before)
    if last.usage is not None:
        assert (last.usage.input_tokens, last.usage.output_tokens, last.usage.counted) == (42, 7, "backend")


def test_nothing_that_came_together_waits_for_what_has_not_come(provider: Provider) -> None:
    """A chunk that says `more` is followed by one that a client sees, or by the end."""
    received = chunks(provider, call(stream=True))
    for chunk, following in pairwise(received):
        if chunk.more and following is not received[-1]:
            assert following.text or following.tool_call or following.finish_reason
    assert not received[-1].more
