"""Large bodies: looked over first, their long texts decoded piece by piece, and the request is the same."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.api.bodies import long_texts, parse_body
from router.api.bodies.json_survey import MOST_OBJECTS, MOST_VALUES, refuse_many_objects, survey
from router.api.bodies.long_texts import LONG, MARK, PIECE, Entangled, Span, decoded, put_back, take_out
from router.api.surfaces.anthropic_messages.surface import Messages
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.api.surfaces.openai_embeddings import MOST_IDS, Embeddings
from router.api.surfaces.openai_responses.surface import Responses
from router.errors import BadRequest
from router.serving.work.heavy_work import SMALL, HeavyWork
from router.types import FunctionCall, Message

TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def counted(value: Any) -> int:
    """Texts, commas and opening brackets, counted in what was parsed."""
    if isinstance(value, str):
        return 1
    if isinstance(value, list):
        return 1 + max(0, len(value) - 1) + sum(map(counted, value))
    if isinstance(value, dict):
        return 1 + max(0, len(value) - 1) + sum(1 + counted(item) for item in value.values())
    return 0


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_a_survey_counts_what_stands_outside_of_texts(value: Any, escaped: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=escaped, indent=indent).encode()
    assert survey(body) == (counted(value), ())


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps([{"type": "text", "text": "x"}] * 200_000),
        orjson.dumps([[1] * 8_000] * 250),
        b"[" * 1_000_000,
        b'""' * 1_000_000,
        orjson.dumps({f"p{n}": {} for n in range(60_000)}),
    ],
    ids=["parts", "ids", "brackets", "texts", "keys"],
)
def test_too_many_values_are_refused_before_a_parser_sees_them(body: bytes) -> None:
    def parse(_: bytes) -> None:
        raise AssertionError

    with pytest.raises(BadRequest, match="more than 100,000 texts"):
        parse_body.parse_large(body, parse)


def test_the_most_that_may_be_is_looked_at_and_let_pass() -> None:
    body = orjson.dumps(["x"] * (MOST_VALUES // 2))
    assert survey(body).values == MOST_VALUES
    with pytest.raises(BadRequest):
        survey(body, MOST_VALUES - 1)


@pytest.mark.parametrize("body", [b'{"a": "b', b'["' + b"\\" * 200_001, b'"' + b'\\"' * 100_000])
def test_a_text_that_never_ends_is_no_json(body: bytes) -> None:
    with pytest.raises(BadRequest, match="ends in the middle of a text"):
        survey(body)


LONG_UNITS = ["a", "\n", '"', "\\", "가", "\u200b", "👨", "e\u0301", " x", "\x7f", "\u0001"]


@given(st.lists(st.sampled_from(LONG_UNITS), min_size=1, max_size=12), st.booleans(), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_a_text_decoded_in_pieces_is_the_text(units: list[str], escaped: bool, before: int) -> None:
    text = "".join(units) * (3 * PIECE // len("".join(units).encode()))
    body = b" " * before + json.dumps(text, ensure_ascii=escaped).encode()
    assert decoded(body, Span(before + 1, len(body) - 1)) == text


@pytest.mark.parametrize("literal", ["\\ud83d", "\\x", "\\u12", "\n", "a" * PIECE + "\\udc00" + "b" * PIECE])
def test_a_text_that_is_not_well_formed_is_refused(literal: str) -> None:
    with pytest.raises(BadRequest, match="not valid JSON"):
        decoded(literal.encode(), Span(0, len(literal)))


class Seen:
    """A parser that remembers what it was given."""

    def __init__(self, parse: Callable[[bytes], Any]) -> None:
        self.parse = parse
        self.sizes: list[int] = []

    def __call__(self, body: bytes) -> Any:
        self.sizes.append(len(body))
        return self.parse(body)


TEXT = "가나 'x' \n \" 👨 " * 40_000
PLAIN = "QUJD" * 200_000
CHAT: dict[str, Any] = {
    "model": "auto",
    "messages": [
        {"role": "system", "content": TEXT},
        {
            "role": "user",
            "content": [{"type": "text", "text": TEXT}, {"type": "image_url", "image_url": {"url": PLAIN}}],
        },
        {"role": "user", "content": "short", "odd": [TEXT, {TEXT: 1}]},
    ],
    "beyond": {"deep": [TEXT]},
}


def large(surface: Any, body: dict[str, Any]) -> Seen:
    """A surface's parser, after a large body went through it as the whole would have."""
    data = json.dumps(body, ensure_ascii=False).encode()
    seen = Seen(lambda data: surface.parse(data, None))
    found = parse_body.parse_large(data, seen)
    assert found == surface.parse(data, None)
    return seen


