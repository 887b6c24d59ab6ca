"""The blocks of an answer on `/v1/messages`: as the backend gave them, in its order, whole and in events."""

from itertools import groupby
from typing import Any

import orjson
import pytest
from builders import SITUATION, ask, config, ending, exchange, features, model
from hypothesis import given
from hypothesis import strategies as st

from providers.anthropic.response_reader import MessageEvents as BackendEvents
from router.api.surfaces.anthropic_messages.render import message
from router.api.surfaces.anthropic_messages.stream import MessageEvents
from router.api.surfaces.openai_chat.render import completion
from router.api.surfaces.openai_chat.surface import ChatEvents
from router.api.surfaces.surface import AnswerStream
from router.decision.decide import decide
from router.decision.receipt import settle
from router.types import Chunk, ToolCallPiece

Block = dict[str, Any]
ROWS = config(model())
MADE = exchange(decide(features(), ask(), SITUATION, ROWS), features(), ask(), SITUATION)
RECEIPT = settle(MADE, ending("m"), ROWS)
SIGNED = {"extra_content": {"google": {"thought_signature": "s"}}}


def text(words: str) -> Block:
    return {"type": "text", "text": words}


def thought(words: str, signature: str = "sig") -> Block:
    return {"type": "thinking", "thinking": words, "signature": signature}


def use(name: str, given: Any = None, **more: Any) -> Block:
    return {"type": "tool_use", "id": f"id-{name}", "name": name, "input": {} if given is None else given, **more}


def hidden(data: str) -> Block:
    return {"type": "redacted_thinking", "data": data}


def whole(chunks: list[Chunk]) -> Block:
    told: Block = orjson.loads(message(MADE, RECEIPT, chunks))
    return told


