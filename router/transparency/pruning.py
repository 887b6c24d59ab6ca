"""Prunings: an operator says, in the log itself, of which receipts the bodies are gone, and what these came to.

Invariant: a pruning speaks of requests that were written before it; their entries, with the hashes of what is gone,
stay.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson


class Pruning(NamedTuple):
    """Which receipts are gone: those of entries below `entries` whose ids are below `end`, the first of a day.

    `before` is that day. `sums` are rows of a day and a model ("" where nobody answered), with counts, and
    micro-dollars as decimal text.
    """

    before: str
    end: str
    entries: int
    receipts: int
    by: str
    because: str
    sums: Sequence[Mapping[str, Any]] = ()

    def body(self) -> bytes:
        """The record."""
        return orjson.dumps(self._asdict())

    def covers(self, sequence: int, id: str) -> bool:  # noqa: A002
        """Whether the receipt of an entry may be gone by it."""
        return sequence < self.entries and id < self.end

    def sentence(self) -> str:
        """Who pruned what."""
        return f"{self.receipts:,} receipts before {self.before} were pruned by {self.by}: {self.because}"


def parse_pruning(body: bytes) -> Pruning | None:
    """What a record says, or None for one that a later version wrote."""
    try:
        fields: dict[str, Any] = dict(orjson.loads(body))
        texts = {name: str(fields[name]) for name in ("before", "end", "by", "because")}
        return Pruning(
            **texts, entries=int(fields["entries"]), receipts=int(fields["receipts"]), sums=list(fields["sums"])
        )
    except (ValueError, TypeError, KeyError):
        return None
