"""Parses server-sent events out of bytes, in whatever pieces they come.

Invariant: the same bytes give the same events however they are cut; no line and no event is held beyond `MOST_EVENT`,
and none is looked through again for each piece that it comes in.
"""

from codecs import BOM_UTF8

MOST_EVENT = 2 * 1024 * 1024
_END, _DATA = b"\n\n", b"data: "


class TooLong(ValueError):
    """An event is longer than anything that a model says."""


class EventReader:
    """The data of events; names, ids and comments are of no use here, since the data says what it is."""

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._line_size = self._data_size = 0
        self._begun = False
        self._after_return = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of each event that is complete now; raises TooLong."""
        piece = self._with_plain_ends(piece)
        events: list[bytes] = []
        if self._line or self._data or not self._begun:
            # As far as the end of the event that is under way.
            end = piece.find(_END) + len(_END)
            if end < len(_END):
                return self._lines(piece)
            events, piece = self._lines(piece[:end]), piece[end:]
        whole, end_, rest = piece.rpartition(_END)
        if end_:
            lines = whole.split(_END)
            if _are_plain(whole, len(lines)):
                events += [line[len(_DATA) :] for line in lines]
                piece = rest
        return events + self._lines(piece) if piece else events

    def _lines(self, piece: bytes) -> list[bytes]:
        """The same line by line, whatever the lines are."""
        if b"\n" not in piece:
            self._begin(piece)
            return []
        lines = (b"".join([*self._line, piece]) if self._line else piece).split(b"\n")
        self._line, self._line_size = [], 0
        if not self._begun:
            self._begun = True
            lines[0] = lines[0].removeprefix(BOM_UTF8)
        rest = lines.pop()
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                self._add(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line and self._data:
                events.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data, self._data_size = [], 0
        if rest:
            self._begin(rest)
        return events

    def _with_plain_ends(self, piece: bytes) -> bytes:
        """The piece with one kind of line end; a return may be the whole of one, or half."""
        if self._after_return and piece.startswith(b"\n"):
            piece = piece[1:]
            self._after_return = False
        if piece:
            self._after_return = piece.endswith(b"\r")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece

    def _begin(self, piece: bytes) -> None:
        """Keep the beginning of a line until the rest comes."""
        if piece:
            self._line.append(piece)
        self._line_size += len(piece)
        self._refuse_too_long()

    def _add(self, value: bytes) -> None:
        """Keep a line of data until its event is complete."""
        self._data.append(value)
        self._data_size += len(value) + 1
        self._refuse_too_long()

    def _refuse_too_long(self) -> None:
        if self._line_size + self._data_size > MOST_EVENT:
            raise TooLong(f"an event of more than {MOST_EVENT:,} bytes")

    def rest(self) -> list[bytes]:
        """What a stream leaves that ends without a last empty line."""
        return self.feed(b"\n\n")


def _are_plain(events: bytes, count: int) -> bool:
    """Whether each of some whole events is one line of data, as most are: then to part them is to read them."""
    return (
        events.startswith(_DATA)
        and events.count(_END + _DATA) == count - 1
        and events.count(b"\n") == len(_END) * (count - 1)
    )
