"""What odd backends stream, as data: the same calls, words and end on every surface."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api.backends import house_in
from api.conftest import start_shared
from api.servers import Running, Starter

from router.bench.http.fake_backend import STREAM_END, STREAM_HEAD, Asked, Script, Upstream, framed

__all__ = ["start_shared"]

Json = dict[str, Any]
CASES = json.loads((Path(__file__).parent / "backend_streams.json").read_text(encoding="utf-8"))
BY_NAME = {case["name"]: case for case in CASES}
# How a backend writes its events: what stands before a line, and what ends it.
WIRES = {
    None: ("data: ", "\n\n"),
    "close": ("data:", "\n\n"),
    "return": ("data: ", "\r\r"),
    "both": ("data: ", "\r\n\r\n"),
}
FUNCTIONS = [{"name": name, "parameters": {"type": "object"}} for name in ("get_weather", "get_time")]


def plays(asked: Asked) -> Script:
    """The stream of the case that the request names."""
    case = BY_NAME[asked.data["messages"][-1]["content"]]
    before, after = WIRES.get(case.get("wire"), WIRES[None])
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in case["deltas"]]
    if case["end"]:
        choices.append({"index": 0, "delta": {}, "finish_reason": case["end"]})
    events = [json.dumps({"model": "first", "choices": [choice]}) for choice in choices]
    said = "".join(before + event + after for event in [*events, "[DONE]"])
    mark = b"\xef\xbb\xbf" if case.get("wire") == "mark" else b""
    return [STREAM_HEAD, framed(mark + said.encode()), STREAM_END]


@pytest.fixture(scope="module")
def running(start_shared: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Upstream(plays) as upstream:
        yield start_shared(folder=house_in(tmp_path_factory.mktemp("streams") / "config", {"first": upstream.url}))


def events(running: Running, path: str, body: Json) -> list[Json]:
    with running.http() as http:
        answer = http.post(path, json={"model": "first", "stream": True, **body})
    assert answer.status_code == 200, answer.text
    lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def by_chat(running: Running, name: str) -> Json:
    tools = [{"type": "function", "function": function} for function in FUNCTIONS]
    said = events(running, "/v1/chat/completions", {"messages": [{"role": "user", "content": name}], "tools": tools})
    choices = [choice for event in said for choice in event["choices"]]
    calls: dict[int, list[str]] = {}
    beside = None
    for call in (call for choice in choices for call in choice["delta"].get("tool_calls", ())):
        made = calls.setdefault(call["index"], [call.get("id"), call["function"].get("name"), ""])
        made[2] += call["function"].get("arguments", "")
        beside = beside or call.get("extra_content")
    return {
        "text": "".join(choice["delta"].get("content") or "" for choice in choices),
        "thought": "".join(choice["delta"].get("reasoning_content") or "" for choice in choices),
        "calls": list(calls.values()),
        "beside": beside,
        "finish": choices[-1]["finish_reason"],
        "notes": said[-1]["fungible"]["notes"],
    }


def by_messages(running: Running, name: str) -> Json:
    tools = [{"name": function["name"], "input_schema": function["parameters"]} for function in FUNCTIONS]
    ask = {"max_tokens": 100, "messages": [{"role": "user", "content": name}], "tools": tools}
    said = events(running, "/v1/messages", ask)
    blocks: list[Json] = []
    for event in said:
        if event["type"] == "content_block_start":
            blocks.append({**event["content_block"], "said": ""})
        if event["type"] == "content_block_delta":
            delta = event["delta"]
            blocks[event["index"]]["said"] += (
                delta.get("text") or delta.get("thinking") or delta.get("partial_json") or ""
            )
    end = next(event for event in said if event["type"] == "message_delta")
    calls = [block for block in blocks if block["type"] == "tool_use"]
    return {
        "text": "".join(block["said"] for block in blocks if block["type"] == "text"),
        "thought": "".join(block["said"] for block in blocks if block["type"] == "thinking"),
        "calls": [[call["id"], call["name"], call["said"]] for call in calls],
        "beside": next((call["extra_content"] for call in calls if "extra_content" in call), None),
        "finish": {"tool_use": "tool_calls", "end_turn": "stop"}[end["delta"]["stop_reason"]],
        "notes": end["fungible"]["notes"],
    }


def by_responses(running: Running, name: str) -> Json:
    tools = [{"type": "function", **function} for function in FUNCTIONS]
    response = events(running, "/v1/responses", {"input": name, "tools": tools})[-1]["response"]
    items = {kind: [item for item in response["output"] if item["type"] == kind] for kind in ("message", "reasoning")}
    calls = [item for item in response["output"] if item["type"] == "function_call"]
    assert response["status"] == "completed"
    return {
        "text": "".join(part["text"] for item in items["message"] for part in item["content"]),
        "thought": "".join(part["text"] for item in items["reasoning"] for part in item["content"]),
        "calls": [[call["call_id"], call["name"], call["arguments"]] for call in calls],
        "beside": next((call["extra_content"] for call in calls if "extra_content" in call), None),
        "finish": "tool_calls" if calls else "stop",
        "notes": response["fungible"]["notes"],
    }


@pytest.mark.parametrize("read", [by_chat, by_messages, by_responses])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_odd_stream_is_read_as_it_was_meant(running: Running, case: Json, read: Any) -> None:
    answer = read(running, case["name"])
    expected = {"text": "", "thought": "", "calls": [], "beside": None, "notes": []}
    expected |= {name: value for name, value in case.items() if name in (*expected, "finish")}
    assert answer == expected
