"""Signed and hidden thoughts over the Responses API: out as `encrypted_content`, back to their backend alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.backends import house_in
from api.response_shapes import checked_response, read_events
from api.servers import Running, Starter
from api.test_messages_over_anthropic import named
from router.api.surfaces.openai_responses.sealed_thoughts import INCLUDE, sealed, unsealed
from router.bench.http.fake_backend import STREAM_END, STREAM_HEAD, Asked, Script, Upstream, answer
from router.serving.thought_origins import LEFT_OUT

TURN: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "First I look.", "signature": "s1"},
    {"type": "redacted_thinking", "data": "hidden"},
    {"type": "text", "text": "I look."},
    {"type": "thinking", "thinking": "Then I call.", "signature": "s2"},
    {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
]
ASK: dict[str, Any] = {
    "include": [INCLUDE],
    "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
    "input": [{"role": "user", "content": "Well?"}],
}
RESULT = {"type": "function_call_output", "call_id": "t1", "output": "4"}
BLOCKS = st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=5)), max_size=5)


def plays(asked: Asked) -> Script:
    usage = {"input_tokens": 9, "output_tokens": 9}
    message = {"type": "message", "role": "assistant", "model": "up", "usage": usage}
    if not asked.data.get("stream"):
        return [answer(message | {"content": TURN, "stop_reason": "tool_use"})]
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message | {"content": []}}]
    for index, block in enumerate(TURN):
        deltas: list[dict[str, Any]] = []
        empty = block
        if block["type"] == "thinking":
            empty = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in block["thinking"].partition(" ")]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        elif block["type"] == "text":
            empty, deltas = {"type": "text", "text": ""}, [{"type": "text_delta", "text": block["text"]}]
        elif block["type"] == "tool_use":
            arguments = json.dumps(block["input"])
            empty, deltas = block | {"input": {}}, [{"type": "input_json_delta", "partial_json": arguments}]
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    events += [
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": usage},
        {"type": "message_stop"},
    ]
    return [STREAM_HEAD, *map(named, events), STREAM_END]


@pytest.fixture(scope="module")
def house(
    start_shared: Starter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, dict[str, Upstream]]]:
    """Two backends of Anthropic's API, and one of OpenAI's."""
    with Upstream(plays) as first, Upstream(plays) as second:
        backends = {"first": first, "second": second}
        urls = {name: backend.url for name, backend in backends.items()}
        folder = house_in(tmp_path_factory.mktemp("sealed") / "config", urls)
        providers = json.loads((folder / "providers.yaml").read_text())
        for row in providers["providers"].values():
            row["adapter"] = "anthropic"
        (folder / "providers.yaml").write_text(json.dumps(providers))
        yield start_shared(folder=folder), backends


def asked(running: Running, stream: bool = False, **more: Any) -> dict[str, Any]:
    with running.http() as http:
        reply = http.post("/v1/responses", json=ASK | {"stream": stream} | more)
    assert reply.status_code == 200, reply.text
    response: dict[str, Any] = read_events(reply.text)[-1]["response"] if stream else reply.json()
    checked_response(response)
    return response


@pytest.mark.parametrize("stream", [False, True])
def test_a_turn_comes_back_to_its_backend_as_it_was_and_to_no_other(
    house: tuple[Running, dict[str, Upstream]], stream: bool
) -> None:
    running, backends = house
    output = asked(running, stream, model="first")["output"]
    assert [item["type"] for item in output] == ["reasoning", "message", "reasoning", "function_call"]
    # A client may leave out what it can read of a thought: the sealed text is enough.
    again = [{**item, "content": []} if item["type"] == "reasoning" else item for item in output]
    ask = {"input": [*ASK["input"], *again, RESULT]}
    notes = {name: asked(running, model=name, **ask)["fungible"]["notes"] for name in backends}
    assert backends["first"].asked[-1].data["messages"][1]["content"] == TURN
    assert backends["second"].asked[-1].data["messages"][1]["content"] == [TURN[2], TURN[4]]
    assert (LEFT_OUT in notes["first"], LEFT_OUT in notes["second"]) == (False, True)
    assert "dropped:reasoning" not in notes["first"]


def test_nothing_is_sealed_unless_it_is_asked_for(house: tuple[Running, dict[str, Upstream]]) -> None:
    output = asked(house[0], model="first", include=[])["output"]
    assert not any("encrypted_content" in item for item in output)


@pytest.mark.parametrize("text", [None, 5, "", "gAAAA", "fungible1.!!", "fungible1.W10", sealed([]), "fungible1.WzVd"])
def test_what_was_not_made_here_is_nothing(text: object) -> None:
    assert unsealed(text) == []


@given(BLOCKS)
def test_what_is_sealed_comes_back_as_it_was(blocks: list[dict[str, str]]) -> None:
    assert unsealed(sealed(blocks)) == blocks
