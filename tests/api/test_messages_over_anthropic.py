"""`/v1/messages` before a backend of the same API: what only that API has a word for goes there and comes back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.backends import house_in
from api.servers import Running, Starter
from router.bench.http.fake_backend import STREAM_END, STREAM_HEAD, Asked, Script, Upstream, answer, framed

PATH = "/v1/messages"
CACHED = {"cache_control": {"type": "ephemeral"}}
THINKING = {"type": "enabled", "budget_tokens": 1024}
SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "sig"}
HIDDEN = {"type": "redacted_thinking", "data": "x"}
ASK: dict[str, Any] = {
    "model": "first",
    "max_tokens": 2_000,
    "thinking": THINKING,
    "cache_control": {"type": "ephemeral"},
    "service_tier": "auto",
    "system": [{"type": "text", "text": "Be brief.", **CACHED}],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Well?", **CACHED}]},
        {
            "role": "assistant",
            "content": [SIGNED, HIDDEN, {"type": "tool_use", "id": "t1", "name": "f", "input": {}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "21", **CACHED}]},
    ],
    "tools": [{"name": "f", "input_schema": {"type": "object"}}],
}
USAGE = {"input_tokens": 30, "cache_read_input_tokens": 12, "cache_creation_input_tokens": 5, "output_tokens": 7}


def named(data: dict[str, Any]) -> bytes:
    return framed(b"event: " + data["type"].encode() + b"\ndata: " + json.dumps(data).encode() + b"\n\n")


def said(asked: Asked) -> Script:
    blocks = [SIGNED, {"type": "text", "text": "21."}]
    message = {"type": "message", "role": "assistant", "model": "first", "content": blocks, "usage": USAGE}
    stop = {"stop_reason": "stop_sequence", "stop_sequence": "END"}
    if not asked.data.get("stream"):
        return [answer(message | stop)]
    pieces: tuple[dict[str, Any], ...] = (
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": "sig"},
        {"type": "text_delta", "text": "21."},
    )
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message | {"content": []}}]
    events += [{"type": "content_block_delta", "index": 0, "delta": piece} for piece in pieces]
    events += [{"type": "message_delta", "delta": stop, "usage": USAGE}, {"type": "message_stop"}]
    return [STREAM_HEAD, *map(named, events), STREAM_END]


@pytest.fixture(scope="module")
def behind(start_shared: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Upstream]]:
    with Upstream(said) as upstream:
        place = house_in(tmp_path_factory.mktemp("house") / "config", {"first": upstream.url})
        providers = json.loads((place / "providers.yaml").read_text())
        providers["providers"]["first"]["adapter"] = "anthropic"
        (place / "providers.yaml").write_text(json.dumps(providers))
        yield start_shared(folder=place), upstream


def test_thoughts_and_the_ends_of_caches_reach_the_backend(behind: tuple[Running, Upstream]) -> None:
    running, upstream = behind
    with running.http() as http:
        body = http.post(PATH, json=ASK).json()
    asked = upstream.asked[-1].data
    assert (asked["thinking"], asked["cache_control"]) == (THINKING, ASK["cache_control"])
    assert asked["system"] == ASK["system"]
    first, thought, result = asked["messages"]
    assert first == ASK["messages"][0]
    assert thought == ASK["messages"][1]
    assert result["content"][0] | {"content": "21"} == ASK["messages"][2]["content"][0]
    assert body["fungible"]["notes"] == ["dropped:service_tier", "cache_written:5"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_thought_comes_back_signed_and_counts_are_those_of_the_backend(
    behind: tuple[Running, Upstream], stream: bool
) -> None:
    running, _ = behind
    with running.http() as http:
        response = http.post(PATH, json=ASK | {"stream": stream})
    if stream:
        events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
        deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
        assert deltas == [
            {"type": "thinking_delta", "thinking": "Hm."},
            {"type": "signature_delta", "signature": "sig"},
            {"type": "text_delta", "text": "21."},
        ]
        message = {**events[-2], **events[-2]["delta"]}
    else:
        message = response.json()
        assert message["content"] == [SIGNED, {"type": "text", "text": "21."}]
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "END")
    assert {name: message["usage"][name] for name in USAGE} == USAGE


def test_a_thought_that_nobody_signed_is_dropped_with_a_note(behind: tuple[Running, Upstream]) -> None:
    running, upstream = behind
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [SIGNED | {"signature": ""}, {"type": "text", "text": "Hello."}]},
        {"role": "user", "content": "Well?"},
    ]
    with running.http() as http:
        body = http.post(PATH, json={"model": "first", "max_tokens": 9, "messages": turns}).json()
    assert upstream.asked[-1].data["messages"][1]["content"] == [{"type": "text", "text": "Hello."}]
    assert "dropped:thinking" in body["fungible"]["notes"]


def test_a_chat_may_say_the_same_words_in_a_place_of_their_own(behind: tuple[Running, Upstream]) -> None:
    running, upstream = behind
    part = {"type": "text", "text": "Hi", "anthropic": CACHED}
    with running.http() as http:
        body = {
            "model": "first",
            "messages": [{"role": "user", "content": [part]}],
            "anthropic": {"thinking": THINKING},
        }
        assert http.post("/v1/chat/completions", json=body).status_code == 200
    asked = upstream.asked[-1].data
    assert asked["thinking"] == THINKING
    assert asked["messages"][0]["content"] == [{"type": "text", "text": "Hi", **CACHED}]


def test_other_backends_see_nothing_of_it_and_the_receipt_says_so(start: Starter, tmp_path: Path) -> None:
    from router.bench.http.fake_backend import completion

    with Upstream(lambda _: [answer(completion(model="first"))]) as upstream:
        with start(folder=house_in(tmp_path / "config", {"first": upstream.url})).http() as http:
            body = http.post(PATH, json=ASK).json()
        asked = upstream.asked[-1].data
    assert "anthropic" not in json.dumps(asked)
    assert "cache_control" not in json.dumps(asked)
    assert body["fungible"]["notes"] == ["dropped:thinking", "dropped:cache_control", "dropped:service_tier"]


def test_nor_does_a_stub(server: Running) -> None:
    with server.http() as http:
        body = http.post(PATH, json=ASK | {"model": "gpt-5", "tool_choice": {"type": "none"}}).json()
        assert body["fungible"]["notes"] == ["dropped:thinking", "dropped:cache_control", "dropped:service_tier"]
        streamed = http.post(PATH, json=ASK | {"model": "gpt-5", "stream": True}).text
    assert '"notes":["dropped:thinking","dropped:cache_control","dropped:service_tier"]' in streamed


def test_there_is_an_end_to_words_that_nobody_knows(server: Running) -> None:
    with server.http() as http:
        response = http.post(PATH, json=ASK | {f"word{number}": 1 for number in range(40)})
    assert response.status_code == 400
    assert "the most is 32" in response.json()["error"]["message"]


CLIENT_TOOLS: list[dict[str, Any]] = [
    {"type": "bash_20250124", "name": "bash"},
    {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool", "max_characters": 10_000},
    {"type": "computer_20250124", "name": "computer", "display_width_px": 800, "display_height_px": 600},
]


def test_tools_that_the_client_runs_reach_the_backend_as_they_are(behind: tuple[Running, Upstream]) -> None:
    running, upstream = behind
    choice = {"type": "tool", "name": "bash"}
    with running.http() as http:
        answered = http.post(PATH, json=ASK | {"tools": [*CLIENT_TOOLS, *ASK["tools"]], "tool_choice": choice})
        assert answered.status_code == 200, answered.text
        asked = upstream.asked[-1].data
        assert asked["tools"][:3] == CLIENT_TOOLS
        assert [tool["name"] for tool in asked["tools"][3:]] == ["f"]
        assert asked["tool_choice"] == choice
        alone = http.post(PATH, json=ASK | {"tools": CLIENT_TOOLS[:1], "tool_choice": {"type": "any"}})
    assert alone.status_code == 200, alone.text
    assert (upstream.asked[-1].data["tools"], upstream.asked[-1].data["tool_choice"]) == (
        CLIENT_TOOLS[:1],
        {"type": "any"},
    )


def test_betas_go_with_the_words_that_need_them(behind: tuple[Running, Upstream]) -> None:
    running, upstream = behind
    managed = ASK | {"context_management": {"edits": []}}
    with running.http() as http:
        sent = http.post(PATH, json=managed, headers={"anthropic-beta": "context-management-2025-06-27, b.1"})
        assert "dropped:context_management" not in sent.json()["fungible"]["notes"]
        asked = upstream.asked[-1]
        assert asked.headers["anthropic-beta"] == "context-management-2025-06-27,b.1"
        assert asked.data["context_management"] == {"edits": []}
        without = http.post(PATH, json=managed)
        assert "dropped:context_management" in without.json()["fungible"]["notes"]
        assert "context_management" not in upstream.asked[-1].data
        assert "anthropic-beta" not in upstream.asked[-1].headers
        for wrong in ("a b", "x" * 129, ",".join(f"b{number}" for number in range(33))):
            refused = http.post(PATH, json=ASK, headers={"anthropic-beta": wrong})
            assert (refused.status_code, refused.json()["error"]["param"]) == (400, "anthropic-beta")


def test_a_header_that_comes_in_two_lines_is_one_list(behind: tuple[Running, Upstream]) -> None:
    running, upstream = behind
    with running.http() as http:
        twice = [("anthropic-beta", "first-1"), ("anthropic-beta", "second-2")]
        assert http.post(PATH, json=ASK, headers=twice).is_success
    assert upstream.asked[-1].headers["anthropic-beta"] == "first-1,second-2"


def test_words_for_that_api_from_another_surface_write_no_header_and_harm_no_backend(
    behind: tuple[Running, Upstream],
) -> None:
    running, upstream = behind
    ask = {"model": ASK["model"], "messages": [{"role": "user", "content": "hello"}]}
    with running.http() as http:
        smuggled = {"betas": ["b-1", "x\r\nx-api-key: another"]}
        assert http.post("/v1/chat/completions", json=ask | {"anthropic": smuggled}).is_success
        assert upstream.asked[-1].headers["anthropic-beta"] == "b-1"
        odd = http.post("/v1/chat/completions", json=ask | {"anthropic": {"output_config": 5}})
        assert "dropped:output_config" in odd.json()["fungible"]["notes"]
        assert http.post(PATH, json=ASK).is_success
    assert all(state.breaker.state(0.0) == "closed" for state in running.service.state.pool.states.values())
