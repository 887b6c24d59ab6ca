"""Stores API keys as records of the log.

Invariant: no key is in force that is not in the log.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter

from router.keys.change_store import ChangeStore
from router.keys.key import Change, Key
from router.types import Author


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a key: by whom, when and why, and the key as it was from then on."""

    change: Change
    time: datetime
    author: Author
    key: Key


class KeyStore(ChangeStore[Changed]):
    """The keys of one ledger."""

    kind, called, shape = "caller", "a key", TypeAdapter(Changed)

    def holder(self, changed: Changed) -> Key:
        """The key as it was from then on."""
        return changed.key


def now() -> datetime:
    """This moment, to the second, which is the resolution of times in keys."""
    return datetime.now(UTC).replace(microsecond=0)
