"""Parses server-sent events out of bytes, in whatever pieces they come.

Invariant: the same bytes give the same events however they are cut; no line and no event is held beyond `MOST_EVENT`.
"""

MOST_EVENT = 4 * 1024 * 1024


class TooLong(ValueError):
    """An event is longer than anything that a model says."""


class EventReader:
    """The data of events; names, ids and comments are of no use here, since the data says what it is."""

    def __init__(self) -> None:
        self._line = b""
        self._data: bytes | None = None

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of each event that is complete now; raises TooLong."""
        block = self._line + piece
        lines = (block.replace(b"\r\n", b"\n") if b"\r" in block else block).split(b"\n")
        self._line = lines.pop()
        events = []
        data = self._data
        for line in lines:
            if line.startswith(b"data:"):
                value = line[6:] if line.startswith(b"data: ") else line[5:]
                data = value if data is None else data + b"\n" + value
            elif not line and data is not None:
                events.append(data)
                data = None
        self._data = data
        if len(self._line) + len(data or b"") > MOST_EVENT:
            raise TooLong(f"an event of more than {MOST_EVENT:,} bytes")
        return events

    def rest(self) -> list[bytes]:
        """What a stream leaves that ends without a last empty line."""
        return self.feed(b"\n\n")