@pytest.mark.parametrize(
    ("surface", "body"),
    [
        (ChatCompletions(), CHAT),
        (Responses(), {"model": "auto", "instructions": TEXT, "input": TEXT}),
        (
            Responses(),
            {"model": "auto", "input": [{"role": "user", "content": [{"type": "input_text", "text": TEXT}]}]},
        ),
        (
            Messages(),
            {
                "model": "auto",
                "max_tokens": 9,
                "system": TEXT,
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PLAIN}},
                            {"type": "text", "text": TEXT},
                        ],
                    }
                ],
            },
        ),
        (Embeddings(), {"model": "text-embedding-3-small", "input": [TEXT, "short"]}),
    ],
    ids=["chat", "responses", "items", "messages", "embeddings"],
)
def test_a_parser_sees_no_long_text_and_makes_the_same_of_it(surface: Any, body: dict[str, Any]) -> None:
    (size,) = large(surface, body).sizes
    assert size < 20 * MARK


def test_what_would_be_spelt_otherwise_is_parsed_whole() -> None:
    call = {"type": "custom_tool_call", "call_id": "c", "name": "run", "input": TEXT}
    body = {"model": "auto", "input": [{"role": "user", "content": "hi"}, call]}
    assert len(large(Responses(), body).sizes) == 2
    with pytest.raises(Entangled):
        put_back(FunctionCall("f", "m" * MARK + "!"), {"m" * MARK: '"'})


def test_a_long_text_where_none_may_be_is_refused_as_ever() -> None:
    body = json.dumps({**CHAT, "user": PLAIN}).encode()
    with pytest.raises(BadRequest, match="at most 512 characters"):
        parse_body.parse_large(body, lambda data: ChatCompletions().parse(data, None))


def test_a_mark_is_not_to_be_guessed_and_longer_than_any_limit() -> None:
    body = orjson.dumps([PLAIN, PLAIN])
    spans = survey(body).long_texts
    marks = [set(take_out(body, spans)[1]) for _ in range(2)]
    assert all(len(mark) == MARK > 4_096 for both in marks for mark in both)
    assert not marks[0] & marks[1]


def test_nothing_is_touched_where_there_is_no_mark() -> None:
    message = Message("user", "x" * (MARK + 1))
    assert put_back(message, {}) is message
    assert LONG > MARK


def test_a_small_body_is_parsed_at_once_and_a_large_one_handed_over() -> None:
    async def both() -> list[int]:
        work, counts = HeavyWork(), []
        for size in (SMALL, SMALL + 1):
            await parse_body.parse_body(work, b'"' + b"x" * (size - 2) + b'"', orjson.loads)
            counts.append(work.handed_over)
        work.close()
        return counts

    assert asyncio.run(both()) == [0, 1]


def test_pieces_are_what_is_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Watched:
        JSONDecodeError = orjson.JSONDecodeError

        @staticmethod
        def loads(data: bytes) -> Any:
            sizes.append(len(data))
            return orjson.loads(data)

    monkeypatch.setattr(long_texts, "orjson", Watched)
    body = orjson.dumps("\n" * 2_000_000)
    assert decoded(body, Span(1, len(body) - 1)) == "\n" * 2_000_000
    assert max(sizes) <= PIECE + 2


def test_more_token_ids_than_a_request_may_have_are_refused_by_name() -> None:
    body = orjson.dumps({"model": "text-embedding-3-small", "input": [[1] * 8_000] * 38})
    with pytest.raises(BadRequest, match=f"304,000 token ids; the most is {MOST_IDS:,}"):
        Embeddings().parse(body, None)


def test_a_conversation_of_too_many_things_is_refused_before_a_validator_sees_it() -> None:
    part = {"type": "text", "text": "x"}
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    turn = {"role": "assistant", "content": [part] * 3, "tool_calls": [call]}
    whole = {"model": "auto", "messages": [turn] * 1_228, "tools": [{}] * 9_000}
    refuse_many_objects(whole)
    assert MOST_OBJECTS == 6_144
    body = orjson.dumps({**whole, "messages": [turn] * 1_229})
    seen = Seen(orjson.loads)
    with pytest.raises(BadRequest, match="6,145 messages, parts and calls in all; the most is 6,144"):
        parse_body.parse_large(body, seen)
    assert seen.sizes == []


@pytest.mark.parametrize("raw", [None, [], {"messages": "x"}, {"input": [1, "a", [{}]]}, {"system": {"a": [{}]}}])
def test_what_is_no_conversation_has_none_too_many(raw: Any) -> None:
    refuse_many_objects(raw)
