"""A conversation that moves from one model to another takes no thoughts along, and says so."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.backends import house_in
from api.servers import Running, Starter
from router.bench.http.fake_backend import Upstream, answer, completion, used
from router.serving.thought_origins import LEFT_OUT

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}, "extra_content": {"sig": "s"}}
THOUGHT = {"reasoning_content": "I should call."}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]


def said() -> dict[str, Any]:
    message = {"role": "assistant", "content": None, "tool_calls": [CALL], **THOUGHT}
    return completion(choices=[{"index": 0, "message": message, "finish_reason": "tool_calls"}], usage=used(9, 9))


@pytest.fixture(scope="module")
def house(
    start_shared: Starter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, dict[str, Upstream]]]:
    with Upstream(lambda _: [answer(said())]) as first, Upstream(lambda _: [answer(completion())]) as second:
        backends = {"first": first, "second": second}
        place = house_in(
            tmp_path_factory.mktemp("house") / "config", {name: backend.url for name, backend in backends.items()}
        )
        yield start_shared(folder=place), backends


def test_over_chat_completions(house: tuple[Running, dict[str, Upstream]]) -> None:
    running, backends = house
    ask: dict[str, Any] = {"messages": [{"role": "user", "content": "Weather?"}], "tools": TOOLS}
    with running.http() as http:
        message = http.post("/v1/chat/completions", json=ask | {"model": "first"}).json()["choices"][0]["message"]
        assert message["reasoning_content"] == THOUGHT["reasoning_content"]
        result = {"role": "tool", "tool_call_id": "c1", "content": "4"}
        turns = [*ask["messages"], message, result]
        notes = {
            name: http.post("/v1/chat/completions", json=ask | {"messages": turns, "model": name}).json()["fungible"][
                "notes"
            ]
            for name in backends
        }
    sent = {name: backend.asked[-1].data["messages"][1] for name, backend in backends.items()}
    assert sent["first"]["reasoning_content"] == THOUGHT["reasoning_content"]
    assert sent["first"]["tool_calls"] == [CALL]
    assert "reasoning_content" not in sent["second"]
    assert sent["second"]["tool_calls"] == [{name: value for name, value in CALL.items() if name != "extra_content"}]
    assert (LEFT_OUT in notes["first"], LEFT_OUT in notes["second"]) == (False, True)


def test_over_messages(house: tuple[Running, dict[str, Upstream]]) -> None:
    running, backends = house
    tools = [{"name": "f", "input_schema": {"type": "object"}}]
    ask: dict[str, Any] = {"max_tokens": 50, "messages": [{"role": "user", "content": "Weather?"}], "tools": tools}
    with running.http() as http:
        content = http.post("/v1/messages", json=ask | {"model": "first"}).json()["content"]
        assert [block["type"] for block in content] == ["thinking", "tool_use"]
        assert content[1]["extra_content"] == CALL["extra_content"]
        result = {"type": "tool_result", "tool_use_id": "c1", "content": "4"}
        turns = [*ask["messages"], {"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
        for name in backends:
            assert http.post("/v1/messages", json=ask | {"messages": turns, "model": name}).status_code == 200
    sent = {name: backend.asked[-1].data["messages"][1] for name, backend in backends.items()}
    assert sent["first"]["reasoning_content"] == THOUGHT["reasoning_content"]
    assert sent["first"]["tool_calls"] == [CALL]
    assert "reasoning_content" not in sent["second"]
    assert "extra_content" not in sent["second"]["tool_calls"][0]
