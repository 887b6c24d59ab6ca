"""Reads JSON whose texts were cut in the middle of a character, and puts its halves together again.

Invariant: every text that leaves here is valid Unicode; half a character whose other half never comes becomes U+FFFD,
or, at the very end of an answer, nothing.
"""

import json
from codecs import BOM_UTF8, IncrementalDecoder, getincrementaldecoder
from typing import Any

Place = tuple[str | int, ...]
# An escape such as \ud83d is half a character of this, a byte that is none of UTF-8 a part of one of that.
_HALVES = "utf-16-le"
_BYTES = "utf-8"


class CutText:
    """Reads the parts of one answer, in their order. Where nothing was cut, nobody needs it."""

    def __init__(self) -> None:
        # Where half a character is still to come.
        self.open: dict[Place, IncrementalDecoder] = {}
        self._encoding = _HALVES

    def loads(self, data: bytes) -> Any:
        """The JSON of the next part, where it is in order but for its texts; raises ValueError."""
        data = data.removeprefix(BOM_UTF8)
        try:
            text, self._encoding = data.decode(), _HALVES
        except UnicodeDecodeError:
            text, self._encoding = data.decode(errors="surrogateescape"), _BYTES
        try:
            return self.mended(json.loads(text))
        except RecursionError:
            raise ValueError("too deep") from None

    def mended(self, value: Any, place: Place = ()) -> Any:
        """The next part with whole characters; the beginning of one waits for the part that goes on with it."""
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, list):
            return [self.mended(item, (*place, number)) for number, item in enumerate(value)]
        if isinstance(value, dict):
            return {self._text(key, ()): self.mended(item, (*place, key)) for key, item in value.items()}
        return value

    def _text(self, text: str, place: Place) -> str:
        decoder = self.open.pop(place, None)
        if decoder is None and not any("\ud800" <= letter <= "\udfff" for letter in text):
            return text
        if decoder is None:
            decoder = getincrementaldecoder(self._encoding)("replace")
        whole = decoder.decode(_raw(text, self._encoding), final=not place)
        if decoder.getstate()[0]:
            self.open[place] = decoder
        return whole


def _raw(text: str, encoding: str) -> bytes:
    if encoding == _HALVES:
        return text.encode(_HALVES, "surrogatepass")
    try:
        return text.encode(_BYTES, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode(_BYTES, "replace")
