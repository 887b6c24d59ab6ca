"""Pydantic AI, the strictest reader of answers, over chat completions and over the Responses API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from api.servers import Running
from openai import AsyncOpenAI
from pydantic import BaseModel

pydantic_ai: Any = pytest.importorskip("pydantic_ai")
models: Any = pytest.importorskip("pydantic_ai.models.openai")
providers: Any = pytest.importorskip("pydantic_ai.providers.openai")

ASK = "What is the weather in Seoul?"
SHAPES = ["OpenAIChatModel", "OpenAIResponsesModel"]


class Forecast(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


def get_weather(city: str) -> str:
    """The weather in a city."""
    return "21 degrees"


def with_model(server: Running, shape: str, do: Callable[[Any], Awaitable[Any]]) -> Any:
    """Do something with a model of the router's, in a loop of its own."""

    async def done() -> Any:
        async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            return await do(getattr(models, shape)("auto", provider=providers.OpenAIProvider(openai_client=client)))

    return asyncio.run(done())


@pytest.mark.parametrize("shape", SHAPES)
def test_it_chats(server: Running, shape: str) -> None:
    result = with_model(server, shape, lambda model: pydantic_ai.Agent(model, instructions="Be brief.").run(ASK))
    assert "no model was called" in result.output
    assert result.response.model_name == "phi-4-mini"
    assert result.usage.output_tokens > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_it_streams(server: Running, shape: str) -> None:
    async def run(model: Any) -> Any:
        async with pydantic_ai.Agent(model).run_stream(ASK) as result:
            return [piece async for piece in result.stream_text(delta=True, debounce_by=None)]

    pieces = with_model(server, shape, run)
    assert len(pieces) > 5
    assert "no model was called" in "".join(pieces)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_calls_tools_and_goes_on_from_what_they_return(server: Running, shape: str) -> None:
    result = with_model(server, shape, lambda model: pydantic_ai.Agent(model, tools=[get_weather]).run(ASK))
    assert "21 degrees" in result.output


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", ["ToolOutput", "NativeOutput"])
def test_it_answers_in_a_form(server: Running, shape: str, form: str) -> None:
    kind = getattr(pydantic_ai, form)(Forecast)
    result = with_model(server, shape, lambda model: pydantic_ai.Agent(model, output_type=kind).run(ASK))
    assert isinstance(result.output, Forecast)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_streams_a_form(server: Running, shape: str) -> None:
    async def run(model: Any) -> Any:
        async with pydantic_ai.Agent(model, output_type=Forecast).run_stream(ASK) as result:
            return await result.get_output()

    assert isinstance(with_model(server, shape, run), Forecast)
