"""LangChain's ChatOpenAI and AzureChatOpenAI, over chat completions and over the Responses API."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from api.servers import Running
from pydantic import BaseModel

langchain: Any = pytest.importorskip("langchain_openai")
messages: Any = pytest.importorskip("langchain_core.messages")
tool: Any = pytest.importorskip("langchain_core.tools").tool

ASK = "What is the weather in Seoul?"


class Forecast(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return "21 degrees"


@pytest.fixture(params=["chat", "responses", "azure", "azure responses"])
def model(request: pytest.FixtureRequest, server: Running) -> Iterator[Any]:
    with httpx.Client() as plain:
        shared = {"api_key": "none", "http_client": plain, "use_responses_api": "responses" in request.param}
        shared |= {"max_retries": 0, "http_socket_options": (), "stream_usage": True}
        if request.param.startswith("azure"):
            version = "2025-04-01-preview"
            yield langchain.AzureChatOpenAI(
                azure_endpoint=server.url, azure_deployment="auto", api_version=version, **shared
            )
        else:
            yield langchain.ChatOpenAI(base_url=f"{server.url}/v1", model="auto", **shared)


def test_it_chats(model: Any) -> None:
    answer = model.invoke([messages.SystemMessage("Be brief."), messages.HumanMessage(ASK)])
    assert "no model was called" in answer.text
    assert answer.usage_metadata["total_tokens"] > 0
    assert answer.response_metadata["model_name"] == "phi-4-mini"


def test_it_streams(model: Any) -> None:
    pieces = list(model.stream(ASK))
    whole = pieces[0]
    for piece in pieces[1:]:
        whole += piece
    assert len(pieces) > 5
    assert whole.text == model.invoke(ASK).text
    assert whole.usage_metadata["output_tokens"] > 0


def test_it_calls_tools_and_goes_on_from_what_they_return(model: Any) -> None:
    able = model.bind_tools([get_weather])
    said = [messages.HumanMessage(ASK)]
    said.append(able.invoke(said))
    (call,) = said[-1].tool_calls
    assert call["name"] == "get_weather"
    said.append(get_weather.invoke(call))
    assert "21 degrees" in able.invoke(said).text
    streamed = [piece for piece in able.stream(ASK) if piece.tool_call_chunks]
    assert streamed[0].tool_call_chunks[0]["name"] == "get_weather"


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_it_answers_in_a_form(model: Any, method: str) -> None:
    assert isinstance(model.with_structured_output(Forecast, method=method).invoke(ASK), Forecast)
