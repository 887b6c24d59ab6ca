"""What counts as a piece of an answer, whatever an adapter gives."""

from typing import Any

import pytest

from router.serving.provider_call import MOST_CHOICES, is_sound
from router.types import Chunk, ToolCallPiece, Usage

CALL = ToolCallPiece(0, "c1", "f", "{}")


@pytest.mark.parametrize(
    "chunk",
    [
        Chunk(),
        Chunk(text="안녕"),
        Chunk(MOST_CHOICES - 1, "x", CALL, "stop", Usage(1, 1, 0, "backend"), ("dropped:n",), {"a": 1}, {"b": 2}, True),
        Chunk(tool_call=ToolCallPiece(0)),
        # Whether counts can be true is not judged here.
        Chunk(usage=Usage(-1, 10**30, 0, "backend")),
    ],
)
def test_a_piece_as_it_should_be(chunk: Chunk) -> None:
    assert is_sound(chunk)


@pytest.mark.parametrize(
    "chunk",
    [
        "text",
        (0, "text"),
        Chunk(index=-1),
        Chunk(index=MOST_CHOICES),
        Chunk(index=True),
        Chunk(text=None),  # type: ignore[arg-type]
        Chunk(text="\ud800"),
        Chunk(text=b"x"),  # type: ignore[arg-type]
        Chunk(finish_reason="because"),  # type: ignore[arg-type]
        Chunk(finish_reason=["stop"]),  # type: ignore[arg-type]
        Chunk(usage={"input_tokens": 1}),  # type: ignore[arg-type]
        Chunk(notes=["dropped:n"]),  # type: ignore[arg-type]
        Chunk(notes=("\ud800",)),
        Chunk(notes=(5,)),  # type: ignore[arg-type]
        Chunk(beside=[1]),  # type: ignore[arg-type]
        Chunk(logprobs="x"),  # type: ignore[arg-type]
        Chunk(tool_call={"position": 0}),  # type: ignore[arg-type]
        Chunk(tool_call=ToolCallPiece(-1)),
        Chunk(tool_call=ToolCallPiece(0.5)),  # type: ignore[arg-type]
        Chunk(tool_call=ToolCallPiece(0, "\ud800")),
        Chunk(tool_call=ToolCallPiece(0, "c", "f", None)),  # type: ignore[arg-type]
    ],
)
def test_what_is_none(chunk: Any) -> None:
    assert not is_sound(chunk)
