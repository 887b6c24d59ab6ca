"""What is long is sealed in pieces, to the same commitments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.transparency import commitments
from router.transparency.commitments import SALT, seal, seal_in_pieces
from router.types import Chunk, Message, Part, ToolCallPiece

SALTS = bytes(range(2 * SALT))
# Halves of surrogates too, which clients send and no UTF-8 has.
TEXT = st.text(st.characters() | st.sampled_from(["\ud800", "\udc00", '"', "\\", "\n"]), max_size=40)
MESSAGES = st.lists(
    st.builds(Message, st.just("user"), TEXT)
    | st.builds(Message, st.just("assistant"), st.lists(st.builds(Part, st.just("text"), TEXT), max_size=3).map(tuple)),
    max_size=4,
)
CHUNKS = st.lists(
    st.builds(lambda index, text: Chunk(index, text), st.integers(0, 2), TEXT)
    | st.builds(lambda text: Chunk(tool_call=ToolCallPiece(0, "c", "f", text)), TEXT)
    | st.builds(lambda text: Chunk(beside={"audio": text}), st.binary(max_size=9)),
    max_size=5,
)


@pytest.fixture(params=[1, 7, 256 * 1024], ids=str, scope="module")
def step(request: pytest.FixtureRequest) -> int:
    size: int = request.param
    return size


@given(MESSAGES, CHUNKS)
def test_pieces_are_sealed_as_the_whole_is(step: int, messages: list[Message], chunks: list[Chunk]) -> None:
    before, commitments.STEP = commitments.STEP, step
    try:
        assert seal_in_pieces(messages, chunks, SALTS) == seal(messages, chunks, SALTS)
    finally:
        commitments.STEP = before
