"""The Agents SDK, unmodified, over the Responses API and over chat completions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest
from api.servers import Running, Starter
from openai import AsyncOpenAI
from pydantic import BaseModel

from router.errors import ProviderError
from router.types import Call, Chunk, ToolCallPiece

agents: Any = pytest.importorskip("agents")
agents.set_tracing_disabled(True)

ASK = "What is the weather in Seoul?"
SHAPES = ["responses", "chat"]


class Forecast(BaseModel):
    """An answer with a form."""

    city: str
    degrees: int


@agents.function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    asked.append(city)
    return "21 degrees"


asked: list[str] = []


def with_model(server: Running, shape: str, do: Callable[[Any], Awaitable[Any]]) -> Any:
    """Do something with a model of the router's, in a loop of its own."""

    async def done() -> Any:
        async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            kind = agents.OpenAIResponsesModel if shape == "responses" else agents.OpenAIChatCompletionsModel
            return await do(kind(model="auto", openai_client=client))

    return asyncio.run(done())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_function_is_called_and_its_result_answered(server: Running, shape: str) -> None:
    asked.clear()

    async def run(model: Any) -> Any:
        agent = agents.Agent("weather", instructions="Be brief.", model=model, tools=[get_weather])
        return await agents.Runner.run(agent, ASK)

    result = with_model(server, shape, run)
    assert "21 degrees" in result.final_output
    assert len(asked) == 1
    items = [item.type for item in result.new_items]
    assert items == ["tool_call_item", "tool_call_output_item", "message_output_item"]
    assert result.context_wrapper.usage.requests == 2
    assert result.context_wrapper.usage.total_tokens > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_a_streamed_run_tells_its_words_and_calls(server: Running, shape: str) -> None:
    async def run(model: Any) -> Any:
        agent = agents.Agent("weather", model=model, tools=[get_weather])
        streamed = agents.Runner.run_streamed(agent, ASK)
        events = [event async for event in streamed.stream_events()]
        return streamed.final_output, events

    final, events = with_model(server, shape, run)
    raw = [event.data for event in events if event.type == "raw_response_event"]
    text = "".join(event.delta for event in raw if event.type == "response.output_text.delta")
    assert text == final
    assert "21 degrees" in final
    names = [event.name for event in events if event.type == "run_item_stream_event"]
    assert names == ["tool_called", "tool_output", "message_output_created"]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_answer_with_a_form(server: Running, shape: str) -> None:
    async def run(model: Any) -> Any:
        agent = agents.Agent("weather", model=model, output_type=Forecast)
        return await agents.Runner.run(agent, ASK)

    assert isinstance(with_model(server, shape, run).final_output, Forecast)


def test_a_conversation_goes_on_with_what_was_said(server: Running) -> None:
    async def run(model: Any) -> Any:
        agent = agents.Agent("weather", model=model, tools=[get_weather])
        first = await agents.Runner.run(agent, ASK)
        return await agents.Runner.run(agent, [*first.to_input_list(), {"role": "user", "content": "And thanks!"}])

    assert with_model(server, "responses", run).final_output


def test_work_is_handed_over_to_another_agent(server: Running) -> None:
    async def run(model: Any) -> Any:
        second = agents.Agent("weather", model=model, instructions="You know the weather.")
        force = agents.ModelSettings(tool_choice="required")
        first = agents.Agent("triage", model=model, handoffs=[second], model_settings=force)
        return await agents.Runner.run(first, ASK)

    result = with_model(server, "responses", run)
    assert result.last_agent.name == "weather"
    assert result.final_output


def test_a_hosted_tool_is_left_out_with_a_note(server: Running) -> None:
    async def run(model: Any) -> Any:
        return await agents.Runner.run(agents.Agent("web", model=model, tools=[agents.WebSearchTool()]), ASK)

    assert with_model(server, "responses", run).final_output


class Thinking:
    """A backend that thinks, calls a function, and then breaks off."""

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        yield Chunk(beside={"reasoning_content": "Hm."})
        if call.request.messages[-1].role == "user":
            piece = ToolCallPiece(0, "c1", "get_weather", '{"city": "Seoul"}')
            yield Chunk(tool_call=piece, finish_reason="tool_calls")
            return
        yield Chunk(text="It is ")
        if call.request.stream:
            raise ProviderError("cut_off", "the line broke")
        yield Chunk(text="warm.", finish_reason="stop")


@pytest.fixture
def thinking(start: Starter) -> Running:
    return start(providers=dict.fromkeys(("gpt", "mai", "phi", "llama"), Thinking()))


def test_what_a_model_thought_comes_back_and_another_model_does_not_get_it(thinking: Running) -> None:
    async def run(model: Any) -> Any:
        return await agents.Runner.run(agents.Agent("weather", model=model, tools=[get_weather]), ASK)

    result = with_model(thinking, "responses", run)
    assert result.final_output == "It is warm."
    assert [item.type for item in result.new_items].count("reasoning_item") == 2
    last = orjson.loads(thinking.ledger.receipt(result.raw_responses[-1].response_id.removeprefix("resp_")) or b"")
    # The second turn went to another model than the first, which gets no thoughts of others.
    assert last["notes"] == ["dropped:thoughts of another model"]


def test_a_stream_that_breaks_is_an_error_of_the_run(thinking: Running) -> None:
    async def run(model: Any) -> Any:
        streamed = agents.Runner.run_streamed(agents.Agent("weather", model=model, tools=[get_weather]), ASK)
        async for _ in streamed.stream_events():
            pass

    with pytest.raises(agents.AgentsException, match="the line broke"):
        with_model(thinking, "responses", run)
