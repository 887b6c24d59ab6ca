"""Whatever stands beside a message's words is counted as input, for it may be sent on."""

from typing import Any

import pytest

from router.decision.features import input_text
from router.types import ChatRequest, Message, Part, ResponseFormat, SchemaFormat


def counted(message: Message, **more: Any) -> str:
    return input_text(ChatRequest("auto", (message,), **more))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Message("user", "x"), "x"),
        (Message("user", "x", name="kim"), "x\nkim"),
        (Message("assistant", (Part("refusal", refusal="No."), Part("text", "x"))), "x\nNo."),
        (Message("assistant", "x", extra={"reasoning_content": "Hm."}), "x\nHm."),
        (Message("assistant", "x", extra={"a": {"b": ["c", 5, {"d": None}]}}), "x\nc"),
        (Message("assistant", "x", extra={"anthropic": {"thinking": [{"thinking": "Hm."}]}}), "x\nHm."),
    ],
)
def test_words_beside_the_text(message: Message, text: str) -> None:
    assert counted(message) == text


def test_the_schema_of_an_answer_with_what_is_said_of_it() -> None:
    form = ResponseFormat("json_schema", SchemaFormat("s", {"type": "object"}, "An answer."))
    assert counted(Message("user", "x"), response_format=form) == 'x\n{"type": "object"} An answer.'


def test_however_deep_it_is() -> None:
    deep: Any = "c"
    for _ in range(5_000):
        deep = [deep]
    assert counted(Message("user", "x", extra={"a": deep})) == "x\nc"


def block(text: str | None, kept: Any) -> Message:
    return Message("user", (Part("text", text, extra={"anthropic": {"block": kept}}),))


def test_of_a_block_that_is_kept_whole_what_its_part_does_not_say_is_counted() -> None:
    found = {"type": "search_result", "title": "Weather", "content": [{"type": "text", "text": "It rains."}]}
    assert counted(block("Weather: It rains.", found)) == "Weather: It rains."
    assert counted(block("It rains.", {"content": "It rains all day, and all night."})).count("all night") == 1
    assert counted(block("x", {"source": "zz"})) == "x\nzz"
    assert counted(block("x", "no block")) == "x"


def test_the_thoughts_of_a_turn_are_counted_and_its_marks_are_not() -> None:
    order = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        "part",
        {"type": "redacted_thinking", "data": "d"},
    ]
    assert counted(Message("assistant", "x", extra={"anthropic": {"order": order, "thinking": 5}})) == "x\nHm."


def test_what_a_text_cites_is_counted() -> None:
    cited = Part("text", "x", extra={"anthropic": {"citations": [{"cited_text": "It rains."}]}})
    assert "It rains." in counted(Message("user", (cited,)))
