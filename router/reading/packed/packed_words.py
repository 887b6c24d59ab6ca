"""Words and a number of each, as a mapping that lies in two arrays.

Invariant: it says what a dictionary of the same words says. A dictionary of 88,000 words takes 13 MB, since each word
is an object; this takes the letters and the numbers, and a lookup takes a microsecond. So whoever looks a word up
oftener remembers what was found.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

STEP = 16
"""Every so many words one is an object: among these the place is sought first."""
_END = b"\n"
Number = TypeVar("Number", int, float)


class PackedWords(Mapping[str, Number]):
    """Words to numbers; `letters` holds the words, one a line, in the order of their code points."""

    def __init__(self, letters: bytes, numbers: NDArray[Any]) -> None:
        """Raises ValueError where there is not a number for each word, or where words are not in order."""
        self._text: bytes = _END + letters + _END if len(numbers) else _END
        ends = np.flatnonzero(np.frombuffer(self._text, np.uint8) == _END[0])
        if len(ends) != len(numbers) + 1:
            raise ValueError(f"there are {len(ends) - 1} words, and {len(numbers)} numbers of them")
        starts: list[int] = ends[:-1:STEP].tolist()
        stops: list[int] = ends[1::STEP].tolist()
        self._heads: list[bytes] = [self._text[start + 1 : stop] for start, stop in zip(starts, stops, strict=True)]
        if sorted(self._heads) != self._heads:
            raise ValueError("the words are not in order")
        # One more, so that the last words end where the text does.
        self._starts = [*(starts or [0]), int(ends[-1])]
        self._numbers = np.require(numbers, requirements=["C_CONTIGUOUS", "ALIGNED"])
        self._number_at: memoryview[Any] = self._numbers.data

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process gets the letters and the numbers."""
        return PackedWords, (self._text[1:-1], self._numbers)

    def get(self, word: str, default: Any = None) -> Any:
        """The number of a word."""
        key = _bytes(word)
        block = max(0, bisect_right(self._heads, key) - 1)
        start = self._starts[block]
        place = self._text.find(_END + key + _END, start, self._starts[block + 1] + 1)
        if place < 0 or _END in key:
            return default
        return self._number_at[block * STEP + self._text.count(_END, start, place)]

    def __getitem__(self, word: str) -> Number:
        number = self.get(word)
        if number is None:
            raise KeyError(word)
        return cast(Number, number)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.get(word) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._text[1:-1].decode().split("\n") if len(self) else ())

    def __len__(self) -> int:
        return len(self._numbers)

    def at_least(self, least: float) -> Iterator[tuple[str, Number]]:
        """The words whose number is so much or more."""
        for word, number in zip(self, self._number_at, strict=True):
            if number >= least:
                yield word, number

    def below(self, start: str) -> dict[str, Number]:
        """What follows this in the words that begin with it, and the numbers of those words."""
        key, found = _END + _bytes(start), dict[str, Number]()
        block = max(0, bisect_right(self._heads, key[1:]) - 1)
        # The first that begins so is in this block, or it is the next one's head.
        limit = self._starts[min(block + 1, len(self._heads))] + len(key)
        place = -1 if _END in key[1:] else self._text.find(key, self._starts[block], limit)
        row = block * STEP + self._text.count(_END, self._starts[block], max(place, 0))
        while place >= 0 and row < len(self) and self._text.startswith(key, place):
            end = self._text.index(_END, place + 1)
            found[self._text[place + len(key) : end].decode()] = self._number_at[row]
            place, row = end, row + 1
        return found


def pack(numbers: Mapping[str, Number], kind: type[np.generic] = np.float32) -> PackedWords[Number]:
    """The same words and numbers, packed; the numbers as `kind` has them."""
    words = sorted(numbers)
    return PackedWords(letters(words), np.array([numbers[word] for word in words], kind))


def letters(words: list[str]) -> bytes:
    """The words in order, as they are packed."""
    return "\n".join(words).encode()


def _bytes(word: str) -> bytes:
    # What came out of JSON may hold half a character.
    return word.encode(errors="surrogatepass")
