"""One request on a connection and its answer: uvicorn's, with less to do for each header and for a body that is there.

Invariant: what is sent is what uvicorn would send; whatever is unusual is left to it.
"""

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HEADER_RE, STATUS_LINE, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, HTTPResponseStartEvent

MOST_NAMES = 1024
"""Names of headers that are remembered as good."""
# Those that say how long a body is, and what becomes of the connection.
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection"})
# What no value may hold beside the ends of lines, which are counted.
_BARRED = bytes([*range(9), 11, 12, *range(14, 32), 127])
_good_names: set[bytes] = set()


class RequestCycle(RequestResponseCycle):
    """Takes a request to the application, and its answer to the connection."""

    async def send(self, message: "ASGISendEvent") -> None:
        """Send a part of the answer; raises RuntimeError for one that is out of turn, or no header."""
        if message["type"] == "http.response.start" and not (self.response_started or self.disconnected):
            head = None if self.flow.write_paused or self.access_log else self._head(message)
            if head is not None:
                self.response_started, self.waiting_for_100_continue = True, False
                self.transport.write(head)
                return
        await super().send(message)

    def _head(self, message: "HTTPResponseStartEvent") -> bytes | None:
        """The head of an answer with a length, on a connection that stays; None for any other, and for a wrong one."""
        length, lines = None, [STATUS_LINE[message["status"]]]
        for name, value in (*self.default_headers, *message.get("headers", ())):
            if name not in _good_names and not _is_usual(name):
                if name != b"content-length" or length is not None or not value.isdigit():
                    return None
                length = int(value)
            lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n")
        head = b"".join(lines)
        ends = len(lines) // 4 + 2
        if length is None or not self.keep_alive or head.count(b"\n") != ends or head.count(b"\r") != ends:
            return None
        if len(head.translate(None, _BARRED)) != len(head):
            return None
        self.expected_content_length, self.chunked_encoding = length, False
        return head

    async def receive(self) -> "ASGIReceiveEvent":
        """The next part of the body: at once, where all of it is there."""
        if self.more_body or self.disconnected or self.response_complete or self.waiting_for_100_continue:
            return await super().receive()
        self.flow.resume_reading()
        self.message_event.clear()
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": False}


def _is_usual(name: bytes) -> bool:
    """Whether it is a header's name, in small letters, that says nothing of the body's length."""
    if name in _FRAMING or HEADER_RE.search(name) or not name or name != name.lower():
        return False
    if len(_good_names) < MOST_NAMES:
        _good_names.add(name)
    return True
