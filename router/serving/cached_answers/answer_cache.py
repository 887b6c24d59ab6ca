"""Answers in memory, each for a time, the least recently given forgotten first.

Invariant: no more bytes are held than `most_bytes`, and nothing is ever written: what was said stays in this process.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from secrets import token_bytes
from sys import getsizeof
from typing import NamedTuple

from router.types import Chunk

MOST_OF_ONE = 1024 * 1024
"""A longer answer is not kept."""
_CHUNK_BYTES = 256
"""What a chunk takes beside its text: the tuple, its place in a list, and its small parts."""
_PER_CHARACTER = 8
"""What a character of nested data takes at most, as objects, of what it is as text."""


class KeptAnswer(NamedTuple):
    """An answer that may be given again: the receipt it came with, who gave it, when (in seconds), and until when."""

    receipt: str
    model: str
    chunks: tuple[Chunk, ...]
    since: float
    until: float
    size: int


class AnswerCache:
    """What one process keeps. `secret` makes its keys: they mean nothing to any other."""

    def __init__(self, most_bytes: int) -> None:
        self.secret = token_bytes(32)
        self.held_bytes = 0
        self._most_bytes = most_bytes
        self._kept: OrderedDict[bytes, KeptAnswer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: bytes, now: float, max_age_s: float | None = None) -> KeptAnswer | None:
        """What is kept under a key at a moment, and is not older than that; what is past its time is forgotten."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if not kept.since <= now < kept.until:
            self._forget(key)
            return None
        if max_age_s is not None and now - kept.since > max_age_s:
            return None
        self._kept.move_to_end(key)
        return kept

    def keep(self, key: bytes, answer: KeptAnswer) -> None:
        """Keep an answer in the place of any other under its key; one that is too large is not kept."""
        self._forget(key)
        if answer.size > min(MOST_OF_ONE, self._most_bytes):
            return
        self._kept[key] = answer
        self.held_bytes += answer.size
        while self.held_bytes > self._most_bytes:
            self._forget(next(iter(self._kept)))

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self.held_bytes = 0

    def _forget(self, key: bytes) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.held_bytes -= kept.size


def keepable(chunks: Sequence[Chunk], receipt: str, model: str, since: float, ttl_s: float) -> KeptAnswer | None:
    """An answer as it is kept, or None where it is not one to give again.

    That is one of which every choice came to its own end: it was not cut at a limit, filtered, or a call of a tool.
    """
    ends = [chunk.finish_reason for chunk in chunks if chunk.finish_reason]
    if not ends or any(end != "stop" for end in ends) or any(chunk.tool_call for chunk in chunks):
        return None
    *begun, last = _joined(chunks)
    whole = (*begun, last._replace(more=False))
    return KeptAnswer(receipt, model, whole, since, since + ttl_s, sum(map(_size, whole)))


def _joined(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same answer in as few pieces as say it, each but the last with word that more is here."""
    texts: list[str] = []
    index = 0
    for chunk in chunks:
        if texts and (chunk.index != index or not _is_text(chunk)):
            yield Chunk(index, "".join(texts), more=True)
            texts.clear()
        if _is_text(chunk):
            texts.append(chunk.text)
            index = chunk.index
        else:
            yield chunk._replace(more=True)
    if texts:
        yield Chunk(index, "".join(texts))


def _is_text(chunk: Chunk) -> bool:
    """Whether there is nothing but words in it."""
    return chunk._replace(index=0, text="", more=False) == Chunk()


def _size(chunk: Chunk) -> int:
    """About how many bytes a chunk takes, and not fewer."""
    nested = sum(len(repr(part)) for part in (chunk.beside, chunk.logprobs) if part)
    return _CHUNK_BYTES + getsizeof(chunk.text) + sum(map(getsizeof, chunk.notes)) + _PER_CHARACTER * nested
