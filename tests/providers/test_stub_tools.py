"""When a stub calls a tool, with what, and what it says once a tool has answered."""

import json
import re

import pytest
from stub_samples import LIGHTS, WEATHER, adapter, arguments, call, chunks, finish, text

from providers.stub.tools import chosen_tool
from router.errors import ProviderError
from router.types import FunctionSpec, Message, NamedFunction, NamedTool, Tool

BOTH = (WEATHER, LIGHTS)


@pytest.mark.parametrize(
    ("said", "choice", "expected"),
    [
        ("What is the WEATHER like?", None, "get_weather"),
        ("Which city is best?", "auto", "get_weather"),
        ("조명을 꺼 줘", "auto", "switch_lights"),
        ("Tell me a joke", "auto", None),
        ("What is the weather like?", "none", None),
        ("Tell me a joke", "required", "get_weather"),
        ("Switch it off", "required", "switch_lights"),
        ("Tell me a joke", NamedTool("function", NamedFunction("switch_lights")), "switch_lights"),
    ],
)
def test_which_tool(said: str, choice: object, expected: str | None) -> None:
    chosen = chosen_tool(call(said, tools=BOTH, tool_choice=choice).request)
    assert (chosen.name if chosen else None) == expected


def test_a_call_has_an_id_and_its_arguments() -> None:
    received = chunks(adapter("gpt"), call("weather in Seoul", tools=BOTH))
    (only,) = received
    assert only.tool_call is not None
    assert re.fullmatch("call_[0-9a-f]{24}", only.tool_call.id or "")
    assert json.loads(only.tool_call.arguments)["unit"] == "celsius"
    assert only.finish_reason == "tool_calls"
    assert only.text == ""


def test_streamed_arguments_come_in_pieces() -> None:
    asked = call("weather in Seoul", tools=BOTH, stream=True)
    received = chunks(adapter("gpt"), asked)
    assert len(received) > 4
    assert arguments(received) == arguments(chunks(adapter("gpt"), call("weather in Seoul", tools=BOTH)))


def test_choices_and_seeds_have_their_own_ids() -> None:
    received = [
        chunk for seed in (1, 2) for chunk in chunks(adapter("gpt"), call("weather", tools=BOTH, n=3, seed=seed))
    ]
    assert len({chunk.tool_call.id for chunk in received if chunk.tool_call}) == 6


def test_after_a_tool_it_answers_with_the_result() -> None:
    messages = (Message("user", "weather?"), Message("tool", "21 degrees " + "x" * 300, tool_call_id="c"))
    received = chunks(adapter("gpt"), call(messages=messages, tools=BOTH))
    assert "The tool returned: 21 degrees " in text(received)
    assert "x" * 189 in text(received)
    assert "x" * 190 not in text(received)
    assert finish(received) == "stop"


def test_required_calls_again_after_a_tool() -> None:
    messages = (Message("user", "weather?"), Message("tool", "21", tool_call_id="c"))
    assert finish(chunks(adapter("gpt"), call(messages=messages, tools=BOTH, tool_choice="required"))) == "tool_calls"


def test_a_tool_that_is_not_there_is_refused() -> None:
    with pytest.raises(ProviderError, match="`nothing`") as caught:
        chunks(adapter("gpt"), call(tools=BOTH, tool_choice=NamedTool("function", NamedFunction("nothing"))))
    assert caught.value.outcome == "rejected"


def test_arguments_that_cannot_be_are_refused_with_their_place() -> None:
    tool = Tool("function", FunctionSpec("bad", None, {"properties": {"a": False}, "required": ["a"]}))
    with pytest.raises(ProviderError, match=r"function `bad`: the schema at #/properties/a: ") as caught:
        chunks(adapter("gpt"), call(tools=(tool,), tool_choice="required"))
    assert caught.value.outcome == "rejected"


def test_a_tool_without_parameters_gets_an_object() -> None:
    received = chunks(adapter("gpt"), call(tools=(LIGHTS,), tool_choice="required"))
    assert isinstance(json.loads(arguments(received)), dict)


def test_a_limit_cuts_arguments_as_it_cuts_text() -> None:
    received = chunks(adapter("gpt"), call("weather", tools=BOTH, max_tokens=3))
    assert finish(received) == "length"
    assert arguments(chunks(adapter("gpt"), call("weather", tools=BOTH))).startswith(arguments(received))


def test_without_a_user_only_a_required_tool_is_called() -> None:
    system = (Message("system", "weather"),)
    assert chosen_tool(call(messages=system, tools=BOTH).request) is None
    assert chosen_tool(call(messages=system, tools=BOTH, tool_choice="required").request) == WEATHER.function
