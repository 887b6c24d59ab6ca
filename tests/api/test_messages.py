"""`/v1/messages` without a client: what is heard of a body, noted or refused, and errors in its envelope."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.backends import house_in
from api.servers import Running, Starter
from router.bench.http.fake_backend import (
    STREAM_END,
    STREAM_HEAD,
    Upstream,
    answer,
    completion,
    event,
    piece,
    used,
    words,
)

PATH = "/v1/messages"
HI = {"role": "user", "content": "Hi"}
ASK: dict[str, Any] = {"model": "gpt-5", "max_tokens": 50, "messages": [HI]}
PIXEL = "iVBORw0KGgo="


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with server.http() as http_client:
        yield http_client


class Behind:
    """A server before one backend of OpenAI's API, which answers what a test says."""

    def __init__(self, running: Running, upstream: Upstream) -> None:
        self.running, self.upstream = running, upstream

    def ask(self, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the backend was asked, and the answer."""
        with self.running.http() as http:
            response = http.post(PATH, json=ASK | {"model": "first"} | changes)
        assert response.status_code == 200, response.text
        return self.upstream.asked[-1].data, response.json()


@pytest.fixture(scope="module")
def behind(start_shared: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp("house")
    with Upstream(lambda _: [answer(completion(usage=used(50, 7, 20)))]) as upstream:
        yield Behind(start_shared(folder=house_in(folder / "config", {"first": upstream.url})), upstream)


def test_a_conversation_reaches_the_backend_in_its_own_words(behind: Behind) -> None:
    call = {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}
    asked, body = behind.ask(
        system=[{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
        messages=[
            HI,
            {"role": "assistant", "content": [{"type": "text", "text": "One moment."}, call]},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Well?"},
                    {"type": "tool_result", "tool_use_id": "t1", "content": "21"},
                ],
            },
            {"role": "system", "content": "Mind the time."},
        ],
        stop_sequences=["END"],
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        metadata={"user_id": "u1"},
        tools=[{"name": "f", "description": "F", "input_schema": {"type": "object"}, "strict": True}],
        tool_choice={"type": "any", "disable_parallel_tool_use": True},
        output_config={"effort": "max"},
    )
    function = {"name": "f", "arguments": '{"a":1}'}
    assert asked == {
        "model": "first",
        "messages": [
            {
                "role": "system",
                "content": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
            },
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": "One moment.",
                "tool_calls": [{"id": "t1", "type": "function", "function": function}],
            },
            {"role": "tool", "content": "21", "tool_call_id": "t1"},
            {"role": "user", "content": "Well?"},
            {"role": "system", "content": "Mind the time."},
        ],
        "max_tokens": 50,
        "stop": ["END"],
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "user": "u1",
        "tools": [
            {
                "type": "function",
                "function": {"name": "f", "description": "F", "parameters": {"type": "object"}, "strict": True},
            }
        ],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "reasoning_effort": "xhigh",
    }
    *notes, model = body["fungible"]["notes"]
    assert (notes, model[:21]) == (["renamed:effort=xhigh"], "upstream_model:other-")
    assert body["usage"] == {
        "input_tokens": 30,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 20,
        "output_tokens": 7,
        "output_tokens_details": {"thinking_tokens": 0},
    }


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"type": "auto"}, "auto"),
        ({"type": "none"}, "none"),
        ({"type": "tool", "name": "f"}, {"type": "function", "function": {"name": "f"}}),
    ],
)
def test_choices_of_tools(behind: Behind, choice: dict[str, Any], said: Any) -> None:
    asked, _ = behind.ask(tools=[{"type": "custom", "name": "f", "input_schema": {}}], tool_choice=choice)
    assert asked["tool_choice"] == said
    assert "parallel_tool_calls" not in asked


def test_the_schema_of_an_answer_is_passed_on_by_either_name(behind: Behind) -> None:
    form = {"type": "json_schema", "schema": {"type": "object"}}
    for said in ({"output_format": form}, {"output_config": {"format": form}}):
        asked, _ = behind.ask(**said)
        assert asked["response_format"] == {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": {"type": "object"}},
        }


def test_documents_are_read_or_passed_on(behind: Behind) -> None:
    text = {
        "type": "document",
        "title": "T",
        "context": "C",
        "source": {"type": "text", "media_type": "text/plain", "data": "D"},
    }
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "QQ=="}}
    asked, _ = behind.ask(messages=[{"role": "user", "content": [text, pdf]}])
    assert asked["messages"][0]["content"] == [
        {"type": "text", "text": "T\nC\nD"},
        {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,QQ=="}},
    ]


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, ["dropped:thinking"]),
        ({"thinking": {"type": "disabled"}}, []),
        ({"service_tier": "auto", "container": "c"}, ["dropped:service_tier", "dropped:container"]),
        ({"cache_control": {"type": "ephemeral"}}, ["dropped:cache_control"]),
        (
            {"tools": [{"name": "f", "input_schema": {}, "cache_control": {"type": "ephemeral"}}]},
            ["dropped:cache_control"],
        ),
        (
            {"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]},
            ["dropped:cache_control"],
        ),
        (
            {
                "messages": [
                    HI,
                    {
                        "role": "assistant",
                        "content": [
                            {"type": "thinking", "thinking": "Hm.", "signature": "s"},
                            {"type": "redacted_thinking", "data": "x"},
                            {"type": "text", "text": "Hello."},
                        ],
                    },
                    HI,
                ]
            },
            ["dropped:thinking"],
        ),
        ({"messages": [HI, {"role": "assistant", "content": "Well, "}]}, ["approximated:a last turn of the assistant"]),
        ({"betas": ["x"]}, []),
    ],
)
def test_what_has_no_word_here_is_noted(behind: Behind, changes: dict[str, Any], notes: list[str]) -> None:
    _, body = behind.ask(**changes)
    assert body["fungible"]["notes"][:-1] == notes
    assert body["fungible"]["notes"][-1].startswith("upstream_model:other-")
    receipt = json.loads(behind.running.ledger.receipt(body["fungible"]["receipt"]) or b"")
    assert receipt["notes"] == body["fungible"]["notes"]


def test_what_a_tool_showed_and_that_it_failed_are_told(behind: Behind) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    call = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
    results = [
        {"type": "tool_result", "tool_use_id": "t1", "is_error": True, "content": [{"type": "text", "text": "Boom."}]},
        {"type": "tool_result", "tool_use_id": "t2"},
    ]
    asked, body = behind.ask(
        messages=[HI, {"role": "assistant", "content": [call]}, {"role": "user", "content": results}]
    )
    assert asked["messages"][2:] == [
        {"role": "tool", "content": "The tool failed:\nBoom.", "tool_call_id": "t1"},
        {"role": "tool", "content": "", "tool_call_id": "t2"},
    ]
    assert body["fungible"]["notes"][0] == "approximated:is_error"
    # Seeing is more than the models of this house can do.
    shown = [{"type": "tool_result", "tool_use_id": "t1", "content": [image]}]
    with behind.running.http() as http:
        blind = http.post(PATH, json=ASK | {"model": "first", "messages": [{"role": "user", "content": shown}]})
    assert blind.status_code == 422
    assert "capability (vision)" in blind.json()["error"]["message"]


@pytest.mark.parametrize(
    ("wrong", "param", "message"),
    [
        ({"max_tokens": None}, "max_tokens", "max_tokens: input should be a valid integer"),
        ({"max_tokens": -1}, "max_tokens", "greater than or equal to 0"),
        ({"max_tokens": 0}, None, "max_tokens: 0 fills a cache"),
        ({"temperature": 1.5}, "temperature", "less than or equal to 1"),
        ({"messages": []}, "messages", "at least 1"),
        ({"stop_sequences": ["x"] * 17}, "stop_sequences", "at most 16"),
        ({"messages": [{"role": "user", "content": [{"type": "server_tool_use"}]}]}, None, "'server_tool_use'"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools.0.type", "runs at Anthropic"),
        ({"tools": [{"name": "f"}]}, "tools.0.input_schema", "field required"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.name", "name the tool"),
        ({"fungible": {"consnt": "any"}}, "fungible.consnt", "nexpected keyword"),
    ],
)
def test_what_can_t_be_is_refused_in_anthropic_s_envelope(
    http: httpx.Client, wrong: dict[str, Any], param: str | None, message: str
) -> None:
    response = http.post(PATH, json=ASK | wrong)
    body = response.json()
    assert response.status_code == 400
    assert (body["type"], body["error"]["type"]) == ("error", "invalid_request_error")
    assert message in body["error"]["message"]
    assert param is None or body["error"]["param"] == param
    assert body["request_id"] == response.headers["request-id"] == response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", PATH, 405, "invalid_request_error"),
        ("GET", f"{PATH}/count_tokens", 405, "invalid_request_error"),
        ("POST", f"{PATH}/batches", 404, "not_found_error"),
        ("GET", f"{PATH}/batches/x", 404, "not_found_error"),
    ],
)
def test_what_is_not_there_is_told_in_its_envelope(
    http: httpx.Client, method: str, path: str, status: int, kind: str
) -> None:
    response = http.request(method, path, headers={"x-request-id": "mine"})
    assert (response.status_code, response.json()["error"]["type"]) == (status, kind)
    assert response.json()["request_id"] == response.headers["request-id"] == "mine"


def test_a_missing_key_and_a_body_too_large_are_told_in_its_envelope(start: Starter) -> None:
    with start(keys=True).http() as http:
        missing = http.post(PATH, json=ASK)
        elsewhere = http.post("/v1/chat/completions", json=ASK)
    assert (missing.status_code, missing.json()["error"]["type"]) == (401, "authentication_error")
    assert missing.headers["request-id"] == missing.json()["request_id"]
    assert "request_id" not in elsewhere.json()
    with start().http() as http:
        large = http.post(PATH, content=b"x" * 2_000_001)
    assert (large.status_code, large.json()["error"]["type"]) == (413, "request_too_large")


def test_bodies_that_are_no_json_are_refused(http: httpx.Client) -> None:
    for path in (PATH, f"{PATH}/count_tokens"):
        response = http.post(path, content=b"{")
        assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")


def test_silence_is_kept_and_the_id_is_told(start: Starter, tmp_path: Path) -> None:
    with Upstream(lambda asked: words("All is well.") if asked.data.get("stream") else [answer(completion())]) as up:
        folder = house_in(tmp_path / "config", {"first": up.url})
        policies = json.loads((folder / "policies.yaml").read_text())
        policies["policies"]["plain"]["disclosure"] = "silent"
        (folder / "policies.yaml").write_text(json.dumps(policies))
        with start(folder=folder).http() as http:
            whole = http.post(PATH, json=ASK | {"model": "plain"})
            response = http.post(PATH, json=ASK | {"model": "plain", "stream": True})
    assert "fungible" not in whole.text + response.text
    assert whole.json()["model"] == "plain"
    assert '"model":"plain"' in response.text
    assert whole.headers["request-id"]
    assert not [name for name in whole.headers if name.startswith("x-fungible")]


def test_calls_that_a_backend_mixes_up_are_told_apart(start: Starter, tmp_path: Path) -> None:
    def call(index: int, **function: str) -> bytes:
        first = {"id": f"c{index}", "type": "function"} if "name" in function else {}
        return piece({"tool_calls": [{"index": index, **first, "function": function}]})

    script = [
        STREAM_HEAD,
        call(0, name="f", arguments=""),
        call(1, name="g", arguments='{"b"'),
        call(0, arguments="not json"),
        call(1, arguments=":2}"),
        piece({}, reason="tool_calls"),
        event(b"[DONE]"),
        STREAM_END,
    ]
    with Upstream(lambda _: script) as upstream:
        running = start(folder=house_in(tmp_path / "config", {"first": upstream.url}))
        with running.http() as http:
            text = http.post(PATH, json=ASK | {"model": "first", "stream": True}).text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    given = {0: "", 1: ""}
    for sent in events:
        if sent["type"] == "content_block_delta":
            given[sent["index"]] += sent["delta"]["partial_json"]
    assert given == {0: "not json", 1: '{"b":2}'}


def test_arguments_that_are_no_object_are_told_as_one(start: Starter, tmp_path: Path) -> None:
    function = {"name": "f", "arguments": "not json"}
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "type": "function", "function": function}],
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    with Upstream(lambda _: [answer(completion(choices=[choice]))]) as upstream:
        running = start(folder=house_in(tmp_path / "config", {"first": upstream.url}))
        with running.http() as http:
            body = http.post(PATH, json=ASK | {"model": "first"}).json()
    assert body["content"] == [{"type": "tool_use", "id": "c", "name": "f", "input": {"arguments": "not json"}}]


def test_the_document_describes_these_paths(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    for path, wanted in (
        (PATH, {"max_tokens", "messages", "system", "tools", "stop_sequences"}),
        (f"{PATH}/count_tokens", {"messages", "system", "tools"}),
        ("/v1/embeddings", {"input", "dimensions", "encoding_format"}),
        ("/v1/audio/speech", {"input", "voice", "response_format", "stream_format"}),
    ):
        schema = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert wanted <= set(schema["properties"])
    # What a schema points to is there, and is not another surface's.
    text = json.dumps(document)
    named = {name.split('"')[0] for name in text.split('"#/components/schemas/')[1:]}
    assert named <= set(document["components"]["schemas"])
    assert "input_schema" in document["components"]["schemas"]["ClientTool"]["properties"]


def test_what_only_anthropics_models_know_is_left_out_for_others_and_noted(behind: Behind) -> None:
    tools = [{"type": "bash_20250124", "name": "bash"}, {"name": "f", "input_schema": {"type": "object"}}]
    asked, body = behind.ask(tools=tools)
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["f"]
    assert "dropped:client_tools" in body["fungible"]["notes"]
