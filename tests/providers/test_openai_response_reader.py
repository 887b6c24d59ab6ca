"""What a backend says over OpenAI's API, read: nothing of what it says of itself is taken at its word."""

from typing import Any

import orjson
import pytest

from providers.openai.response_reader import Completions
from providers.upstream.response_reader import merged
from router.bench.http.fake_backend import completion, used
from router.errors import ProviderError
from router.types import Chunk, ToolCallPiece, Usage


def reading(name: str = "up") -> Completions:
    return Completions(name, (), lambda text: text.replace("sk-secret", "[key]"))


def whole(**fields: Any) -> list[Chunk]:
    return reading().whole(orjson.dumps(completion(**fields)))


def choice(index: int = 0, reason: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": reason}


def event(*choices: Any, **more: Any) -> bytes:
    return orjson.dumps({"model": "up", "choices": choices} | more)


def heard(*events: bytes) -> list[Chunk]:
    return reading().events(events)


def notes(chunks: list[Chunk]) -> list[str]:
    return [note for chunk in chunks for note in chunk.notes]


def pieces(chunks: list[Chunk]) -> list[ToolCallPiece]:
    return [chunk.tool_call for chunk in chunks if chunk.tool_call]


DONE = b"[DONE]"
HELLO = event(choice(content="Hello"))
STOP = event(choice(reason="stop"))


def test_a_whole_answer() -> None:
    text, finish, last = whole(text="안녕")
    assert (text.text, finish.finish_reason) == ("안녕", "stop")
    assert last.usage is not None
    assert (last.usage.input_tokens, last.usage.output_tokens, last.usage.counted) == (42, 7, "backend")


def test_what_came_together_says_so() -> None:
    assert [chunk.more for chunk in heard(HELLO, HELLO, STOP)] == [True, True, False]
    assert heard(event(choice(role="assistant", content=""))) == []


@pytest.mark.parametrize("bad", [b"{", b"[]", b"5", b"", b"<html>"])
def test_what_is_no_object_is_no_answer(bad: bytes) -> None:
    for read in (reading().whole, lambda body: heard(body)):
        with pytest.raises(ProviderError, match=r"not JSON|no object") as caught:
            read(bad)
        assert caught.value.outcome == "unavailable"


@pytest.mark.parametrize("choices", [None, [], {}, "x"])
def test_an_answer_without_a_choice_is_none(choices: object) -> None:
    with pytest.raises(ProviderError, match="without a choice"):
        whole(choices=choices)


@pytest.mark.parametrize(
    "strange",
    [
        5,
        None,
        {"message": "hello"},
        {"message": {"content": 5}},
        {"message": {"content": [5]}},
        {"message": {"tool_calls": [5]}},
        {"message": {"tool_calls": 5}},
        {"message": {"content": "x"}, "index": [1]},
        {"message": {"content": "x"}, "index": "1"},
    ],
)
def test_a_choice_in_a_shape_of_its_own_is_none(strange: object) -> None:
    with pytest.raises(ProviderError, match="a shape of its own"):
        whole(choices=[strange])


def test_content_in_parts_is_their_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "reference"}, {"type": "text", "text": "b"}]
    assert whole(choices=[{"message": {"content": parts}, "finish_reason": "stop"}])[0].text == "ab"


def test_every_choice_is_heard() -> None:
    chunks = heard(event(choice(0, content="a"), choice(1, content="b")), event(choice(1, "length"), choice(0, "stop")))
    assert [(chunk.index, chunk.text, chunk.finish_reason) for chunk in chunks] == [
        (0, "a", None),
        (1, "b", None),
        (1, "", "length"),
        (0, "", "stop"),
    ]


def test_a_call_in_pieces() -> None:
    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    chunks = heard(
        event(choice(tool_calls=[first])),
        event(choice(tool_calls=[{"index": 0, "function": {"arguments": '{"a"'}}])),
        event(choice(tool_calls=[{"index": 0, "function": {"arguments": ": 1}"}}])),
        event(choice(reason="tool_calls")),
    )
    assert pieces(chunks)[0] == ToolCallPiece(0, "c1", "f")
    assert "".join(piece.arguments for piece in pieces(chunks)) == '{"a": 1}'
    assert {piece.id for piece in pieces(chunks)[1:]} == {None}


@pytest.mark.parametrize(
    "numbered",
    [
        [{"index": 7}, {"index": 7}, {"index": 9}],
        [{"id": "a"}, {"id": "a"}, {"id": "b"}],
        [{"id": "a"}, {}, {"id": "b"}],
        [{"index": "x"}, {"index": "x"}, {"index": "y"}],
    ],
)
def test_positions_count_from_zero_whatever_the_backend_numbers(numbered: list[dict[str, Any]]) -> None:
    calls = [call | {"function": {"name": "f", "arguments": "{}"}} for call in numbered]
    received = pieces(heard(*(event(choice(tool_calls=[call])) for call in calls)))
    assert [piece.position for piece in received] == [0, 0, 1]
    assert [bool(piece.id) for piece in received] == [True, False, True]


