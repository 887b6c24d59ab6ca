"""What is committed to of an answer that is no chat: words and calls of a message, bytes of sounds and vectors."""

import base64

import pytest

from router.transparency.commitments import choices_of, hashed, spoken
from router.types import Chunk, packed, unpacked
from router.types.provider import ToolCallPiece


def test_a_message_is_committed_to_by_its_words_and_calls() -> None:
    chunks = [
        Chunk(beside={"reasoning_content": "Hm."}),
        Chunk(text="One "),
        Chunk(text="moment."),
        Chunk(tool_call=ToolCallPiece(0, "id", "name", '{"a":1}')),
    ]
    blocks = [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "One moment."},
        {"type": "tool_use", "id": "id", "name": "name", "input": {"a": 1}},
    ]
    assert spoken(chunks) == choices_of({"type": "message", "content": blocks})


def test_sounds_and_vectors_are_committed_to_by_their_bytes() -> None:
    sound = [Chunk(beside={"audio": b"RIFF"}), Chunk(beside={"audio": b"more"}), Chunk(finish_reason="stop")]
    assert spoken(sound) == hashed(b"RIFFmore")
    vectors = [[0.5, -0.25], [1e300, 0.1]]
    chunks = [Chunk(place, beside={"embedding": vector}) for place, vector in enumerate(vectors)]
    numbers = {"object": "list", "data": [{"embedding": vector} for vector in vectors]}
    packs = {"object": "list", "data": [{"embedding": base64.b64encode(packed(vector)).decode()} for vector in vectors]}
    assert spoken(chunks) == choices_of(numbers) == choices_of(packs)
    assert spoken(chunks) != choices_of(numbers | {"data": numbers["data"][::-1]})


def test_a_packed_vector_is_the_vector() -> None:
    assert list(unpacked(packed([0.5, -0.25, 1e300]))) == [0.5, -0.25, pytest.approx(3.4e38, rel=0.01)]
    with pytest.raises(ValueError, match="four bytes"):
        unpacked(b"12345")
