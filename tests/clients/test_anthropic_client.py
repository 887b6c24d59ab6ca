"""The official client of Anthropic's API, unmodified, over a socket: every answer must be of the client's own types."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api.servers import Running, Starter

from router.config import load
from router.errors import ProviderError
from router.types import Call, Chunk, ToolCallPiece

anthropic = pytest.importorskip("anthropic", minversion="2")
types = pytest.importorskip("anthropic.types")
pydantic = pytest.importorskip("pydantic")

ASK: dict[str, Any] = {
    "model": "gpt-5",
    "max_tokens": 4_000,
    "messages": [{"role": "user", "content": "Why is the sky blue?"}],
}
WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}},
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.fixture
def client(server: Running) -> Iterator[Any]:
    with anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0) as opened:
        yield opened


def test_a_plain_answer(client: Any, server: Running) -> None:
    answer = client.messages.create(**ASK, system="Be brief.")
    assert (answer.type, answer.role, answer.stop_reason, answer.stop_sequence) == (
        "message",
        "assistant",
        "end_turn",
        None,
    )
    assert [block.type for block in answer.content] == ["text"]
    assert "stub labelled GPT-5" in answer.content[0].text
    assert answer.model == "gpt-5"
    fungible = answer.model_extra["fungible"]
    receipt = json.loads(server.ledger.receipt(fungible["receipt"]) or b"")
    assert answer.id == f"msg_{fungible['receipt']}"
    assert answer.usage.input_tokens == receipt["usage"]["input_tokens"] > 0
    assert answer.usage.output_tokens == receipt["usage"]["output_tokens"] > 0
    assert answer._request_id == receipt["request_id"]


def test_models_are_listed(client: Any) -> None:
    assert {"balanced", "mai-1"} <= {model.id for model in client.models.list()}
    assert client.models.retrieve("gpt-5").id == "gpt-5"


@pytest.mark.parametrize("model", ["auto", "model-router", "cost", "mai-1"])
def test_every_name_is_answered_by_the_model_that_the_answer_names(client: Any, server: Running, model: str) -> None:
    answer = client.messages.create(**ASK | {"model": model})
    assert answer.model in server.service.active.models
    assert answer.model == answer.model_extra["fungible"]["served"]


def test_a_stream_gives_the_same_message(client: Any) -> None:
    whole = client.messages.create(**ASK)
    with client.messages.stream(**ASK) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == whole.content[0].text == final.content[0].text
    assert (final.stop_reason, final.usage, final.model) == (whole.stop_reason, whole.usage, whole.model)


def test_every_event_is_of_the_client_s_own_types(client: Any) -> None:
    adapter = pydantic.TypeAdapter(types.RawMessageStreamEvent)
    events = list(client.messages.create(**ASK, stream=True))
    for event in events:
        adapter.validate_python(event.model_dump(), strict=False)
    names = [event.type for event in events]
    assert names[:2] == ["message_start", "content_block_start"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(names[2:-3]) == {"content_block_delta"}
    assert len(names) > 10
    assert events[-2].model_extra["fungible"]["served"] == "gpt-5"


def test_limits_and_stops_say_why_it_ended(client: Any) -> None:
    short = client.messages.create(**ASK | {"max_tokens": 12})
    assert (short.stop_reason, short.usage.output_tokens <= 12) == ("max_tokens", True)
    for stream in (False, True):
        if stream:
            with client.messages.stream(**ASK, stop_sequences=["never", "answer"]) as streamed:
                stopped = streamed.get_final_message()
        else:
            stopped = client.messages.create(**ASK, stop_sequences=["never", "answer"])
        assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "answer")
        assert "answer" not in stopped.content[0].text


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_is_called_and_its_result_is_heard(client: Any, stream: bool) -> None:
    asked = ASK | {"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "get_weather"}}
    if stream:
        with client.messages.stream(**asked) as streamed:
            answer = streamed.get_final_message()
    else:
        answer = client.messages.create(**asked)
    assert answer.stop_reason == "tool_use"
    (call,) = [block for block in answer.content if block.type == "tool_use"]
    assert (call.name, set(call.input)) == ("get_weather", {"city", "unit"})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "21 degrees"}]}
    turns = [*ASK["messages"], {"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
    final = client.messages.create(**asked | {"messages": turns, "tool_choice": {"type": "none"}})
    assert "21 degrees" in final.content[0].text
    assert final.stop_reason == "end_turn"


def test_an_answer_fits_the_schema_that_was_asked_for(client: Any) -> None:
    answer = client.messages.create(**ASK, output_config={"format": {"type": "json_schema", "schema": PERSON}})
    assert set(json.loads(answer.content[0].text)) == {"name", "age"}


def test_a_type_is_parsed(client: Any) -> None:
    class Person(pydantic.BaseModel):
        name: str
        age: int

    answer = client.messages.parse(**ASK, output_format=Person)
    assert isinstance(answer.parsed_output, Person)


def test_tokens_are_counted_without_a_call(client: Any, server: Running) -> None:
    server.ledger.flush()
    before = len(list(server.ledger.receipts()))
    for model in ("gpt-5", "phi-4-mini", "mai-1", "auto"):
        asked = {"model": model, "system": "Be brief.", "messages": ASK["messages"], "tools": [WEATHER]}
        counted = client.messages.count_tokens(**asked).input_tokens
        server.ledger.flush()
        assert len(list(server.ledger.receipts())) == before
        assert counted == client.messages.create(**asked, max_tokens=5).usage.input_tokens
        server.ledger.flush()
        before += 1


def test_consent_may_be_said_and_is_kept_to(client: Any, server: Running) -> None:
    answer = client.messages.create(**ASK, extra_body={"fungible": {"consent": "family", "tags": ["a"]}})
    receipt = json.loads(server.ledger.receipt(answer.model_extra["fungible"]["receipt"]) or b"")
    assert (receipt["ask"]["consent"], receipt["ask"]["caller"]["tags"]) == ("family", ["a"])


def test_errors_are_of_the_client_s_own_types(client: Any, start: Starter) -> None:
    with pytest.raises(anthropic.NotFoundError) as unknown:
        client.messages.create(**ASK | {"model": "nobody-9"})
    assert unknown.value.type == "not_found_error"
    assert unknown.value.request_id == unknown.value.body["request_id"]
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        client.messages.create(**ASK | {"max_tokens": -1})
    with pytest.raises(anthropic.UnprocessableEntityError) as impossible:
        client.messages.create(**ASK | {"model": "tts-1"})
    assert impossible.value.type == "invalid_request_error"
    running = start(keys=True)
    stranger = anthropic.Anthropic(base_url=running.url, api_key="wrong", max_retries=0)
    with stranger, pytest.raises(anthropic.AuthenticationError) as refused:
        stranger.messages.create(**ASK)
    assert refused.value.type == "authentication_error"
    assert refused.value.request_id
    secret = running.key("app")
    for how in ({"api_key": secret}, {"auth_token": secret, "api_key": None}):
        with anthropic.Anthropic(base_url=running.url, max_retries=0, **how) as known:
            assert known.messages.create(**ASK).model == "gpt-5"
            assert known.messages.count_tokens(model="gpt-5", messages=ASK["messages"]).input_tokens


class Says:
    """A provider that says what a test gives it."""

    def __init__(self, *chunks: Chunk | ProviderError) -> None:
        self.chunks = chunks

    async def stream(self, call: Call) -> Any:
        for chunk in self.chunks:
            if isinstance(chunk, ProviderError):
                raise chunk
            yield chunk


def saying(start: Starter, *chunks: Chunk | ProviderError) -> Running:
    config = load()
    rows = tuple(replace(m, provider="says") if m.id == "gpt-5" else m for m in config.models)
    return start(replace(config, models=rows), providers={"says": Says(*chunks)})  # type: ignore[dict-item]


def test_thoughts_words_and_several_calls_keep_their_order(start: Starter) -> None:
    running = saying(
        start,
        Chunk(beside={"reasoning_content": "Let me "}),
        Chunk(beside={"reasoning_content": "think."}),
        Chunk(text="I will "),
        Chunk(text="look."),
        Chunk(tool_call=ToolCallPiece(0, "c1", "f", "")),
        Chunk(tool_call=ToolCallPiece(0, arguments='{"a": 1}')),
        Chunk(tool_call=ToolCallPiece(1, "c2", "g")),
        Chunk(finish_reason="tool_calls"),
    )
    with anthropic.Anthropic(base_url=running.url, api_key="none", max_retries=0) as client:
        whole = client.messages.create(**ASK)
        with client.messages.stream(**ASK) as stream:
            final = stream.get_final_message()
    for answer in (whole, final):
        thought, text, first, second = answer.content
        assert (thought.thinking, text.text) == ("Let me think.", "I will look.")
        assert [(call.id, call.name, call.input) for call in (first, second)] == [
            ("c1", "f", {"a": 1}),
            ("c2", "g", {}),
        ]
        assert answer.stop_reason == "tool_use"


def test_a_refusal_is_one(start: Starter) -> None:
    running = saying(start, Chunk(beside={"refusal": "I won't."}), Chunk(finish_reason="stop"))
    with anthropic.Anthropic(base_url=running.url, api_key="none", max_retries=0) as client:
        whole = client.messages.create(**ASK)
        with client.messages.stream(**ASK) as stream:
            final = stream.get_final_message()
    for answer in (whole, final):
        assert (answer.stop_reason, answer.content[0].text) == ("refusal", "I won't.")


def test_what_breaks_off_in_the_middle_is_an_error_event(start: Starter) -> None:
    running = saying(start, Chunk(text="Half an "), ProviderError("unavailable", "the backend hung up"))
    with anthropic.Anthropic(base_url=running.url, api_key="none", max_retries=0) as client:
        with pytest.raises(anthropic.APIStatusError, match="the backend hung up") as broken:
            list(client.messages.create(**ASK, stream=True))
        assert broken.value.type == "api_error"
        with pytest.raises(anthropic.InternalServerError, match="broke off"):
            client.messages.create(**ASK)


def test_the_example_in_the_documents_runs(
    server: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
    (code,) = re.findall(r'python -c "\n(from anthropic.*?)"', page, re.DOTALL)
    clients: list[Any] = []
    made = anthropic.Anthropic.__init__

    def kept(self: Any, **settings: Any) -> None:
        clients.append(self)
        made(self, **settings)

    monkeypatch.setattr(anthropic.Anthropic, "__init__", kept)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    exec(compile(code, "example", "exec"), {})
    for client in clients:
        client.close()
    shown = capsys.readouterr().out
    served = re.search(r"'served': '([^']+)'", shown)
    assert served is not None
    assert served[1] in server.service.active.models
    assert "This is a stub" in shown
