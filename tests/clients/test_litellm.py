"""LiteLLM as a client: `openai/NAME` at the router's address."""

import json
from typing import Any

import pytest
from api.servers import Running
from api.test_openai_client import WEATHER
from pydantic import BaseModel

litellm: Any = pytest.importorskip("litellm")

# Its own modules warn of themselves while they are loaded.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
ASK = [{"role": "user", "content": "What is the weather in Seoul?"}]


class Forecast(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


@pytest.fixture
def to(server: Running) -> dict[str, Any]:
    there = {"api_base": f"{server.url}/v1", "api_key": "none", "num_retries": 0}
    return {"model": "openai/auto", "messages": ASK, **there}


def test_it_chats(to: dict[str, Any]) -> None:
    answer = litellm.completion(**to)
    assert "no model was called" in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.model == "phi-4-mini"


def test_it_streams(to: dict[str, Any]) -> None:
    pieces = list(litellm.completion(**to, stream=True, stream_options={"include_usage": True}))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert text == litellm.completion(**to).choices[0].message.content
    assert pieces[-1].usage.completion_tokens > 0


def test_it_calls_tools_and_goes_on_from_what_they_return(to: dict[str, Any]) -> None:
    answer = litellm.completion(**to, tools=[WEATHER], tool_choice="required").choices[0].message
    (call,) = answer.tool_calls
    assert json.loads(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
    final = litellm.completion(**to | {"messages": [*ASK, answer, result]}, tools=[WEATHER])
    assert "21 degrees" in final.choices[0].message.content


def test_it_answers_in_a_form(to: dict[str, Any]) -> None:
    answer = litellm.completion(**to, response_format=Forecast)
    assert Forecast.model_validate_json(answer.choices[0].message.content)


def test_it_speaks_responses_too(to: dict[str, Any]) -> None:
    asked = {name: to[name] for name in ("model", "api_base", "api_key")}
    answer = litellm.responses(input=ASK[0]["content"], **asked)
    assert "no model was called" in answer.output[0].content[0].text
    kinds = [event.type for event in litellm.responses(input=ASK[0]["content"], stream=True, **asked)]
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"


def test_it_knows_an_unknown_model(to: dict[str, Any]) -> None:
    with pytest.raises(litellm.NotFoundError, match="Did you mean 'mai-1'"):
        litellm.completion(**to | {"model": "openai/mai-2"})
