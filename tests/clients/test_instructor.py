"""Instructor: answers as pydantic models, by tools, by schema, and in pieces.

Its mode that only asks for a form in words is a matter of the model, which a stub is not.
"""

from typing import Any

import pytest
from api.servers import Running
from pydantic import BaseModel

instructor: Any = pytest.importorskip("instructor")

ASK = [{"role": "user", "content": "What is the weather in Seoul?"}]


class Forecast(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


@pytest.mark.parametrize("mode", ["TOOLS", "JSON_SCHEMA", "RESPONSES_TOOLS"])
def test_an_answer_is_a_model(server: Running, mode: str) -> None:
    client = instructor.from_openai(server.openai(), mode=instructor.Mode[mode])
    forecast, whole = client.create_with_completion(model="auto", messages=ASK, response_model=Forecast)
    assert isinstance(forecast, Forecast)
    assert whole.model_extra["fungible"]["served"] in server.service.active.models


@pytest.mark.parametrize("mode", ["TOOLS", "JSON_SCHEMA"])
def test_an_answer_grows(server: Running, mode: str) -> None:
    client = instructor.from_openai(server.openai(), mode=instructor.Mode[mode])
    partial = list(client.create_partial(model="auto", messages=ASK, response_model=Forecast))
    assert len(partial) > 1
    assert isinstance(partial[-1].degrees, int)


def test_several_answers_come_one_by_one(server: Running) -> None:
    client = instructor.from_openai(server.openai())
    forecasts = list(client.create_iterable(model="auto", messages=ASK, response_model=Forecast))
    assert forecasts
    assert all(isinstance(forecast, Forecast) for forecast in forecasts)
