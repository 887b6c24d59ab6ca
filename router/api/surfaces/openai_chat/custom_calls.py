"""Turns calls of functions that stand for custom tools back into calls of these.

Invariant: a custom tool's call is told once its input is whole, and before its choice ends; every other chunk passes as
it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from router.types import ChatRequest, Chunk, ToolCallPiece
from router.types.chat import CustomTool
from router.types.custom_tools import custom_input


def custom_names(request: ChatRequest) -> frozenset[str]:
    """The names of the custom tools of a request."""
    return frozenset(tool.custom.name for tool in request.tools or () if isinstance(tool, CustomTool))


class CustomCalls:
    """The calls of one answer."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._open: dict[tuple[int, int], ToolCallPiece] = {}

    def take(self, chunk: Chunk) -> Iterator[Chunk]:
        """What is known now; the last chunk that comes of one ends what it ended."""
        piece = chunk.tool_call
        if piece is not None and not piece.plain and self._keep(chunk.index, piece):
            chunk = chunk._replace(tool_call=None)
            if not (chunk.text or chunk.beside or chunk.finish_reason or chunk.logprobs):
                return
        if chunk.finish_reason:
            for key in [key for key in self._open if key[0] == chunk.index]:
                whole = self._open.pop(key)
                arguments = custom_input(whole.arguments) if whole.arguments else ""
                yield Chunk(chunk.index, tool_call=replace(whole, arguments=arguments, plain=True), more=True)
        yield chunk

    def _keep(self, index: int, piece: ToolCallPiece) -> bool:
        """Whether a piece is of a call that waits for its end."""
        key = index, piece.position
        if before := self._open.get(key):
            self._open[key] = replace(before, arguments=before.arguments + piece.arguments)
            return True
        if piece.name in self._names:
            self._open[key] = piece
            return True
        return False


def customised(request: ChatRequest, chunks: Iterable[Chunk]) -> Iterable[Chunk]:
    """The chunks of a whole answer; the same ones where the request has no custom tools."""
    if not (names := custom_names(request)):
        return chunks
    calls = CustomCalls(names)
    return [piece for chunk in chunks for piece in calls.take(chunk)]