def test_arguments_that_come_as_an_object_are_text() -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": {"a": 1}}}
    nothing = {"id": "d", "function": {"name": "g", "arguments": None}}
    received = pieces(whole(choices=[{"message": {"tool_calls": [call, nothing]}, "finish_reason": "tool_calls"}]))
    assert [piece.arguments for piece in received] == ['{"a":1}', ""]


def test_what_stands_beside_the_text_is_passed_on() -> None:
    message = {
        "role": "assistant",
        "content": None,
        "refusal": "I can't.",
        "annotations": [],
        "reasoning_content": "Hm",
    }
    logprobs = {"content": [{"token": "a", "logprob": -1}]}
    chunk, *_ = whole(choices=[{"message": message, "logprobs": logprobs, "finish_reason": "stop"}])
    assert chunk.beside == {"refusal": "I can't.", "reasoning_content": "Hm"}
    assert chunk.logprobs == logprobs


@pytest.mark.parametrize(
    ("said", "reason", "noted"),
    [
        ("stop", "stop", []),
        ("length", "length", []),
        ("tool_calls", "stop", ["finish_reason:tool_calls, without a call"]),
        ("content_filter", "content_filter", []),
        ("sk-secret", "stop", ["finish_reason:[key]"]),
        (5, "stop", ["finish_reason:5"]),
        ({"a": "word"}, "stop", ["finish_reason:dict"]),
        (None, "stop", ["finish_reason:none was given"]),
    ],
)
def test_reasons_to_stop(said: object, reason: str, noted: list[str]) -> None:
    chunks = whole(choices=[{"message": {"content": "x"}, "finish_reason": said}])
    assert chunks[1].finish_reason == reason
    assert notes(chunks) == noted


@pytest.mark.parametrize(("said", "beside"), [("END", {"stop_sequence": "END"}), (128_001, None), (None, None)])
def test_the_stop_that_ended_it_is_told_where_a_backend_says_it(said: object, beside: object) -> None:
    chunks = whole(choices=[{"message": {"content": "x"}, "finish_reason": "stop", "stop_reason": said}])
    assert chunks[1].beside == beside


def test_a_model_that_answers_in_another_s_place_is_noted_once() -> None:
    chunks = reading("gpt-5").events([HELLO, HELLO, STOP, DONE])
    assert notes(chunks) == ["upstream_model:up"]
    assert notes(heard(event(choice(content="x"), model=None))) == []


def test_a_name_of_any_length_is_a_short_printable_note() -> None:
    (note,) = notes(heard(event(choice(content="x"), model="x\n\u202e" * 9_000)))
    assert len(note) < 120
    assert note.isprintable()


@pytest.mark.parametrize(
    "usage",
    [
        used("42"),
        used(given=1.5),
        used(cached="x"),
        used(taken=None) | {"prompt_tokens": [1]},
        "many",
        {"prompt_tokens": 4},
        {"prompt_tokens": True, "completion_tokens": 1},
    ],
)
def test_what_is_no_count_is_noted_and_not_guessed_at(usage: object) -> None:
    chunks = whole(usage=usage)
    assert chunks[-1].usage is None
    assert notes(chunks) == ["usage:what the backend said is no count"]


def test_no_counts_are_no_lie() -> None:
    body = completion()
    del body["usage"]
    chunks = reading().whole(orjson.dumps(body))
    assert chunks[-1].usage is None
    assert notes(chunks) == []


def test_reasoning_and_cached_tokens_are_parts() -> None:
    counts = used(50, 20, 30) | {"completion_tokens_details": {"reasoning_tokens": 15}}
    usage = whole(usage=counts)[-1].usage
    assert usage is not None
    assert (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens, usage.reasoning_tokens) == (
        50,
        30,
        20,
        15,
    )


def test_counts_that_come_with_every_event_count_once() -> None:
    chunks = heard(*(event(choice(content="x"), usage=used(given=n)) for n in (1, 2, 3)), STOP, DONE)
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * 4
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.output_tokens == 3


def test_the_last_word_finishes_what_has_begun() -> None:
    begun = reading()
    chunks = begun.events([HELLO, DONE, HELLO])
    assert begun.done
    assert [chunk.finish_reason for chunk in chunks] == [None, "stop", None]
    assert notes(chunks) == ["finish_reason:none was given"]


