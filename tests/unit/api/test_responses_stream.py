"""Answers told as items and in typed events: the same either way, whatever the chunks."""

from dataclasses import replace
from typing import Any

import builders
import orjson
import pytest
from api.response_shapes import checked_event, checked_response, read_events
from builders import ask, config, ending, exchange, features, model
from hypothesis import given, settings
from hypothesis import strategies as st
from openai._models import construct_type_unchecked
from openai._types import omit
from openai.lib.streaming.responses._responses import ResponseStreamState

from router.api.surfaces.openai_responses.surface import ParsedResponse
from router.decision.decide import decide
from router.decision.receipt import settle
from router.errors import DeadlineExceeded, ProviderError
from router.types import ChatRequest, Chunk, Message, ToolCallPiece

ROWS = config(model("m", 3.0))
FACTS = features()
EXCHANGE = exchange(decide(FACTS, ask(), builders.SITUATION, ROWS), FACTS, ask())
RECEIPT = settle(EXCHANGE, ending("m", notes=("cache_written:7",)), ROWS)
HEARD = ParsedResponse(ChatRequest("auto", (Message("user", "hello"),), stream=True), (), {"model": "auto"})
STOP = Chunk(finish_reason="stop")


def streamed(chunks: list[Chunk], error: Any = None) -> list[dict[str, Any]]:
    """The events of chunks as the endpoint tells them."""
    stream = HEARD.stream(EXCHANGE, "m")
    sent = b"".join(stream.chunk(chunk) for chunk in chunks[:-1])
    sent += stream.last(chunks[-1], RECEIPT) if error is None else stream.stream_error(error, RECEIPT)
    events = read_events(sent.decode())
    for event in events:
        checked_event(event)
    return events


def told_whole(chunks: list[Chunk]) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(HEARD.render(EXCHANGE, RECEIPT, chunks))
    checked_response(body)
    return body


def pieces(position: int, id: str, *arguments: str) -> list[Chunk]:  # noqa: A002
    head = Chunk(tool_call=ToolCallPiece(position, id, "f"))
    return [head, *(Chunk(tool_call=ToolCallPiece(position, arguments=more)) for more in arguments)]


TEXTS = st.text(st.sampled_from('ab\n"\\한'), max_size=5)
CHUNKS = st.lists(
    st.one_of(
        st.builds(lambda text: Chunk(text=text), TEXTS),
        st.builds(lambda text: Chunk(beside={"reasoning_content": text}), TEXTS),
        st.builds(lambda text: Chunk(beside={"refusal": text}), TEXTS),
        st.builds(lambda text: Chunk(text=text, beside={"reasoning": text}, index=1), TEXTS),
        st.builds(
            lambda place, text: Chunk(tool_call=ToolCallPiece(place, f"c{place}", "f", text)), st.integers(0, 2), TEXTS
        ),
    ),
    max_size=12,
)
ENDS = st.sampled_from(
    [STOP, Chunk(finish_reason="length"), Chunk(finish_reason="content_filter"), Chunk(0, "end", None, "stop")]
)


@settings(max_examples=50)
@given(CHUNKS, ENDS)
def test_events_build_the_answer_that_is_told_whole(chunks: list[Chunk], end: Chunk) -> None:
    chunks = [*chunks, end]
    events = streamed(chunks)
    assert events[-1]["response"] == told_whole(chunks)
    ours = [chunk for chunk in chunks if chunk.index == 0]
    deltas = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    assert "".join(deltas) == "".join(chunk.text for chunk in ours)
    for place in range(3):
        given_ = "".join(c.tool_call.arguments for c in ours if c.tool_call and c.tool_call.position == place)
        items = [item for item in events[-1]["response"]["output"] if item.get("call_id") == f"c{place}"]
        assert "".join(item["arguments"] for item in items) == given_


@settings(max_examples=50)
@given(CHUNKS, ENDS)
def test_every_item_and_part_is_begun_once_and_ended_once(chunks: list[Chunk], end: Chunk) -> None:
    events = streamed([*chunks, end])
    for kind, key in (("output_item", "output_index"), ("content_part", "content_index")):
        begun, done = (
            [(event["output_index"], event[key]) for event in events if event["type"] == f"response.{kind}.{step}"]
            for step in ("added", "done")
        )
        assert sorted(begun) == sorted(done)
        assert len(set(begun)) == len(begun)
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert sorted(items, key=lambda item: item["id"]) == sorted(
        events[-1]["response"]["output"], key=lambda item: item["id"]
    )


