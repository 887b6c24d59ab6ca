"""Authenticates admin keys; makes, rotates and revokes them.

Invariant: the ledger is looked at whenever a key of the right form is shown, so that a rotated or revoked one is
refused at once, wherever that was done; there is always an owner left.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from itertools import count
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import NamedTuple

from router.errors import ConfigError, Conflict, FungibleError, NotFound, Unauthorized
from router.keys.admin import LOCAL, Admin, AdminChange, Role, checked_admin_name
from router.keys.admin_key_file import draft_key, first_key, key_file, read_keys, settle_key
from router.keys.admin_store import AdminChanged, AdminStore
from router.keys.key import Kept
from router.keys.secret import ADMIN_PREFIX, PREFIX, SHOWN, digest_of, is_whole, new_secret
from router.keys.store import now
from router.suggest import nearest
from router.types import Author

SOON_S = 0.05
FIRST = Author("", "command", "made at the first start")


class IssuedAdmin(NamedTuple):
    """An admin with its secret, which is shown this once."""

    admin: Admin
    secret: str


class AdminKeyring:
    """The admins of one ledger; `salt` is the ledger's. In `folder` lies the key of this machine's own admin."""

    def __init__(
        self, store: AdminStore, salt: bytes, folder: Path | None = None, clock: Callable[[], datetime] = now
    ) -> None:
        self.admins: dict[str, Admin] = {}
        self.folder = folder
        self._store = store
        self._salt = salt
        self._clock = clock
        self._turn = Lock()
        self._seen = 0
        self._next_look = 0.0
        self._by_digest: dict[str, str] = {}

    def look(self) -> None:
        """Look at the ledger for what has changed; raises Unreachable, or ConfigError for what can't be read."""
        with self._turn:
            news = self._store.changes(self._seen)
            # Others read meanwhile: what they hold is never changed in place.
            admins = dict(self.admins)
            for change in news.changes:
                admins[change.admin.name] = change.admin
                if (secret := change.admin.secret) is not None:
                    self._by_digest[secret.digest] = change.admin.name
            self.admins = admins
            self._seen = news.seen

    def authenticate(self, secret: str) -> Admin:
        """The admin whose key this is, by the ledger as it is now; raises Unauthorized with the reason.

        Where the ledger can't be asked, what was known holds.
        """
        if not is_whole(secret, ADMIN_PREFIX):
            raise not_one(secret)
        digest = digest_of(secret, self._salt)
        if digest in self._by_digest or self._may_look():
            try:
                self.look()
            except FungibleError:
                if not self.admins:
                    raise
        admin = self.admins.get(self._by_digest.get(digest, ""))
        if admin is None or admin.secret is None:
            raise Unauthorized("No admin has that key.")
        if admin.revoked is not None:
            raise Unauthorized(f"The key of the admin {admin.name!r} was revoked.")
        if not compare_digest(admin.secret.digest, digest):
            raise Unauthorized(f"The key of the admin {admin.name!r} was rotated: this is the old one.")
        return admin

    def _may_look(self) -> bool:
        """Whether the ledger may be asked for a key that nobody knows: so often, however many are tried."""
        time = monotonic()
        if time < self._next_look:
            return False
        self._next_look = time + SOON_S
        return True

    @property
    def owners(self) -> list[Admin]:
        """The owners whose keys are good."""
        return [admin for admin in self.admins.values() if admin.role == "owner" and admin.revoked is None]

    def admin(self, name: str) -> Admin:
        """An admin by its name; raises NotFound."""
        if name not in self.admins:
            known = nearest(name, self.admins) if self.admins else " There are none yet."
            raise NotFound(f"No admin is called {name!r}.{known}", param="name")
        return self.admins[name]

    def issue(self, name: str, role: Role, author: Author) -> IssuedAdmin:
        """A new admin; raises BadRequest, or Conflict where the name was given before."""
        return self._issue(checked_admin_name(name), role, author, new_secret(ADMIN_PREFIX))

    def rotate(self, name: str, author: Author) -> IssuedAdmin:
        """Another key for an admin, whose old one ends at once; raises NotFound, or Conflict."""
        secret, before = new_secret(ADMIN_PREFIX), self._valid(name)
        mine = self.folder if self._lies_here(before) else None
        if mine is not None:
            draft_key(mine, secret)
        after = self._write("rotated", replace(before, secret=self._kept(secret)), author)
        if mine is not None:
            settle_key(mine)
        return IssuedAdmin(after, secret)

    def revoke(self, name: str, author: Author) -> Admin:
        """End an admin's key for good; raises NotFound, or Conflict where nobody would be left who may make another."""
        admin = self._valid(name)
        if [owner.name for owner in self.owners] == [name]:
            raise Conflict(f"{name!r} is the last owner: make another first, or rotate its key.")
        return self._write("revoked", replace(admin, revoked=self._clock()), author)

    def own(self) -> Admin | None:
        """The admin of this machine, by the key in its folder; None where there is none that is good."""
        for place, secret in enumerate(read_keys(self.folder) if self.folder else ()):
            try:
                admin = self.authenticate(secret)
            except Unauthorized:
                continue
            if place and self.folder:
                # Whoever rotated it was stopped before the new key took the old one's place.
                settle_key(self.folder)
            return admin
        return None

    def begin(self) -> IssuedAdmin | None:
        """Make the first owner, with its key in the folder, where there is no owner yet; else None."""
        self.look()
        if self.folder is None or self.owners:
            return None
        # On disk before it is in the ledger: whoever is stopped between the two, or was quicker, goes on with it.
        secret = first_key(self.folder, new_secret(ADMIN_PREFIX))
        if not is_whole(secret, ADMIN_PREFIX):
            raise ConfigError([f"{key_file(self.folder)} holds no admin key: take it away, and another is made."])
        names = (f"{LOCAL}-{number}" if number > 1 else LOCAL for number in count(1))
        try:
            return self._issue(next(name for name in names if name not in self.admins), "owner", FIRST, secret)
        except Conflict:
            self.look()
            return None

    def _issue(self, name: str, role: Role, author: Author, secret: str) -> IssuedAdmin:
        admin = Admin(name=name, role=role, created=self._clock(), secret=self._kept(secret))
        self._store.write(AdminChanged("issued", self._clock(), author, admin))
        self.look()
        return IssuedAdmin(admin, secret)

    def _valid(self, name: str) -> Admin:
        self.look()
        admin = self.admin(name)
        if admin.revoked is not None:
            raise Conflict(f"The key of the admin {name!r} was revoked, and that is for ever: make another admin.")
        return admin

    def _write(self, change: AdminChange, admin: Admin, author: Author) -> Admin:
        after = replace(admin, changes=admin.changes + 1)
        self._store.write(AdminChanged(change, self._clock(), author, after))
        self.look()
        return after

    def _lies_here(self, admin: Admin) -> bool:
        digests = [digest_of(secret, self._salt) for secret in read_keys(self.folder)] if self.folder else []
        return admin.secret is not None and admin.secret.digest in digests

    def _kept(self, secret: str) -> Kept:
        return Kept(digest_of(secret, self._salt), secret[:SHOWN])


def not_one(secret: str) -> Unauthorized:
    """Why a text can be no admin's key, as far as its form shows."""
    if secret.startswith(PREFIX):
        return Unauthorized(f"That is an API key; here an admin key is needed: they begin with {ADMIN_PREFIX}.")
    if secret.startswith(ADMIN_PREFIX):
        return Unauthorized("That is no admin key: its checksum does not fit, so a character is wrong or missing.")
    return Unauthorized("That is not the admin key.")
