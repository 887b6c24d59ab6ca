"""Custom tools over chat completions: passed on to OpenAI's API, and as functions of one text to any other."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.backends import house_in
from api.servers import Running, Starter
from router.bench.http.fake_backend import (
    DONE,
    STREAM_END,
    STREAM_HEAD,
    Asked,
    Script,
    Upstream,
    answer,
    completion,
    event,
    piece,
)

CHAT = "/v1/chat/completions"
GRAMMAR = {"type": "grammar", "grammar": {"syntax": "lark", "definition": 'start: "x"'}}
EDIT = {"type": "custom", "custom": {"name": "edit", "description": "Edits.", "format": GRAMMAR}}
READ = {"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}
MADE = {"id": "c1", "type": "custom", "custom": {"name": "edit", "input": '*** Begin\n"é"'}}
USER = {"role": "user", "content": "Please edit this with the tool edit."}


def openai(asked: Asked) -> Script:
    if not asked.data.get("stream"):
        message = {"role": "assistant", "content": None, "tool_calls": [MADE]}
        return [answer(completion(choices=[{"index": 0, "message": message, "finish_reason": "tool_calls"}]))]
    text = MADE["custom"]["input"]  # type: ignore[index]
    first = {"index": 0, "id": "c1", "type": "custom", "custom": {"name": "edit", "input": text[:3]}}
    rest = {"index": 0, "custom": {"input": text[3:]}}
    end = event({"model": "up", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    return [
        STREAM_HEAD,
        piece({"tool_calls": [first]}),
        piece({"tool_calls": [rest]}),
        end,
        event(DONE),
        STREAM_END,
    ]


def anthropic(asked: Asked) -> Script:
    block = {"type": "tool_use", "id": "c1", "name": "edit", "input": {"input": MADE["custom"]["input"]}}  # type: ignore[index]
    told = {
        "type": "message",
        "role": "assistant",
        "model": "second",
        "content": [{"type": "text", "text": "So."}, block],
    }
    return [answer(told | {"stop_reason": "tool_use", "usage": {"input_tokens": 9, "output_tokens": 9}})]


@pytest.fixture(scope="module")
def house(
    start_shared: Starter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, dict[str, Upstream]]]:
    with Upstream(openai) as first, Upstream(anthropic) as second:
        backends = {"first": first, "second": second}
        place = house_in(
            tmp_path_factory.mktemp("house") / "config", {name: backend.url for name, backend in backends.items()}
        )
        providers = json.loads((place / "providers.yaml").read_text())
        providers["providers"]["second"]["adapter"] = "anthropic"
        (place / "providers.yaml").write_text(json.dumps(providers))
        yield start_shared(folder=place), backends


def asked(running: Running, **more: Any) -> dict[str, Any]:
    with running.http() as http:
        reply = http.post(CHAT, json={"messages": [USER], "tools": [READ, EDIT]} | more)
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def streamed(running: Running, **more: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The pieces of the call, and the reasons to stop."""
    with running.http() as http:
        reply = http.post(CHAT, json={"messages": [USER], "tools": [READ, EDIT], "stream": True} | more)
    events = [json.loads(line[6:]) for line in reply.text.split("\n\n") if line and line != "data: [DONE]"]
    choices = [choice for told in events for choice in told["choices"]]
    calls = [call for choice in choices for call in choice["delta"].get("tool_calls", ())]
    return calls, [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


HISTORY = [
    USER,
    {"role": "assistant", "content": None, "tool_calls": [MADE]},
    {"role": "tool", "tool_call_id": "c1", "content": "done"},
]


def test_openai_s_api_gets_them_as_they_are(house: tuple[Running, dict[str, Upstream]]) -> None:
    running, backends = house
    choice = {"type": "custom", "custom": {"name": "edit"}}
    told = asked(running, model="first", messages=HISTORY, tool_choice=choice)
    sent = backends["first"].asked[-1].data
    assert (sent["tools"], sent["tool_choice"]) == ([READ, EDIT], choice)
    assert sent["messages"][1]["tool_calls"] == [MADE]
    assert told["choices"][0]["message"]["tool_calls"] == [MADE]
    assert told["choices"][0]["finish_reason"] == "tool_calls"


def test_and_answers_with_them_in_streams_too(house: tuple[Running, dict[str, Upstream]]) -> None:
    calls, reasons = streamed(house[0], model="first")
    assert (calls[0]["id"], calls[0]["type"], calls[0]["custom"]["name"]) == ("c1", "custom", "edit")
    assert "".join(call["custom"]["input"] for call in calls) == MADE["custom"]["input"]  # type: ignore[index]
    assert reasons == ["tool_calls"]


def test_another_api_gets_functions_of_one_text(house: tuple[Running, dict[str, Upstream]]) -> None:
    running, backends = house
    choice = {"type": "custom", "custom": {"name": "edit"}}
    told = asked(running, model="second", messages=HISTORY, tool_choice=choice)
    sent = backends["second"].asked[-1].data
    read, edit = sent["tools"]
    assert read["name"] == "read"
    assert edit["description"] == 'Edits.\n\nThe input must follow this lark grammar:\nstart: "x"'
    assert edit["input_schema"]["required"] == ["input"]
    assert sent["tool_choice"] == {"type": "tool", "name": "edit"}
    assert sent["messages"][1]["content"][0]["input"] == {"input": MADE["custom"]["input"]}  # type: ignore[index]
    message = told["choices"][0]["message"]
    assert (message["content"], message["tool_calls"]) == ("So.", [MADE])
    assert "approximated:tools.custom" in told["fungible"]["notes"]


def test_and_answers_with_one_call_in_a_stream(house: tuple[Running, dict[str, Upstream]]) -> None:
    calls, reasons = streamed(house[0], model="second")
    assert calls == [MADE | {"index": 0}]
    assert reasons == ["tool_calls"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_stub_calls_them(server: Running, stream: bool) -> None:
    choice = {"type": "custom", "custom": {"name": "edit"}}
    if stream:
        (call,), _ = streamed(server, model="gpt-5", tool_choice=choice)
    else:
        (call,) = asked(server, model="gpt-5", tool_choice=choice)["choices"][0]["message"]["tool_calls"]
    assert (call["type"], call["custom"]["name"]) == ("custom", "edit")
    assert isinstance(call["custom"]["input"], str)


def test_only_the_tools_that_are_allowed_are_offered(house: tuple[Running, dict[str, Upstream]]) -> None:
    running, backends = house
    some = [{"type": "custom", "custom": {"name": "edit"}}]
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": some}}
    asked(running, model="first", tool_choice=choice)
    sent = backends["first"].asked[-1].data
    assert (sent["tools"], sent["tool_choice"]) == ([EDIT], "required")


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        (
            {
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "edit"}}]},
                }
            },
            "tool_choice.allowed_tools.tools.0",
        ),
        ({"tool_choice": "sometimes"}, "tool_choice"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools.0.function.name"),
        ({"tools": [{"type": "hosted"}]}, "tools.0.type"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f"}}]}]},
            "messages.0.tool_calls.0.function.arguments",
        ),
    ],
)
def test_what_is_wrong_is_named_in_the_client_s_words(server: Running, wrong: dict[str, Any], param: str) -> None:
    with server.http() as http:
        reply = http.post(CHAT, json={"model": "gpt-5", "messages": [USER], "tools": [READ, EDIT]} | wrong)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == param


def test_words_that_nobody_named_are_left_out_with_a_note(house: tuple[Running, dict[str, Upstream]]) -> None:
    running, backends = house
    marked = EDIT | {"cache_control": {"type": "ephemeral"}}
    history = [HISTORY[0], {"role": "assistant", "tool_calls": [MADE | {"sig": 1}]}, HISTORY[2]]
    answer = asked(running, model="first", tools=[marked], messages=history)
    sent = backends["first"].asked[-1].data
    assert sent["tools"] == [EDIT]
    assert sent["messages"][1]["tool_calls"] == [MADE]
    assert {"dropped:tools.cache_control", "dropped:tool_calls.other"} <= set(answer["fungible"]["notes"])
