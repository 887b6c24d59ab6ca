"""An admin: a name, a role, and the hash of the key that says so.

    viewer   reads what the admin routes tell
    editor   changes policies and ramps, too
    owner    makes, changes and ends keys and admins, too

Invariant: a name is for ever, since the ledger knows an admin by it: it is never given twice. It holds no secret.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from router.errors import BadRequest
from router.keys.key import Kept, checked_name

Role = Literal["viewer", "editor", "owner"]
ROLES: tuple[Role, ...] = get_args(Role)
AdminChange = Literal["issued", "rotated", "revoked"]
GIVEN = "admin"
"""The owner whose key an operator gave to a server, in its environment or a file."""
LOCAL = "local"
"""The owner whose key lies in the data folder of a machine; a second machine's is `local-2`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """An admin; `changes` counts what became of its key."""

    name: str
    role: Role
    created: datetime
    secret: Kept | None = None
    revoked: datetime | None = None
    changes: int = 0

    def may(self, needed: Role) -> bool:
        """Whether its role reaches that far."""
        return ROLES.index(self.role) >= ROLES.index(needed)


def checked_admin_name(name: str) -> str:
    """A name that an admin may have, in one spelling; raises BadRequest."""
    name = checked_name(name)
    if name == GIVEN:
        raise BadRequest(f"{name!r} is whoever has the key that the server was given: take another.", param="name")
    return name


def checked_role(role: object) -> Role:
    """A role; raises BadRequest."""
    for known in ROLES:
        if role == known:
            return known
    raise BadRequest(f"role: {role!r} is none of {', '.join(ROLES)}.", param="role")
