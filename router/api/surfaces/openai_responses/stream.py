"""Streams an answer as the API's typed events, each numbered.

Invariant: an answer begins with `response.created` and `response.in_progress` and ends with one of
`response.completed`, `response.incomplete` and `response.failed`, whose response says what happened; `sequence_number`
leaves no gap.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from router.api.surfaces.openai_responses.conversations import Conversation
from router.api.surfaces.openai_responses.output_items import Event, Output
from router.api.surfaces.openai_responses.render import begun, ended, failed, is_complete
from router.api.surfaces.openai_responses.sealed_thoughts import wants_sealed
from router.api.surfaces.openai_responses.tools import ToolTable
from router.decision.receipt import Exchange
from router.errors import ProviderError, RouterError
from router.types import Chunk, Receipt

_DELTA = (
    b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"%b","output_index":%d,'
    b'"content_index":%d,"logprobs":[],"sequence_number":'
)
_TEXT = b'%b%d,"delta":%b}\n\n'


class ResponseEvents:
    """A stream of events."""

    def __init__(
        self,
        body: Mapping[str, Any],
        tools: ToolTable,
        exchange: Exchange,
        served: str,
        conversation: Conversation | None = None,
    ) -> None:
        self._exchange = exchange
        self._start = begun(body, exchange, served, conversation)
        self._conversation = conversation
        self._output = Output(exchange.id, tools, seals=wants_sealed(body))
        self._number = 0
        self._head = b""  # of the events of the text that is under way
        self._pieces: list[str] = []

    def chunk(self, chunk: Chunk) -> bytes:
        """The events of one chunk; most are a piece of text, which is put between what never changes."""
        index, text, tool_call, _, _, _, beside, logprobs, _ = chunk
        if text and self._head and not (tool_call or beside or logprobs or index):
            self._pieces.append(text)
            number, self._number = self._number, self._number + 1
            return _TEXT % (self._head, number, orjson.dumps(text))
        events = self._encode(*self._first(), *self._output.take(chunk))
        self._prepare()
        return events

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The last chunk, the end of all that was under way, and the whole answer."""
        reason = chunk.finish_reason or "stop"
        events = [*self._first(), *self._output.take(chunk), *self._output.end(whole=is_complete(reason))]
        response = ended(self._start, self._exchange, receipt, self._output, reason)
        if self._conversation:
            self._conversation.keep(response)
        return self._encode(*events, {"type": f"response.{response['status']}", "response": response})

    def stream_error(self, error: ProviderError | RouterError, receipt: Receipt) -> bytes:
        """The answer as far as it was said, with the error."""
        self._output.break_off()
        response = failed(self._start, self._exchange, receipt, self._output, error)
        return self._encode(*self._first(), {"type": "response.failed", "response": response})

    def _first(self) -> list[Event]:
        """The two events before all others."""
        if self._number:
            return []
        return [{"type": f"response.{step}", "response": self._start} for step in ("created", "in_progress")]

    def _encode(self, *events: Event) -> bytes:
        encoded = []
        for event in events:
            data = orjson.dumps({**event, "sequence_number": self._number})
            encoded.append(b"event: %b\ndata: %b\n\n" % (event["type"].encode(), data))
            self._number += 1
        return b"".join(encoded)

    def _prepare(self) -> None:
        """Make ready for more of the same text."""
        self._head, item = b"", self._output.saying
        if item and item.parts and item.parts[-1].kind == "output_text":
            self._pieces = item.parts[-1].pieces
            self._head = _DELTA % (item.id.encode(), item.place, len(item.parts) - 1)
