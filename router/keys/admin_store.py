"""Stores admins as records of the log.

Invariant: nobody is an admin who is not in the log.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from router.keys.admin import Admin, AdminChange
from router.keys.change_store import ChangeStore
from router.types import Author


@dataclass(frozen=True, slots=True)
class AdminChanged:
    """What became of an admin: by whom, when and why, and the admin as it was from then on."""

    change: AdminChange
    time: datetime
    author: Author
    admin: Admin


class AdminStore(ChangeStore[AdminChanged]):
    """The admins of one ledger."""

    kind, called, shape = "admin", "an admin", TypeAdapter(AdminChanged)

    def holder(self, changed: AdminChanged) -> Admin:
        """The admin as it was from then on."""
        return changed.admin
