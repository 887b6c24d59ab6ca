"""Counts the bytes of the large bodies that a server holds, so that many of them together have a bound too.

Invariant: what is taken is given back once; bodies up to `SMALL` are not counted, and never refused for the others.
"""

from router.errors import Overloaded
from router.serving.work.heavy_work import SMALL


class BodyRoom:
    """The room for large bodies, while they come in and until they are answered."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0

    def take(self, size: int) -> None:
        """Room for so many bytes; raises Overloaded where there is none."""
        if self.held + size > self._most:
            message = f"Large bodies of {self.held:,} bytes are being answered; the most is {self._most:,}."
            raise Overloaded(message, retry_after=1)
        self.held += size

    def grow(self, taken: int, size: int) -> int:
        """A body has grown to so many bytes, of which so many were taken; what is taken of it now."""
        if size <= SMALL:
            return 0
        self.take(size - taken)
        return size

    def give_back(self, size: int) -> None:
        """Some of it is free again."""
        self.held -= size
