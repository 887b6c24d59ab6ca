"""Streams an answer as Anthropic's events.

Invariant: a block that was opened is closed before the next one opens, and before the message ends; blocks come in the
order in which they began. The last but one event says why it ended, what it took, and what happened.
"""

from typing import Any

import orjson

from router.api.surfaces.anthropic_messages.answer_blocks import AnswerBlock, BlockList, pieces, refusal
from router.api.surfaces.anthropic_messages.errors import error_body
from router.api.surfaces.anthropic_messages.render import frame, stopped, usage
from router.api.surfaces.openai_chat.render import disclosed
from router.decision.receipt import Exchange
from router.errors import ProviderError, RouterError
from router.types import Chunk, Receipt


class MessageEvents:
    """Encodes one answer, event by event."""

    def __init__(self, exchange: Exchange, served: str) -> None:
        self._exchange = exchange
        self._begun = False
        self._frame = frame(exchange, served)
        self._count = 0
        self._open: AnswerBlock | None = None
        self._calls: set[int] = set()
        self._waiting = BlockList()  # for the call that is open, whose pieces may come in turns with those of others
        self._refused = False

    def chunk(self, chunk: Chunk) -> bytes:
        """The events of one chunk."""
        events = [] if self._begun else [self._start()]
        for piece in pieces(chunk):
            events += self._take(piece)
        self._refused = self._refused or bool(refusal(chunk))
        return b"".join(events)

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The end: the last chunk, then what happened."""
        delta = {
            "type": "message_delta",
            "delta": stopped(chunk, refused=self._refused or bool(refusal(chunk))),
            "usage": usage(receipt.usage, receipt.notes),
            **disclosed(receipt, self._exchange),
        }
        ended = self.chunk(chunk)
        waiting = [event_bytes for block in self._waiting.blocks for event_bytes in self._begin(block)]
        return b"".join([ended, *waiting, *self._close()]) + event(delta) + event({"type": "message_stop"})

    def stream_error(self, error: ProviderError | RouterError, receipt: Receipt) -> bytes:
        """An event with Anthropic's envelope."""
        return event(error_body(error, self._exchange.request_id) | disclosed(receipt, self._exchange))

    def _start(self) -> bytes:
        """What was taken is known at the end; until then it is what was expected."""
        self._begun = True
        expected = {"input_tokens": self._exchange.features.input_tokens, "output_tokens": 0}
        return event({"type": "message_start", "message": self._frame | {"usage": expected}})

    def _take(self, piece: AnswerBlock) -> list[bytes]:
        """A piece goes on with the block that is open, or waits for it, or begins the next one."""
        if self._is_of_open(piece):
            return self._go_on(piece)
        if piece.position in self._calls:
            return []  # its arguments are whole
        if self._is_busy():
            self._waiting.take(piece)
            return []
        return self._begin(piece)

    def _is_of_open(self, piece: AnswerBlock) -> bool:
        return self._open is not None and self._open.goes_on_with(piece)

    def _is_busy(self) -> bool:
        """Whether more of the call that is open may come."""
        return self._open is not None and self._open.position is not None and not self._open.is_whole_call()

    def _go_on(self, piece: AnswerBlock) -> list[bytes]:
        events = [self._delta(delta) for delta in piece.deltas()]
        if self._open is not None and self._open.kind != "text":
            self._open.take(piece)
        while self._waiting.blocks and not self._is_busy():
            events += self._begin(self._waiting.blocks.pop(0))
        return events

    def _begin(self, block: AnswerBlock) -> list[bytes]:
        closed = self._close()
        self._open = block
        self._count += 1
        if block.position is not None:
            self._calls.add(block.position)
        start = {"type": "content_block_start", "index": self._count - 1, "content_block": block.start}
        return [*closed, event(start), *(self._delta(delta) for delta in block.deltas())]

    def _close(self) -> list[bytes]:
        if self._open is None:
            return []
        self._open = None
        return [event({"type": "content_block_stop", "index": self._count - 1})]

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return event({"type": "content_block_delta", "index": self._count - 1, "delta": delta})


def event(data: dict[str, Any]) -> bytes:
    """One server-sent event, which has the name of its type."""
    return b"event: %b\ndata: %b\n\n" % (data["type"].encode(), orjson.dumps(data))
