"""What a request says of itself."""

import pytest

from router.types import ChatRequest, Message, Part, ResponseFormat, Tool
from router.types.chat import FunctionSpec

HELLO = (Message("user", "hello"),)
TOOLS = (Tool("function", FunctionSpec("f")),)


def test_the_text_of_a_turn_is_its_words() -> None:
    parts = (Part("text", text="one"), Part("image_url", image_url={}), Part("text", text="two"), Part("text", text=""))
    assert Message("user", "plain").text == "plain"
    assert Message("user", parts).text == "one\ntwo"
    assert Message("assistant").text == ""


def test_the_newer_limit_on_output_wins() -> None:
    assert ChatRequest("auto", HELLO, max_tokens=5, max_completion_tokens=7).output_limit == 7
    assert ChatRequest("auto", HELLO, max_tokens=5).output_limit == 5
    assert ChatRequest("auto", HELLO).output_limit is None


def test_one_answer_is_asked_for_unless_more_are() -> None:
    assert ChatRequest("auto", HELLO).choices == 1
    assert ChatRequest("auto", HELLO, n=4).choices == 4


@pytest.mark.parametrize(
    ("stop", "expected"), [(None, ()), ("END", ("END",)), ("", ()), (("a", "", "b"), ("a", "b")), ((), ())]
)
def test_stops_are_texts_and_never_empty(stop: object, expected: tuple[str, ...]) -> None:
    assert ChatRequest("auto", HELLO, stop=stop).stops == expected  # type: ignore[arg-type]


def test_tools_are_wanted_unless_the_choice_is_none() -> None:
    assert ChatRequest("auto", HELLO, tools=TOOLS).wants_tools
    assert not ChatRequest("auto", HELLO, tools=TOOLS, tool_choice="none").wants_tools
    assert not ChatRequest("auto", HELLO, tools=()).wants_tools
    assert not ChatRequest("auto", HELLO).wants_tools


@pytest.mark.parametrize(("kind", "wanted"), [("text", False), ("json_object", True), ("json_schema", True)])
def test_json_is_wanted_where_a_format_asks_for_it(kind: str, wanted: bool) -> None:
    assert ChatRequest("auto", HELLO, response_format=ResponseFormat(kind)).wants_json is wanted  # type: ignore[arg-type]
    assert not ChatRequest("auto", HELLO).wants_json
