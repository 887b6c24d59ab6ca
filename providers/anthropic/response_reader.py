"""Reads an answer of Anthropic's Messages API into chunks, whole or in events.

Invariant: there is one answer, number 0; every call's arguments are JSON text. Thinking is passed on beside the text as
`reasoning_content`, the word that clients of OpenAI's API look for, its signature after it, and hidden thinking as it
came, each in its order.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from providers.upstream.response_reader import Hide, Json, ResponseReader, strange_shape
from providers.upstream.usage import counted, number, written
from router.types import Chunk, ToolCallPiece
from router.types.chat import ANTHROPIC

_OF_CALL = frozenset({"type", "id", "name", "input"})


class MessageEvents(ResponseReader):
    """Reads one answer of the Messages API."""

    def __init__(self, name: str, notes: tuple[str, ...], hide: Hide) -> None:
        super().__init__(name, notes, hide)
        self._counts: Json = {}
        self._calls: dict[Any, int] = {}
        self._empty: set[Any] = set()
        self._written = 0  # to a cache

    def whole(self, body: bytes) -> list[Chunk]:
        """The chunks of a message."""
        message = self.json_object(body, "an answer")
        chunks: list[Chunk] = []
        try:
            self.name_of(message)
            for number_, block in enumerate(message["content"]):
                self._begin(chunks, number_, block)
                self._end(chunks, number_, block.get("input"))
        except (AttributeError, KeyError, TypeError):
            raise strange_shape() from None
        self._stop(chunks, message.get("stop_reason") or "end_turn", message.get("stop_sequence"))
        self._count(message.get("usage"))
        return self.with_end(chunks)

    def events(self, payloads: Iterable[bytes]) -> list[Chunk]:
        """The chunks of some events."""
        chunks: list[Chunk] = []
        for payload in payloads:
            event = self.json_object(payload, "an event")
            try:
                self._event(chunks, event)
            except (AttributeError, KeyError, TypeError):
                raise strange_shape() from None
            if self.done:
                return self.with_end(chunks)
        return self.noted(chunks)

    def _event(self, chunks: list[Chunk], event: Json) -> None:
        """One event, by its type; those that nobody knows say nothing that matters."""
        kind = event.get("type")
        if kind == "content_block_delta":
            self._add(chunks, event.get("index"), event["delta"])
        elif kind == "message_start":
            self.name_of(event["message"])
            self._count(event["message"].get("usage"))
        elif kind == "content_block_start":
            self._begin(chunks, event.get("index"), event["content_block"])
        elif kind == "content_block_stop":
            self._end(chunks, event.get("index"), {})
        elif kind == "message_delta":
            self._count(event.get("usage"))
            if reason := event["delta"].get("stop_reason"):
                self._stop(chunks, reason, event["delta"].get("stop_sequence"))
        elif kind == "message_stop":
            self.done = True

    def _begin(self, chunks: list[Chunk], key: Any, block: Json) -> None:
        """A block begins, or stands there whole."""
        kind = block.get("type")
        if kind == "tool_use":
            position = self._calls[key] = len(self._calls)
            self._empty.add(key)
            more = {key: value for key, value in block.items() if key not in _OF_CALL and value is not None}
            id_, name = str(block.get("id") or f"call_{position}"), str(block.get("name") or "")
            piece = ToolCallPiece(position, id_, name, extra={ANTHROPIC: more} if more else None)
            chunks.append(Chunk(tool_call=piece, more=True))
        elif kind in ("text", "thinking"):
            if text := block.get(kind):
                self._say(chunks, kind, text)
            self._sign(chunks, block.get("signature"))
        elif kind == "redacted_thinking":
            chunks.append(Chunk(beside={kind: [block]}, more=True))
        self.begun = True

    def _add(self, chunks: list[Chunk], key: Any, delta: Json) -> None:
        kind = delta.get("type")
        if kind == "text_delta":
            self._say(chunks, "text", delta["text"])
        elif kind == "thinking_delta":
            self._say(chunks, "thinking", delta["thinking"])
        elif kind == "signature_delta":
            self._sign(chunks, delta["signature"])
        elif kind == "input_json_delta" and (piece := delta["partial_json"]):
            self._empty.discard(key)
            chunks.append(Chunk(tool_call=ToolCallPiece(self._calls[key], arguments=piece), more=True))

    def _end(self, chunks: list[Chunk], key: Any, arguments: object) -> None:
        """A block ends; a call that was given no arguments in pieces has them here, or has none."""
        if key in self._empty:
            self._empty.discard(key)
            text = orjson.dumps(arguments or {}).decode()
            chunks.append(Chunk(tool_call=ToolCallPiece(self._calls[key], arguments=text), more=True))

    def _say(self, chunks: list[Chunk], kind: str, text: str) -> None:
        if kind == "text":
            chunks.append(Chunk(text=text + "", more=True))
        else:
            chunks.append(Chunk(beside={"reasoning_content": text + ""}, more=True))
        self.begun = True

    def _sign(self, chunks: list[Chunk], signature: object) -> None:
        """What a thought is signed with, without which that API takes none of it back."""
        if isinstance(signature, str) and signature:
            chunks.append(Chunk(beside={"reasoning_signature": signature}, more=True))

    def _stop(self, chunks: list[Chunk], given: object, stop: object = None) -> None:
        reason = self.reason(given, calls=bool(self._calls))
        beside = {"stop_sequence": stop} if isinstance(stop, str) else None
        chunks.append(Chunk(finish_reason=reason, beside=beside, more=True))
        self.begun = True

    def _count(self, counts: object) -> None:
        """Counts come in parts and grow."""
        if not isinstance(counts, dict):
            return
        self._counts |= {name: value for name, value in counts.items() if value is not None}
        fresh, read = (number(self._counts, name) for name in ("input_tokens", "cache_read_input_tokens"))
        to_cache = written(self._counts)
        given = number(self._counts, "output_tokens")
        thought = number(self._counts, "output_tokens_details", "thinking_tokens")
        self._written = sum(to_cache or ())
        taken = None if fresh is None or read is None else fresh + read + self._written
        self.used = counted(taken, given, read, thought, to_cache)

    def ended(self) -> list[Chunk]:
        """The usage and the last notes."""
        if self._written:
            self.note("cache_written", self._written)
        if self.used is None and self._counts:
            self.note("usage", "what the backend said is no count")
        return super().ended()
