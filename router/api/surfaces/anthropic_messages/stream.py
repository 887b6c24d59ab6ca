"""Streams an answer as Anthropic's events.

Invariant: a block that was opened is closed before the message ends; the last but one event says why it ended, what it
took, and what happened.
"""

from typing import Any

import orjson

from router.api.surfaces.anthropic_messages.errors import error_body
from router.api.surfaces.anthropic_messages.render import frame, opened, refusal, spoken, stopped, tool, usage
from router.api.surfaces.openai_chat.render import disclosed
from router.decision.receipt import Exchange
from router.errors import DeadlineExceeded, ProviderError
from router.types import Chunk, Receipt, ToolCallPiece


class MessageEvents:
    """Encodes one answer, event by event."""

    def __init__(self, exchange: Exchange, served: str) -> None:
        self._exchange = exchange
        self._begun = False
        self._frame = frame(exchange, served)
        self._blocks = 0
        self._open: tuple[int, str] | None = None
        self._calls: dict[int, int] = {}
        self._held: dict[int, list[ToolCallPiece]] = {}
        self._refused = False

    def chunk(self, chunk: Chunk) -> bytes:
        """The events of one chunk."""
        events = [] if self._begun else [self._start()]
        for kind, part, words in spoken(chunk):
            if self._open is None or self._open[1] != kind:
                events += self._begin(kind, opened(kind))
            events.append(self._delta(self._blocks - 1, {"type": f"{part}_delta", part: words}))
        if chunk.tool_call:
            events += self._call(chunk.tool_call)
        self._refused = self._refused or bool(refusal(chunk))
        return b"".join(events)

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The end: the last chunk, then what happened."""
        delta = {
            "type": "message_delta",
            "delta": stopped(chunk, refused=self._refused or bool(refusal(chunk))),
            "usage": usage(receipt.usage, receipt.notes),
            **disclosed(receipt),
        }
        ended = self.chunk(chunk)
        pieces = [piece for held in self._held.values() for piece in held]
        calls = [event_bytes for piece in pieces for event_bytes in self._call_events(piece)]
        return b"".join([ended, *calls, *self._close()]) + event(delta) + event({"type": "message_stop"})

    def stream_error(self, error: ProviderError | DeadlineExceeded, receipt: Receipt) -> bytes:
        """An event with Anthropic's envelope."""
        return event(error_body(error, self._exchange.request_id) | disclosed(receipt))

    def _start(self) -> bytes:
        """What was taken is known at the end; until then it is what was expected."""
        self._begun = True
        expected = {"input_tokens": self._exchange.features.input_tokens, "output_tokens": 0}
        return event({"type": "message_start", "message": self._frame | {"usage": expected}})

    def _begin(self, kind: str, block: dict[str, Any]) -> list[bytes]:
        closed = self._close()
        self._open = self._blocks, kind
        self._blocks += 1
        return [*closed, event({"type": "content_block_start", "index": self._open[0], "content_block": block})]

    def _close(self) -> list[bytes]:
        if self._open is None:
            return []
        index, self._open = self._open[0], None
        return [event({"type": "content_block_stop", "index": index})]

    def _call(self, piece: ToolCallPiece) -> list[bytes]:
        """The first call is sent as it comes, others at the end: their pieces may come in turns, and blocks may not."""
        if self._calls and piece.position not in self._calls:
            self._held.setdefault(piece.position, []).append(piece)
            return []
        return self._call_events(piece)

    def _call_events(self, piece: ToolCallPiece) -> list[bytes]:
        events = []
        if piece.position not in self._calls:
            self._calls[piece.position] = self._blocks
            events = self._begin("tool_use", tool(piece.id, piece.name, piece.position))
        if piece.arguments:
            delta = {"type": "input_json_delta", "partial_json": piece.arguments}
            events.append(self._delta(self._calls[piece.position], delta))
        return events

    def _delta(self, index: int, delta: dict[str, Any]) -> bytes:
        return event({"type": "content_block_delta", "index": index, "delta": delta})


def event(data: dict[str, Any]) -> bytes:
    """One server-sent event, which has the name of its type."""
    return b"event: %b\ndata: %b\n\n" % (data["type"].encode(), orjson.dumps(data))
