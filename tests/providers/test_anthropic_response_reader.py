"""What Anthropic's API answers, read; the events of these tests are ones that its official client reads too."""

from typing import Any

import orjson
import pytest
from anthropic import Anthropic
from fakes import anthropic_message, over_anthropic

from providers.anthropic.response_reader import MessageEvents
from router.bench.http.fake_backend import Upstream
from router.errors import ProviderError
from router.types import Chunk


def reading(name: str = "mai-1") -> MessageEvents:
    return MessageEvents(name, (), lambda text: text)


def heard(*events: dict[str, Any]) -> list[Chunk]:
    return reading().events(orjson.dumps(event) for event in events)


def said(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def notes(chunks: list[Chunk]) -> set[str]:
    return {note for chunk in chunks for note in chunk.notes}


def begin(block: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int = 0, **what: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": what}


def end(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def stop(reason: str | None, **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


START = {"type": "message_start", "message": anthropic_message([], None)}
LAST = {"type": "message_stop"}


def test_the_official_client_reads_the_backend_of_these_tests() -> None:
    with Upstream(over_anthropic) as upstream:
        client = Anthropic(base_url=upstream.url.removesuffix("/v1"), api_key="none", max_retries=0)
        asked: Any = {"model": "mai-1", "max_tokens": 99, "messages": [{"role": "user", "content": "x"}]}
        asked["messages"][0]["content"] = [{"type": "text", "text": "Why is the sky blue?"}]
        with client:
            whole = client.messages.create(**asked)
            with client.messages.stream(**asked) as stream:
                streamed = stream.get_final_message()
    assert [block.text for block in whole.content] == [block.text for block in streamed.content]  # type: ignore[union-attr]
    assert whole.usage.output_tokens == 7
    assert streamed.stop_reason == "max_tokens"


def test_text_calls_and_thinking_of_a_whole_message() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "t2", "name": "g", "input": {}},
        {"type": "server_tool_use", "id": "x"},
    ]
    chunks = reading().whole(orjson.dumps(anthropic_message(blocks, "tool_use")))
    assert said(chunks) == "Let me look."
    assert chunks[0].beside == {"reasoning_content": "Hm."}
    pieces = [chunk.tool_call for chunk in chunks if chunk.tool_call]
    assert [(p.position, p.id, p.name) for p in pieces if p.id] == [(0, "t1", "f"), (1, "t2", "g")]
    assert [(p.position, p.arguments) for p in pieces if not p.id] == [(0, '{"a":1}'), (1, "{}")]
    assert chunks[-2].finish_reason == "tool_calls"


def test_a_hidden_thought_and_a_bare_signature_are_kept() -> None:
    hidden = {"type": "redacted_thinking", "data": "x"}
    blocks = [
        hidden,
        {"type": "thinking", "thinking": "", "signature": "s"},
        {"type": "text", "text": "Well."},
    ]
    chunks = reading().whole(orjson.dumps(anthropic_message(blocks, "end_turn")))
    assert chunks[0].beside == {"redacted_thinking": [hidden]}
    assert {"reasoning_signature": "s"} in [chunk.beside for chunk in chunks]


def test_the_same_in_events() -> None:
    chunks = heard(
        START,
        begin({"type": "thinking", "thinking": ""}),
        delta(type="thinking_delta", thinking="Hm."),
        delta(type="signature_delta", signature="s"),
        end(),
        begin({"type": "text", "text": "Let "}, 1),
        delta(1, type="text_delta", text="me."),
        end(1),
        begin({"type": "tool_use", "id": "t1", "name": "f", "input": {}}, 2),
        delta(2, type="input_json_delta", partial_json=""),
        delta(2, type="input_json_delta", partial_json='{"a":'),
        delta(2, type="input_json_delta", partial_json=" 1}"),
        end(2),
        begin({"type": "tool_use", "id": "t2", "name": "g", "input": {}}, 3),
        end(3),
        {"type": "something_new"},
        stop(None),
        stop("tool_use", output_tokens=20),
        LAST,
    )
    assert said(chunks) == "Let me."
    pieces = [chunk.tool_call for chunk in chunks if chunk.tool_call]
    assert "".join(p.arguments for p in pieces if p.position == 0) == '{"a": 1}'
    assert "".join(p.arguments for p in pieces if p.position == 1) == "{}"
    assert chunks[-2].finish_reason == "tool_calls"


def test_cached_input_is_part_of_the_input_and_what_was_written_to_a_cache_is_noted() -> None:
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 30,
        "cache_creation_input_tokens": 5,
        "output_tokens": 8,
        "output_tokens_details": {"thinking_tokens": 3},
    }
    chunks = reading().whole(orjson.dumps(anthropic_message([{"type": "text", "text": "x"}], usage=usage)))
    used = chunks[-1].usage
    assert used is not None
    assert (used.input_tokens, used.cached_input_tokens, used.output_tokens, used.reasoning_tokens) == (45, 30, 8, 3)
    assert notes(chunks) == {"cache_written:5"}


def test_the_last_counts_of_a_stream_are_those_of_the_answer() -> None:
    chunks = heard(START, delta(type="text_delta", text="x"), stop("end_turn", output_tokens=99), LAST)
    used = chunks[-1].usage
    assert used is not None
    assert (used.input_tokens, used.cached_input_tokens, used.output_tokens) == (42, 12, 99)


@pytest.mark.parametrize("count", ["many", 1.5, True, [7]])
def test_what_is_no_count_is_not_guessed_at(count: object) -> None:
    message = anthropic_message([{"type": "text", "text": "x"}], usage={"input_tokens": 3, "output_tokens": count})
    chunks = reading().whole(orjson.dumps(message))
    assert chunks[-1].usage is None
    assert notes(chunks) == {"usage:what the backend said is no count"}


def test_no_counts_are_no_lie() -> None:
    chunks = reading().whole(orjson.dumps(anthropic_message([{"type": "text", "text": "x"}], usage=None)))
    assert chunks[-1].usage is None
    assert notes(chunks) == set()


@pytest.mark.parametrize(
    ("said", "reason", "noted"),
    [
        ("end_turn", "stop", set()),
        ("stop_sequence", "stop", set()),
        ("max_tokens", "length", set()),
        ("model_context_window_exceeded", "length", set()),
        ("refusal", "content_filter", set()),
        ("pause_turn", "stop", {"finish_reason:pause_turn"}),
        (None, "stop", set()),
    ],
)
def test_reasons_to_stop(said: str | None, reason: str, noted: set[str]) -> None:
    chunks = reading().whole(orjson.dumps(anthropic_message([{"type": "text", "text": "x"}], said)))
    assert chunks[-2].finish_reason == reason
    assert notes(chunks) == noted


def test_the_stop_that_ended_it_is_told() -> None:
    block = [{"type": "text", "text": "x"}]
    chunks = reading().whole(orjson.dumps(anthropic_message(block, "stop_sequence", stop_sequence="END")))
    assert chunks[-2].beside == {"stop_sequence": "END"}
    delta = {"type": "message_delta", "delta": {"stop_reason": "stop_sequence", "stop_sequence": "END"}}
    assert reading().events([orjson.dumps(delta)])[-1].beside == {"stop_sequence": "END"}
    assert reading().whole(orjson.dumps(anthropic_message(block)))[-2].beside is None


def test_a_model_that_answers_in_another_s_place_is_noted() -> None:
    assert notes(reading("other").whole(orjson.dumps(anthropic_message([])))) == {"upstream_model:mai-1"}


def test_an_error_in_the_stream_is_one() -> None:
    with pytest.raises(ProviderError, match="Overloaded") as caught:
        heard(START, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    assert caught.value.outcome == "unavailable"


@pytest.mark.parametrize(
    "strange",
    [
        {"type": "content_block_delta"},
        {"type": "message_start", "message": "x"},
        delta(type="input_json_delta", partial_json="{}"),
        delta(type="text_delta", text=5),
        begin({"type": "text", "text": 5}),
        {"type": "message_delta", "delta": None},
    ],
)
def test_a_shape_of_its_own_is_no_answer(strange: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match="a shape of its own"):
        heard(strange)


@pytest.mark.parametrize("body", [{"type": "message"}, anthropic_message([5])])  # type: ignore[list-item]
def test_nor_is_a_whole_one(body: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match="a shape of its own"):
        reading().whole(orjson.dumps(body))


def test_a_stream_that_says_nothing_is_no_answer() -> None:
    with pytest.raises(ProviderError, match="before it began"):
        heard(START, LAST)


def test_an_answer_with_a_call_ends_for_it_whatever_reason_is_given() -> None:
    block = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
    chunks = reading().whole(orjson.dumps(anthropic_message([block], "end_turn")))
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["tool_calls"]
    assert "finish_reason:end_turn, beside a call" in chunks[0].notes
