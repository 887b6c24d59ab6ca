"""The blocks of an answer as they grow, out of the pieces that come of it.

Invariant: blocks stand in the order in which they began; a thought ends with its signature, so that what is thought
after it is another block.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from router.types import Chunk, ToolCallPiece
from router.types.chat import ANTHROPIC

_WORDS = ("text", "thinking", "signature")


@dataclass(slots=True)
class AnswerBlock:
    """A block, or a piece of one: how it begins, and what is added. A call has a `position` among the calls."""

    start: dict[str, Any]
    added: list[tuple[str, str]] = field(default_factory=list)
    position: int | None = None

    @property
    def kind(self) -> str:
        """Its type."""
        return str(self.start["type"])

    def goes_on_with(self, piece: "AnswerBlock") -> bool:
        """Whether a piece is of this block."""
        if piece.position is not None or self.position is not None:
            return piece.position == self.position
        if self.kind != piece.kind or self.kind not in ("text", "thinking"):
            return False
        return not any(part == "signature" for part, _ in self.added)

    def take(self, piece: "AnswerBlock") -> None:
        """Add a piece of it."""
        self.added += piece.added

    def is_whole_call(self) -> bool:
        """Whether a call has all its arguments, so that no piece of it can come."""
        text = self.text("input")
        return text.endswith("}") and isinstance(_loaded(text), dict)

    def text(self, part: str) -> str:
        """All that was added to a part."""
        return "".join(words for name, words in self.added if name == part)

    def deltas(self) -> Iterator[dict[str, Any]]:
        """What was added, as events tell it."""
        for part, words in self.added:
            if part == "input":
                yield {"type": "input_json_delta", "partial_json": words}
            else:
                yield {"type": f"{part}_delta", part: words}

    def to_json(self) -> dict[str, Any]:
        """The block as it stands in a message."""
        if self.position is not None:
            return self.start | {"input": arguments(self.text("input"))}
        return self.start | {part: self.text(part) for part in _WORDS if part in self.start}


class BlockList:
    """Blocks in their order."""

    def __init__(self) -> None:
        self.blocks: list[AnswerBlock] = []

    def take(self, piece: AnswerBlock) -> None:
        """Add a piece to its block, or begin one with it."""
        before = self.blocks if piece.position is not None else self.blocks[-1:]
        block = next((block for block in before if block.goes_on_with(piece)), None)
        if block is None:
            self.blocks.append(piece)
        else:
            block.take(piece)


def whole(chunks: Iterable[Chunk]) -> list[dict[str, Any]]:
    """The blocks of a whole answer."""
    answered = BlockList()
    for chunk in chunks:
        for piece in pieces(chunk):
            answered.take(piece)
    return [block.to_json() for block in answered.blocks]


def pieces(chunk: Chunk) -> Iterator[AnswerBlock]:
    """What a chunk adds to blocks. What was thought comes before what is said, and that before what is called."""
    if chunk.beside:
        yield from _beside(chunk.beside)
    if chunk.text:
        yield _text(chunk.text)
    if chunk.tool_call:
        yield _call(chunk.tool_call)


def refusal(chunk: Chunk) -> str:
    """The words with which a model refuses, beside its text."""
    words = (chunk.beside or {}).get("refusal")
    return words if isinstance(words, str) else ""


def arguments(text: str) -> Any:
    """A call's arguments as an object, as the model wrote them where it wrote one."""
    given = _loaded(text or "{}")
    return orjson.Fragment(text or "{}") if isinstance(given, dict) else {"arguments": given}


def _beside(beside: Mapping[str, Any]) -> Iterator[AnswerBlock]:
    if isinstance(thought := beside.get("reasoning_content") or beside.get("reasoning"), str):
        yield AnswerBlock(_thinking(), [("thinking", thought)])
    if isinstance(signature := beside.get("reasoning_signature"), str):
        yield AnswerBlock(_thinking(), [("signature", signature)])
    hidden = beside.get("redacted_thinking")
    for block in hidden if isinstance(hidden, list) else ():
        yield AnswerBlock(dict(block))
    if isinstance(words := beside.get("refusal"), str) and words:
        yield _text(words)


def _text(words: str) -> AnswerBlock:
    return AnswerBlock({"type": "text", "text": ""}, [("text", words)])


def _thinking() -> dict[str, Any]:
    """A thought that says nothing yet; what a model of another API thought stays without a signature."""
    return {"type": "thinking", "thinking": "", "signature": ""}


def _call(piece: ToolCallPiece) -> AnswerBlock:
    said = piece.extra or {}
    more = {name: value for name, value in said.items() if name not in (ANTHROPIC, "function")}
    head = {"type": "tool_use", "id": piece.id or f"toolu_{piece.position}", "name": piece.name or "", "input": {}}
    added = [("input", piece.arguments)] if piece.arguments else []
    return AnswerBlock(more | said.get(ANTHROPIC, {}) | head, added, piece.position)


def _loaded(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