def test_a_stream_that_ends_without_its_last_word_leaves_its_choices_open() -> None:
    begun = reading()
    begun.events([HELLO])
    assert [chunk.finish_reason for chunk in begun.ended()] == [None]


@pytest.mark.parametrize("events", [[], [DONE], [event(), DONE], [event(usage=used()), DONE]])
def test_a_stream_that_says_nothing_is_no_answer(events: list[bytes]) -> None:
    begun = reading()
    with pytest.raises(ProviderError, match="before it began"):
        begun.events(events)
        begun.ended()


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ({"message": "slow down", "code": "rate_limit_exceeded"}, "rate_limited"),
        ({"message": "no", "type": "invalid_request_error"}, "rejected"),
        ({"message": "no", "code": "content_filter"}, "content_filter"),
        ({"message": "oh"}, "unavailable"),
        ("oh", "unavailable"),
        (5, "unavailable"),
    ],
)
def test_an_error_in_an_answer_is_one(error: object, outcome: str) -> None:
    for body in (orjson.dumps({"error": error}), orjson.dumps(completion() | {"error": error})):
        with pytest.raises(ProviderError) as caught:
            reading().whole(body)
        assert caught.value.outcome == outcome


def numbered_0(id: str | None, name: str | None, arguments: str) -> dict[str, Any]:  # noqa: A002
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return {"index": 0, "function": function} | ({"id": id} if id else {})


def test_calls_that_are_all_numbered_0_are_told_apart_by_their_ids() -> None:
    calls = [
        numbered_0("a", "f", '{"x":'),
        numbered_0(None, None, "1}"),
        numbered_0("b", "f", '{"y":'),
        numbered_0(None, None, "2}"),
    ]
    chunks = heard(*(event(choice(tool_calls=[call])) for call in calls))
    assert pieces(chunks) == [
        ToolCallPiece(0, "a", "f", '{"x":'),
        ToolCallPiece(0, arguments="1}"),
        ToolCallPiece(1, "b", "f", '{"y":'),
        ToolCallPiece(1, arguments="2}"),
    ]
    together = heard(event(choice(tool_calls=[numbered_0("a", "f", "{}"), numbered_0("b", "g", "{}")])))
    assert pieces(together) == [ToolCallPiece(0, "a", "f", "{}"), ToolCallPiece(1, "b", "g", "{}")]


@pytest.mark.parametrize("more", [numbered_0("b", None, "{}"), numbered_0("a", "f", "{}"), numbered_0(None, "f", "{}")])
def test_a_piece_that_repeats_its_call_or_has_a_new_id_alone_is_no_other_call(more: dict[str, Any]) -> None:
    chunks = heard(event(choice(tool_calls=[numbered_0("a", "f", "")])), event(choice(tool_calls=[more])))
    assert [piece.position for piece in pieces(chunks)] == [0, 0]


@pytest.mark.parametrize("ending", [[event(choice(reason="stop"))], []])
def test_an_answer_with_a_call_ends_for_it(ending: list[bytes]) -> None:
    chunks = heard(event(choice(tool_calls=[numbered_0("a", "f", "{}")])), *ending, DONE)
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["tool_calls"]
    assert any(note.startswith("finish_reason:") for note in notes(chunks))


def test_an_end_and_the_usage_go_with_the_words_of_an_answer_that_came_at_once() -> None:
    used, call = Usage(5, 2, 0, "backend"), ToolCallPiece(0, "call_0", "f", "{}")
    assert merged([Chunk(0, "Hello", more=True), Chunk(0, finish_reason="stop", more=True), Chunk(usage=used)]) == [
        Chunk(0, "Hello", finish_reason="stop", usage=used)
    ]
    two = [
        Chunk(0, "A", notes=("usage:x",), more=True),
        Chunk(0, finish_reason="stop", more=True),
        Chunk(1, tool_call=call, more=True),
        Chunk(1, finish_reason="tool_calls", more=True),
        Chunk(usage=used),
    ]
    assert merged(two) == [
        Chunk(0, "A", finish_reason="stop", notes=("usage:x",), more=True),
        Chunk(1, tool_call=call, finish_reason="tool_calls", usage=used),
    ]
    # What says more than an end stays apart: which stop it was, notes, the end of another choice.
    for apart in (
        Chunk(0, finish_reason="stop", beside={"stop_sequence": "x"}),
        Chunk(0, finish_reason="stop", notes=("finish_reason:x",)),
        Chunk(1, finish_reason="stop"),
        Chunk(0, "more"),
    ):
        assert merged([Chunk(0, "A", more=True), apart]) == [Chunk(0, "A", more=True), apart]
    assert merged([]) == []