@settings(max_examples=50)
@given(CHUNKS)
def test_the_official_client_s_own_state_takes_every_stream(chunks: list[Chunk]) -> None:
    state: Any = ResponseStreamState(input_tools=omit, text_format=omit)
    events = streamed([*chunks, STOP])
    for event in events:
        state.handle_event(construct_type_unchecked(type_=type(checked_event(event)), value=event))
    assert state._completed_response.output_text == "".join(chunk.text for chunk in chunks if not chunk.index)


@settings(max_examples=50)
@given(CHUNKS, st.sampled_from(["rate_limited", "cut_off", None]))
def test_an_answer_that_breaks_off_says_so_with_its_receipt(chunks: list[Chunk], outcome: Any) -> None:
    error = ProviderError(outcome, "gone") if outcome else DeadlineExceeded("late")
    events = streamed([*chunks, STOP], error)
    last = events[-1]["response"]
    assert events[-1]["type"] == "response.failed"
    assert last["status"] == "failed"
    assert last["error"]["code"] == ("rate_limit_exceeded" if outcome == "rate_limited" else "server_error")
    assert last["fungible"]["receipt"] == RECEIPT.id
    assert all(item["status"] in ("completed", "incomplete") for item in last["output"])


def test_thought_words_and_calls_in_their_order() -> None:
    logprobs = {
        "content": [{"token": "a", "logprob": -0.5, "bytes": None, "top_logprobs": [{"token": "b", "logprob": -1}]}]
    }
    chunks = [
        Chunk(beside={"reasoning_content": "hm", "mood": ["calm"]}),
        Chunk(0, "a", logprobs=logprobs),
        *pieces(0, "c0", '{"a"', ":1}"),
        *pieces(1, "c1"),
        Chunk(finish_reason="tool_calls"),
    ]
    output = orjson.loads(HEARD.render(EXCHANGE, RECEIPT, chunks))["output"]
    assert [item["type"] for item in output] == ["reasoning", "message", "function_call", "function_call"]
    thought, said, first, second = output
    assert thought["content"] == [{"type": "reasoning_text", "text": "hm"}]
    token = {"token": "b", "logprob": -1, "bytes": []}
    assert said["content"][0]["logprobs"] == [{"token": "a", "logprob": -0.5, "bytes": [], "top_logprobs": [token]}]
    assert said["mood"] == ["calm"]
    assert (first["arguments"], second["arguments"], second["call_id"]) == ('{"a":1}', "", "c1")
    deltas = [e["logprobs"] for e in streamed(chunks[1:]) if e["type"] == "response.output_text.delta"]
    assert deltas == [[{"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "b", "logprob": -1}]}]]


def test_an_answer_of_no_words_is_an_empty_message() -> None:
    (message,) = told_whole([STOP])["output"]
    assert message["content"] == [{"type": "output_text", "text": "", "annotations": [], "logprobs": []}]


def test_what_a_backend_says_in_shapes_of_its_own_is_passed_on_and_breaks_nothing() -> None:
    odd = Chunk(0, "a", beside={"reasoning": {"a": 1}}, logprobs={"content": [5, {"token": "a", "top_logprobs": 5}]})
    (message,) = orjson.loads(HEARD.render(EXCHANGE, RECEIPT, [odd, STOP]))["output"]
    assert message["reasoning"] == {"a": 1}
    token = {"token": "a", "logprob": None, "bytes": [], "top_logprobs": []}
    assert message["content"] == [{"type": "output_text", "text": "a", "annotations": [], "logprobs": [token]}]


def test_a_call_without_an_id_gets_one() -> None:
    (call,) = told_whole([Chunk(tool_call=ToolCallPiece(0, arguments="{}"), finish_reason="tool_calls")])["output"]
    assert call["call_id"] == "call_id-1_0"


@pytest.mark.parametrize(("reason", "why"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
def test_what_was_said_last_is_incomplete(reason: Any, why: str) -> None:
    body = told_whole([Chunk(beside={"reasoning": "hm"}), Chunk(0, "half", None, reason)])
    assert (body["status"], body["incomplete_details"], body["completed_at"]) == ("incomplete", {"reason": why}, None)
    assert [item["status"] for item in body["output"]] == ["completed", "incomplete"]


def test_usage_tells_what_was_cached_and_thought() -> None:
    assert RECEIPT.usage is not None
    thinking = replace(RECEIPT, usage=replace(RECEIPT.usage, reasoning_tokens=5))
    usage = orjson.loads(HEARD.render(EXCHANGE, thinking, [STOP]))["usage"]
    assert usage == {
        "input_tokens": 120,
        "input_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 7},
        "output_tokens": 60,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 180,
    }
    assert orjson.loads(HEARD.render(EXCHANGE, replace(RECEIPT, usage=None), [STOP]))["usage"] is None
