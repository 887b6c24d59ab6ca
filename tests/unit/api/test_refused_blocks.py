"""Blocks that nobody here could show to a model are refused by their names."""

from typing import Any

import orjson
import pytest

from router.api.surfaces.anthropic_messages.surface import Messages
from router.errors import BadRequest


def refused(**more: Any) -> BadRequest:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]} | more
    with pytest.raises(BadRequest) as caught:
        Messages().parse(orjson.dumps(body), None)
    return caught.value


def block(**block: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "text", "text": "a"}, block]}]


@pytest.mark.parametrize(
    ("messages", "param", "words"),
    [
        (block(type="server_tool_use", id="x"), "messages.0.content.1.type", "a block of type 'server_tool_use' is"),
        (
            block(type="tool_result", tool_use_id="t", content=[{"type": "tool_use"}]),
            "messages.0.content.1.content.0.type",
            "'tool_use' is not taken here. Send text, image, document, search_result or tool_reference.",
        ),
        (
            block(type="document", source={"type": "url", "url": "https://a.example/a.pdf"}),
            "messages.0.content.1.source.type",
            "document by a source of type 'url' is not taken here. Nothing is fetched here",
        ),
        (
            block(type="document", source={"type": "content", "content": []}),
            "messages.0.content.1.source.type",
            "Send its blocks themselves",
        ),
        (block(type="image", source={"type": "file"}), "messages.0.content.1.source.type", "No files are kept here"),
        (block(type="image", source={"type": "odd"}), "messages.0.content.1.source.type", "type base64 or url"),
        (block(type="x" * 200), "messages.0.content.1.type", "x" * 80 + "' is not"),
        # What is merely wrong is said as before.
        (block(type="text"), "messages.0.content.tuple.1.text", "field required"),
        (block(type=["text"]), None, ""),
        ([5], "messages.0", ""),
    ],
)
def test_what_is_not_taken_is_named(messages: Any, param: str | None, words: str) -> None:
    error = refused(messages=messages)
    assert words.lower() in error.message.lower()
    if words:
        assert error.param is not None
        assert error.param.split(".")[-1] == str(param).split(".")[-1]


def test_the_system_text_has_blocks_of_text_alone() -> None:
    error = refused(system=[{"type": "image", "source": {}}])
    assert (error.param, error.message) == (
        "system.0.type",
        "system.0: a block of type 'image' is not taken here. Send text.",
    )


def test_a_body_that_is_no_object_is_refused_as_such() -> None:
    with pytest.raises(BadRequest):
        Messages().parse(b"[]", None)
