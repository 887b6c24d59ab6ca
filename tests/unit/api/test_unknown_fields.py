"""What a request says beside the words that we name is kept, once, where it was said."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.api.surfaces.openai_chat.surface import parse
from router.errors import BadRequest
from router.types import ChatRequest

NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
EXTRAS = st.dictionaries(NAMES.map("x-".__add__), st.none() | st.booleans() | st.integers(-9, 9) | NAMES, max_size=4)


def parsed(**more: Any) -> ChatRequest:
    return parse(orjson.dumps({"model": "auto", "messages": [{"role": "user", "content": "x"}]} | more))


def test_most_requests_say_nothing_else() -> None:
    request = parsed(temperature=0.5)
    assert request.extra is request.messages[0].extra is None


def test_what_else_is_said_is_kept_where_it_was_said() -> None:
    parts = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "b"}]
    messages = [{"role": "user", "content": parts}, {"role": "assistant", "content": "c", "reasoning_content": "d"}]
    request = parsed(messages=messages, top_k=5, min_p=None)
    first, second = request.messages
    assert request.extra == {"top_k": 5, "min_p": None}
    assert isinstance(first.content, tuple)
    assert [part.extra for part in first.content] == [{"cache_control": {"type": "ephemeral"}}, None]
    assert (first.extra, second.extra) == (None, {"reasoning_content": "d"})


@given(EXTRAS, EXTRAS, EXTRAS)
def test_every_word_stands_in_one_place(of_all: Any, of_message: Any, of_part: Any) -> None:
    part = of_part | {"type": "text", "text": "a"}
    message = of_message | {"role": "user", "content": [part]}
    request = parsed(**(of_all | {"messages": [message]}))
    ours = [request, request.messages[0], request.messages[0].content[0]]  # type: ignore[index]
    assert [item.extra or {} for item in ours] == [of_all, of_message, of_part]  # type: ignore[union-attr]


@pytest.mark.parametrize("value", [{"a": 1}, 5, None, "x"])
def test_a_word_of_the_client_s_is_never_taken_for_ours(value: object) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "a", "extra": value}], "extra": value}
    request = parsed(messages=[message], extra=value)
    assert request.extra == request.messages[0].extra == {"extra": value}
    assert request.messages[0].content[0].extra == {"extra": value}  # type: ignore[index, union-attr]


@pytest.mark.parametrize(
    "body",
    [b'{"extra": 1', b'["extra"]', b'{"extra": 1, "messages": 5}', b'{"extra": 1, "messages": [5, {"content": [6]}]}'],
)
def test_and_a_body_that_is_none_is_still_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse(body)
