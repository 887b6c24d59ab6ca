"""Acknowledgements: an operator answers, in the log itself, for a step back of the clock that it shows for ever.

Invariant: only the step at one entry is acknowledged, by an entry that comes after it; nothing else can be.
"""

from typing import Any, NamedTuple

import orjson


class Acknowledgement(NamedTuple):
    """At which entry the clock stepped back, who answers for that, and why it did."""

    entry: int
    by: str
    because: str

    def body(self) -> bytes:
        """The record."""
        return orjson.dumps({"clock": self.entry, "by": self.by, "because": self.because})


def parse_acknowledgement(body: bytes) -> Acknowledgement | None:
    """What a record says, or None for one that a later version wrote."""
    try:
        fields: dict[str, Any] = dict(orjson.loads(body))
        return Acknowledgement(int(fields["clock"]), str(fields["by"]), str(fields["because"]))
    except (ValueError, TypeError, KeyError):
        return None
