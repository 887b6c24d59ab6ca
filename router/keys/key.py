"""An API key: its name, its grant, and the hashes of its secrets.

Invariant: a name is for ever: it is what receipts, budgets and rules know a key by, so it is never given twice, and
never changes. It holds no secret.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from router.config.key_grants import GrantWritten
from router.errors import BadRequest
from router.transparency.entry import ANONYMOUS, CALLER, LOG, POLICY, RAMP

Change = Literal["issued", "changed", "rotated", "revoked"]
State = Literal["valid", "expired", "revoked"]
# Under these names entries of the log are counted that belong to no key; whoever has no name is a `key_...`.
_TAKEN = frozenset({ANONYMOUS, CALLER, LOG, POLICY, RAMP})
_HASHED = "key_"
_NAME = re.compile(r"\w[\w.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a secret: a keyed hash, its first characters, and until when it is good, where that is known."""

    digest: str
    shown: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key. `secrets` are those that are good, or were until it was rotated; `changes` counts what became of it."""

    name: str
    created: datetime
    grant: GrantWritten
    secrets: tuple[Kept, ...]
    revoked: datetime | None = None
    changes: int = 0

    def state(self, now: datetime) -> State:
        """Whether it is good now."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.grant.expires is not None and self.grant.expires <= now else "valid"


def checked_name(name: str) -> str:
    """A name that a key may have, in one spelling; raises BadRequest."""
    name = unicodedata.normalize("NFC", name)
    if not _NAME.fullmatch(name):
        sentence = (
            f"{name!r} can't name a key: use letters, digits and '_', after the first '.' and '-' too, 64 at most."
        )
        raise BadRequest(sentence, param="name")
    if name in _TAKEN or name.startswith(_HASHED):
        raise BadRequest(f"{name!r} can't name a key: the log keeps that word for itself.", param="name")
    return name
