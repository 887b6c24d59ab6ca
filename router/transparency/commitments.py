"""Salted hash commitments to prompts and answers: they reveal nothing, and any change of a word shows.

Invariant: prompt and answer have salts of their own, so that opening one does not help to guess the other; the text is
bound exactly, in its UTF-8 bytes.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, cast

import orjson

from router.types import Chunk, Message, packed

SALT = 16
STEP = 256 * 1024
_HASHED = "sha256:"
Words = Sequence[Sequence[object]]


class Sealed(NamedTuple):
    """The commitments to a prompt and to an answer, in hexadecimal, and the salts of both, which are kept apart."""

    prompt: str
    answer: str
    salts: bytes


def seal(messages: Iterable[Message], chunks: Iterable[Chunk], salts: bytes) -> Sealed:
    """Commit to a conversation and its answer; `salts` is twice `SALT` bytes that nobody can guess."""
    return Sealed(commitment(salts[:SALT], asked(messages)), commitment(salts[SALT:], answered(spoken(chunks))), salts)


def seal_in_pieces(messages: Iterable[Message], chunks: Iterable[Chunk], salts: bytes) -> Sealed:
    """The same for what is long, without making any of it one long text; it takes longer for what is short."""
    prompt, answer = sha256(salts[:SALT]), sha256(salts[SALT:])
    for piece in _spelt([[message.role, message.text] for message in messages]):
        prompt.update(piece)
    for piece in _spelt(spoken(chunks)):
        answer.update(piece)
    return Sealed(prompt.hexdigest(), answer.hexdigest(), salts)


def commitment(salt: bytes, text: bytes) -> str:
    """SHA-256 over the salt and the text; the salt's length is fixed, so the two cannot be shifted."""
    return sha256(salt + text).hexdigest()


def asked(messages: Iterable[Message]) -> bytes:
    """A conversation as it is committed to: canonical JSON of role and text of each message."""
    return _json([[message.role, message.text] for message in messages])


def answered(choices: Words) -> bytes:
    """An answer as it is committed to: canonical JSON of the text and the tool calls of each choice."""
    return _json(choices)


def spoken(chunks: Iterable[Chunk]) -> Words:
    """The choices that chunks add up to; a vector or a sound is replaced by its hash."""
    choices: dict[int, tuple[list[str], dict[int, list[str]]]] = {}
    hashes: dict[int, Any] = {}
    for chunk in chunks:
        if chunk.beside and (made := wordless(chunk.beside)):
            hashes.setdefault(chunk.index, sha256()).update(made)
        texts, calls = choices.setdefault(chunk.index, ([], {}))
        texts.append(chunk.text)
        if piece := chunk.tool_call:
            call = calls.setdefault(piece.position, ["", ""])
            call[0], call[1] = call[0] or piece.name or "", call[1] + piece.arguments
    for index, hash_ in hashes.items():
        choices[index][0].append(_HASHED + hash_.hexdigest())
    return [
        ["".join(texts), [calls[place] for place in sorted(calls)]] for _, (texts, calls) in sorted(choices.items())
    ]


def wordless(beside: Mapping[str, Any]) -> bytes:
    """The bytes of a sound or of a vector, if that is what a chunk holds."""
    if isinstance(sound := beside.get("audio"), bytes):
        return sound
    vector = beside.get("embedding")
    return packed(vector) if vector else b""


def hashed(made: bytes) -> Words:
    """An answer that is one sound, or one vector, as it is committed to."""
    return [[_HASHED + sha256(made).hexdigest(), []]]


def choices_of(answer: Mapping[str, Any]) -> Words:
    """What was said in an answer as a client holds it: a `chat.completion`, a `message`, or a list of embeddings.

    Raises KeyError, TypeError or ValueError for anything else.
    """
    if answer.get("type") == "message":
        return [_blocks(answer["content"])]
    if answer.get("object") == "list":
        return [hashed(_vector(row["embedding"]))[0] for row in answer["data"]]
    return [
        [message.get("content") or "", [_call(call) for call in message.get("tool_calls") or ()]]
        for message in (choice["message"] for choice in answer["choices"])
    ]


def _blocks(blocks: Sequence[Mapping[str, Any]]) -> Sequence[object]:
    """Text and calls; of their arguments the client holds no spelling, so the shortest is taken."""
    calls = [[block["name"], orjson.dumps(block["input"]).decode()] for block in blocks if block["type"] == "tool_use"]
    return ["".join(block["text"] for block in blocks if block["type"] == "text"), calls]


def _vector(vector: Any) -> bytes:
    return b64decode(vector) if isinstance(vector, str) else packed(vector)


def _call(call: Mapping[str, Any]) -> list[str]:
    return [call["function"]["name"], call["function"]["arguments"]]


def _json(words: object, dumps: Callable[[object], bytes] = orjson.dumps) -> bytes:
    """Lists of texts have one spelling in RFC 8785, and this is it."""
    try:
        return dumps(words)
    except TypeError:
        # Halves of a pair of surrogates are in no UTF-8; whoever sent them finds a question mark here.
        return dumps(_whole(words))


def _spelt(words: object) -> Iterator[bytes]:
    """The same spelling, in pieces of which none is long."""
    if isinstance(words, str):
        yield b'"'
        for start in range(0, len(words), STEP):
            yield _json(words[start : start + STEP])[1:-1]
        yield b'"'
        return
    yield b"["
    for place, word in enumerate(cast("Sequence[object]", words)):
        if place:
            yield b","
        yield from _spelt(word)
    yield b"]"


def _whole(words: object) -> object:
    if isinstance(words, str):
        return words.encode(errors="replace").decode()
    return [_whole(word) for word in words] if isinstance(words, Sequence) else words
