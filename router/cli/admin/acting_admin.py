"""Who gives a command that changes something: the admin whose key is at hand, read without being asked for.

Invariant: a name in the ledger is that of a key that the ledger knows, never one that somebody wrote.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from router.api.http.admin_auth import GivenKey
from router.errors import Forbidden, Unauthorized
from router.keys.admin import Admin, Role
from router.keys.admin_key_file import key_file, make_private
from router.keys.admin_keyring import AdminKeyring
from router.keys.admin_store import AdminStore
from router.keys.secret import ADMIN_PREFIX
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.types import Author


@contextmanager
def opened(place: Place) -> Iterator[DatabaseLedger]:
    """The ledger, in a folder for its owner alone where it is kept in files; raises Unreachable."""
    if not place.url:
        make_private(place.folder)
    with closing(place.ledger()) as ledger:
        yield ledger


def admins_of(ledger: DatabaseLedger, place: Place) -> AdminKeyring:
    """The admins of an open ledger, as they are now; raises ConfigError."""
    keyring = AdminKeyring(AdminStore(ledger.log), ledger.salt, place.folder)
    keyring.look()
    return keyring


def acting(ledger: DatabaseLedger, place: Place, file: Path | None, because: str, needed: Role) -> Author:
    """The author of a change, by the key in a file, the environment or the data folder, made there at first.

    Raises Unauthorized, or Forbidden for a role that reaches less far.
    """
    keyring = admins_of(ledger, place)
    admin = _admin(keyring, file, place)
    if not admin.may(needed):
        raise Forbidden(f"The admin {admin.name!r} is {admin.role}; this is for {needed}s.")
    return Author(admin.name, "command", because)


def _admin(keyring: AdminKeyring, file: Path | None, place: Place) -> Admin:
    given = GivenKey(None, file).current() if file else os.environ.get("FUNGIBLE_ADMIN_KEY")
    # In the environment there may also be the key that a server was given, which the ledger doesn't know.
    if given is not None and (file is not None or given.startswith(ADMIN_PREFIX)):
        return keyring.authenticate(given)
    if (made := keyring.begin()) is not None:
        return made.admin
    if (own := keyring.own()) is not None:
        return own
    raise Unauthorized(
        f"{key_file(place.folder)} holds no admin key that is good: name a file with --admin-key-file, or put the key "
        "in $FUNGIBLE_ADMIN_KEY. Where all are lost, `fungible admin create NAME --rescue` makes an owner."
    )
