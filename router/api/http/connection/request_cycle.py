"""One request on a connection and its answer: uvicorn's, with less to do for each header and each piece of a body.

Invariant: what is sent is what uvicorn would send, in fewer writes; whatever is unusual is left to it.
"""

from operator import itemgetter
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HEADER_RE, STATUS_LINE, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, HTTPResponseBodyEvent, HTTPResponseStartEvent

MOST_NAMES = 1024
"""Names of headers that are remembered as good."""
# Those that say in how many pieces a body comes, and what becomes of the connection.
_FRAMING = frozenset({b"transfer-encoding", b"connection"})
_LENGTH, _CHUNKED = b"content-length", (b"transfer-encoding", b"chunked")
_NAME = itemgetter(0)
# What no value may hold beside the ends of lines, which are counted.
_BARRED = bytes([*range(9), 11, 12, *range(14, 32), 127])
_WITHOUT_BODY = frozenset({204, 304})
_LAST_CHUNK = b"0\r\n\r\n"
_good_names: set[bytes] = set()


class RequestCycle(RequestResponseCycle):
    """Takes a request to the application, and its answer to the connection."""

    # Whether the head was written here, so that the body is, too; and a head that waits for the first of its body.
    _plain = False
    _waiting = b""

    async def send(self, message: "ASGISendEvent") -> None:
        """Send a part of the answer; raises RuntimeError for one that is out of turn, or no header."""
        if not (self.flow.write_paused or self.disconnected or self.access_log):
            if message["type"] == "http.response.start" and not self.response_started:
                head = self._head(message)
                if head is not None:
                    self.response_started, self.waiting_for_100_continue = True, False
                    self._plain, self._waiting = True, head
                    return
            elif self._plain and message["type"] == "http.response.body" and self._body(message):
                return
        if self._waiting and not self.disconnected:
            head, self._waiting = self._waiting, b""
            self.transport.write(head)
        await super().send(message)

    def _head(self, message: "HTTPResponseStartEvent") -> bytes | None:
        """The head of an answer on a connection that stays, with a length or in chunks; None for any other.

        None for a wrong one, too.
        """
        lines = [*self.default_headers, *message.get("headers", ())]
        names = [*map(_NAME, lines)]
        if not self.keep_alive or not (_good_names.issuperset(names) or all(map(_is_usual, names))):
            return None
        lengths = names.count(_LENGTH)
        if lengths:
            said = lines[names.index(_LENGTH)][1]
            if lengths > 1 or not said.isdigit():
                return None
            length = int(said)
        elif self.scope["method"] == "HEAD" or message["status"] in _WITHOUT_BODY:
            return None
        else:
            lines.append(_CHUNKED)
            length = 0
        head = b"%b%b\r\n\r\n" % (STATUS_LINE[message["status"]], b"\r\n".join(map(b": ".join, lines)))
        ends = len(lines) + 2
        if head.count(b"\n") != ends or head.count(b"\r") != ends or len(head.translate(None, _BARRED)) != len(head):
            return None
        self.expected_content_length, self.chunked_encoding = length, not lengths
        return head

    def _body(self, message: "HTTPResponseBodyEvent") -> bool:
        """Write a piece of the body, the first with its head; whether it is one that fits, in an answer under way."""
        body, more = message.get("body", b""), message.get("more_body", False)
        if self.response_complete or self.scope["method"] == "HEAD":
            return False
        if self.chunked_encoding:
            piece = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                piece += _LAST_CHUNK
        else:
            left = self.expected_content_length - len(body)
            if left < 0 or (left and not more):
                return False
            self.expected_content_length, piece = left, body
        # One write for both: each is a call of the system, and may wake the client for half an answer.
        head, self._waiting = self._waiting, b""
        self.transport.write(head + piece if head else piece)
        if not more:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                # The server has begun to stop meanwhile.
                self.transport.close()
            self.on_response()
        return True

    async def receive(self) -> "ASGIReceiveEvent":
        """The next part of the body: at once, where all of it is there."""
        if self.more_body or self.disconnected or self.response_complete or self.waiting_for_100_continue:
            return await super().receive()
        self.flow.resume_reading()
        self.message_event.clear()
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": False}


def _is_usual(name: bytes) -> bool:
    """Whether it is a header's name, in small letters, and none of those that need more than to be written."""
    if name in _good_names:
        return True
    if name in _FRAMING or HEADER_RE.search(name) or not name or name != name.lower():
        return False
    if len(_good_names) < MOST_NAMES:
        _good_names.add(name)
    return True
