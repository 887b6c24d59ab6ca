"""Cuts what comes on a connection into heads and bodies, within limits, before the parser sees it.

Invariant: the parser gets whole heads, then the bytes of the body that belongs to them; no trailer and no chunk
extension ever reaches it. What this cuts and the parser reads must agree, which the connection checks at every end.
"""

import re
from collections.abc import Callable, Sequence

from router.errors import BadRequest, HeadTooLarge

MOST_TRAILERS = 8 * 1024
MOST_EXTENSIONS = 4 * 1024
"""Bytes of chunk extensions in one request."""
LONGEST_SIZE = 16
CHUNKS_AT_ONCE = 512
"""Chunks in one piece."""
_END = b"\r\n\r\n"
_BLANK = b"\r\n"
# No proxy may read another end into it: no bare CR or LF, and nothing unprintable.
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,%d})(;[\t\x20-\x7e\x80-\xff]*)?" % LONGEST_SIZE)
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*")
# Nothing yet, the first half of an empty line, or a method.
_BEGINS = re.compile(rb"\Z|\r\Z|[!#$%&'*+.^_`|~0-9A-Za-z-]")
_EMPTY_LINES = re.compile(rb"(?:\r\n)*")


class Framing:
    """The bytes of one connection; `next` gives pieces, of which each is parsed before the next is asked for."""

    def __init__(self, head_bytes: int) -> None:
        self._head_bytes = head_bytes
        self._data, self._at, self._seen = b"", 0, 0
        self._left = self._extensions = 0
        # One object, so that it is known again at a look.
        self._at_head: Callable[[], bytes | None] = self._head
        self._step = self._then = self._at_head

    @property
    def in_head(self) -> bool:
        """Whether what comes next belongs to a head."""
        return self._step is self._at_head

    @property
    def begun(self) -> bool:
        """Whether a part of a head has come."""
        return self.in_head and self.held > 0

    @property
    def held(self) -> int:
        """How many bytes wait here."""
        return len(self._data) - self._at

    def feed(self, data: bytes) -> None:
        """Take what has come."""
        if self._at < len(self._data):
            data = self._data[self._at :] + data
        self._seen = max(0, self._seen - self._at)
        self._data, self._at = data, 0

    def next(self) -> bytes | None:
        """What the parser gets next, or None where more must come first; raises BadRequest."""
        return self._step()

    def follow(self, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Go on with the body that a head announces; raises BadRequest for a coding that is not known."""
        self._extensions = 0
        # Two lengths, or a length beside a coding, the parser has refused.
        said = dict(headers)
        if b"transfer-encoding" in said:
            codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
            if codings[0] != b"chunked":
                raise BadRequest("The only transfer-encoding that is known here is `chunked`.")
            self._step = self._chunks
        elif (length := said.get(b"content-length")) is not None:
            self._left = int(length)
            self._then = self._at_head
            self._step = self._sized if self._left else self._at_head

    def _head(self) -> bytes | None:
        """A whole head."""
        # Older clients send an empty line after a body.
        self._at = _EMPTY_LINES.match(self._data, self._at).end()  # type: ignore[union-attr]
        if not _BEGINS.match(self._data, self._at):
            raise BadRequest("This is no HTTP request.")
        size = self._until_empty_line()
        if (size or self.held) > self._head_bytes:
            raise HeadTooLarge(f"The head of the request is larger than {self._head_bytes:,} bytes.")
        if size is None:
            return None
        head = self._take(size)
        if head.count(b"\n") != head.count(_BLANK) or head.count(b"\r") != head.count(_BLANK):
            raise BadRequest("The lines of a head end with CR and LF, and have neither inside.")
        return head

    def _until_empty_line(self) -> int | None:
        """The size of what an empty line ends, with that; None where it has not come."""
        end = self._data.find(_END, max(self._at, self._seen - len(_END)))
        self._seen = 0 if end >= 0 else len(self._data)
        if end < 0 and b"\n\n" in self._data[self._at : self._at + self._head_bytes]:
            raise BadRequest("The lines of a head end with CR and LF.")
        return end + len(_END) - self._at if end >= 0 else None

    def _take(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        self._at += size
        return piece

    def _sized(self) -> bytes | None:
        """A piece of what has a length."""
        piece = self._take(self._left)
        self._left -= len(piece)
        if not self._left:
            self._step = self._then
        return piece or None

    def _chunks(self) -> bytes | None:
        """As many plain chunks as have come, or one that has an extension, without it."""
        data, at, start = self._data, self._at, self._at
        for _ in range(CHUNKS_AT_ONCE):
            line = self._line(at)
            if line is None:
                break
            size, end, extended = line
            if extended or not size:
                return self._special(size, end, extended) if at == start else self._take(at - start)
            at = end + size + len(_BLANK)
            if at > len(data):
                self._left, self._then, self._step = at - len(data), self._chunks, self._sized
                at = len(data)
                break
        return self._take(at - start) or None

    def _line(self, at: int) -> tuple[int, int, int] | None:
        """The size of a chunk, where its data begins, and the size of its extension; None where it is not whole."""
        end = self._data.find(_BLANK, at)
        if end < 0:
            if len(self._data) - at > LONGEST_SIZE + MOST_EXTENSIONS:
                raise BadRequest(_EXTENDED)
            return None
        match = _CHUNK.fullmatch(self._data, at, end)
        if match is None:
            raise BadRequest("The size of a chunk of the body is not as HTTP has it.")
        return int(match[1], 16), end + len(_BLANK), len(match[2] or b"")

    def _special(self, size: int, end: int, extended: int) -> bytes | None:
        """The line of a chunk that is extended, or the last one, which trailers follow."""
        self._extensions += extended
        if self._extensions > MOST_EXTENSIONS:
            raise BadRequest(_EXTENDED)
        self._at = end
        if not size:
            self._step, self._seen = self._trailers, 0
            return self._trailers()
        self._left, self._then, self._step = size + len(_BLANK), self._chunks, self._sized
        return b"%x\r\n" % size

    def _trailers(self) -> bytes | None:
        """The end of a chunked body; whatever stands there is checked, and dropped."""
        if self._data.startswith(_BLANK, self._at):
            self._take(len(_BLANK))
        else:
            size = self._until_empty_line()
            if (size or self.held) > MOST_TRAILERS:
                raise HeadTooLarge(f"The trailers of the request are larger than {MOST_TRAILERS:,} bytes.")
            if size is None:
                return None
            if not all(map(_TRAILER.fullmatch, self._take(size)[: -len(_END)].split(_BLANK))):
                raise BadRequest("A trailer of the request is not as HTTP has it.")
        self._step = self._at_head
        return b"0\r\n\r\n"


_EXTENDED = f"The chunk extensions of the body are larger than {MOST_EXTENSIONS:,} bytes."