def events(chunks: list[Chunk]) -> list[Block]:
    stream: AnswerStream = MessageEvents(MADE, "m")
    body = b"".join(map(stream.chunk, chunks[:-1])) + stream.last(chunks[-1], RECEIPT)
    return [orjson.loads(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: ")]


def assembled(told: list[Block]) -> list[Block]:
    """The blocks that a client makes of events; each is closed before the next one opens."""
    blocks: list[Block] = []
    pieces: list[str] = []
    for event in told:
        kind = event["type"]
        if kind == "content_block_start":
            assert event["index"] == len(blocks)
            blocks.append(dict(event["content_block"]))
            pieces = []
        elif kind == "content_block_delta":
            assert event["index"] == len(blocks) - 1
            delta = event["delta"]
            part = delta["type"].removesuffix("_delta")
            if part == "input_json":
                pieces.append(delta["partial_json"])
            else:
                blocks[-1][part] += delta[part]
        elif kind == "content_block_stop" and blocks[-1]["type"] == "tool_use":
            blocks[-1]["input"] = orjson.loads("".join(pieces) or "{}")
    starts = [event["type"] for event in told if event["type"] in ("content_block_start", "content_block_stop")]
    assert starts == ["content_block_start", "content_block_stop"] * len(blocks)
    return blocks


def backend(blocks: list[Block], cut: int) -> list[Chunk]:
    """The chunks of a backend of the same API, whose texts come in pieces of `cut` letters."""
    told: list[Block] = [{"type": "message_start", "message": {"model": "m"}}]
    for number, block in enumerate(blocks):
        empty = {name: "" for name in ("text", "thinking", "signature") if name in block}
        start = block | empty | ({"input": {}} if "input" in block else {})
        told.append({"type": "content_block_start", "index": number, "content_block": start})
        deltas = [(f"{name}_delta", name, block[name]) for name in empty]
        if block.get("input"):
            deltas = [("input_json_delta", "partial_json", orjson.dumps(block["input"]).decode())]
        for kind, part, words in deltas:
            pieces = [words[at : at + cut] for at in range(0, len(words), cut)]
            told += [
                {"type": "content_block_delta", "index": number, "delta": {"type": kind, part: piece}}
                for piece in (pieces if part != "signature" else [words])
            ]
        told.append({"type": "content_block_stop", "index": number})
    reason = "tool_use" if any("input" in block for block in blocks) else "end_turn"
    told += [{"type": "message_delta", "delta": {"stop_reason": reason}}, {"type": "message_stop"}]
    reader = BackendEvents("m", (), str)
    chunks = [chunk for event in told for chunk in reader.events([orjson.dumps(event)])]
    # As the server does, the last piece waits for the end.
    return [*(chunk for chunk in chunks if not chunk.finish_reason), *(c for c in chunks if c.finish_reason)]


WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
BLOCKS = (
    WORDS.map(text)
    | WORDS.map(thought)
    | WORDS.map(hidden)
    | st.dictionaries(WORDS, st.integers(-9, 9), max_size=2).map(
        lambda given: use("f", given, caller={"type": "direct"})
    )
)


def distinct(blocks: list[Block]) -> list[Block]:
    """No two texts stand side by side, and every call has its id."""
    runs = [(kind, list(run)) for kind, run in groupby(blocks, lambda block: block["type"])]
    flat = [block for kind, run in runs for block in (run[:1] if kind == "text" else run)]
    return [block | {"id": f"id-{place}"} if "input" in block else block for place, block in enumerate(flat)]


@given(st.lists(BLOCKS, min_size=1, max_size=7).map(distinct), st.integers(1, 9))
def test_blocks_of_the_same_api_come_back_as_they_were_and_in_order(blocks: list[Block], cut: int) -> None:
    chunks = backend(blocks, cut)
    assert whole(chunks)["content"] == blocks
    assert assembled(events(chunks)) == blocks


def piece(position: int, arguments: str = "", **more: Any) -> Chunk:
    return Chunk(tool_call=ToolCallPiece(position, **{"arguments": arguments, **more}))


def begun(position: int, arguments: str = "", **more: Any) -> Chunk:
    return piece(position, arguments, id=f"id-f{position}", name=f"f{position}", **more)


END = Chunk(finish_reason="tool_calls")
AB = [use("f0", {"a": 1}), use("f1", {"b": 2})]
TURNS: dict[str, tuple[list[Chunk], list[Block]]] = {
    "in turns": ([begun(0), begun(1), piece(0, '{"a":'), piece(1, '{"b":'), piece(0, "1}"), piece(1, "2}")], AB),
    "words between pieces": (
        [begun(0, '{"a":'), Chunk(text="and "), Chunk(text="so"), piece(0, "1}"), begun(1, '{"b":2}')],
        [AB[0], text("and so"), AB[1]],
    ),
    "words after a whole call": (
        [begun(0, '{"a":1}'), Chunk(text="so"), begun(1, '{"b":2}')],
        [AB[0], text("so"), AB[1]],
    ),
    "three, of which the last is first done": (
        [begun(0, "{"), begun(1, "{"), begun(2, '{"c":3}'), piece(1, '"b":2}'), piece(0, '"a":1}')],
        [*AB, use("f2", {"c": 3})],
    ),
    "no arguments": ([begun(0), begun(1)], [use("f0"), use("f1")]),
    "more than all": ([begun(0, '{"a":1}'), begun(1, '{"b":2}'), piece(0, " ")], AB),
    "a thought after words": (
        [Chunk(beside={"reasoning": "hm"}), Chunk(text="so"), Chunk(beside={"reasoning": "oh"}), begun(0, '{"a":1}')],
        [thought("hm", ""), text("so"), thought("oh", ""), AB[0]],
    ),
    "a refusal": ([Chunk(beside={"refusal": "No."})], [text("No.")]),
    "a signature beside": ([begun(0, '{"a":1}', extra=SIGNED | {"function": {"x": 1}})], [AB[0] | SIGNED]),
}


@pytest.mark.parametrize(("chunks", "blocks"), TURNS.values(), ids=TURNS)
def test_pieces_of_another_api_become_blocks_in_the_order_of_their_beginnings(
    chunks: list[Chunk], blocks: list[Block]
) -> None:
    assert whole([*chunks, END])["content"] == blocks
    assert assembled(events([*chunks, END])) == blocks


def test_a_call_that_is_whole_holds_nothing_up() -> None:
    stream = MessageEvents(MADE, "m")
    stream.chunk(begun(0, '{"a":1}'))
    assert b'"name":"f1"' in stream.chunk(begun(1, '{"b":'))


@pytest.mark.parametrize("arguments", ['{"n": 18446744073709551616}', '{"x":1.0}'])
def test_arguments_of_a_whole_answer_stand_as_they_were_written(arguments: str) -> None:
    assert arguments.encode() in message(MADE, RECEIPT, [begun(0, arguments), END])


@pytest.mark.parametrize("written", ["[1]", "no JSON"])
def test_arguments_that_are_no_object_are_held_by_one(written: str) -> None:
    given = [1] if written == "[1]" else written
    assert whole([begun(0, written), END])["content"] == [use("f0", {"arguments": given})]


def test_a_chat_gets_what_stands_beside_a_call_but_for_words_of_another_api() -> None:
    extra = SIGNED | {"function": {"x": 1}, "anthropic": {"caller": {"type": "direct"}}}
    chunks = [begun(0, '{"a":', extra=extra), piece(0, "1}", extra={"late": True}), END]
    call = {"id": "id-f0", "type": "function", "function": {"x": 1, "name": "f0", "arguments": '{"a":1}'}, **SIGNED}
    (choice,) = orjson.loads(completion(MADE, RECEIPT, chunks))["choices"]
    assert choice["message"]["tool_calls"] == [call | {"late": True}]
    stream = ChatEvents(MADE, "m", include_usage=False)
    first, second = (orjson.loads(stream.chunk(chunk)[6:])["choices"][0]["delta"]["tool_calls"] for chunk in chunks[:2])
    assert first[0] == call | {"index": 0, "function": {"x": 1, "name": "f0", "arguments": '{"a":'}}
    assert second == [{"index": 0, "function": {"arguments": "1}"}, "late": True}]
