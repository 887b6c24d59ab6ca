"""How long an answer is, so that one without an end has one, and one that is long is settled in a thread.

Invariant: measuring a chunk costs less than anything else that is done with it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from router.errors import ProviderError
from router.serving.limits import Limits
from router.serving.work.heavy_work import SMALL
from router.transparency.commitments import Sealed
from router.types import Chunk, Usage

CHUNKS_IN_A_ROW = 128
CHUNKS_AT_ONCE = 512
"""Up to so many chunks are settled on the spot."""


class Measured(NamedTuple):
    """What takes time in proportion to what was asked and said: tokens, commitments, beginnings of a conversation."""

    usage: Usage | None
    sealed: Sealed | None
    marks: Sequence[bytes] | None


class AnswerSize:
    """Characters, bytes and chunks of one answer so far."""

    __slots__ = ("_chunks", "_limits", "_size", "_sound")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._size = self._sound = self._chunks = 0

    @property
    def is_long(self) -> bool:
        """Whether counting, sealing or rendering it would hold up other requests."""
        return self._size + self._sound > SMALL or self._chunks > CHUNKS_AT_ONCE

    def add(self, chunk: Chunk) -> bool:
        """Count one chunk, and say whether so many came in a row that it is time to let others go on.

        Raises ProviderError where the answer is longer than any may be.
        """
        self._chunks = chunks = self._chunks + 1
        self._size += len(chunk.text)
        if chunk.tool_call is not None:
            self._size += len(chunk.tool_call.arguments)
        if chunk.beside:
            self._add_beside(chunk)
        if self._size > self._limits.answer_bytes:
            raise _too_long(f"{self._limits.answer_bytes:,} characters")
        if chunks > self._limits.answer_chunks:
            raise _too_long(f"{self._limits.answer_chunks:,} pieces")
        return chunks % CHUNKS_IN_A_ROW == 0

    def _add_beside(self, chunk: Chunk) -> None:
        for value in (chunk.beside or {}).values():
            if isinstance(value, str):
                self._size += len(value)
            elif isinstance(value, bytes | Sequence):
                # Sounds and vectors are bounded by the texts that they are made of.
                self._sound += len(value)


def _too_long(what: str) -> ProviderError:
    return ProviderError("cut_off", f"the answer is longer than {what}, which is the limit", code="too_long")
