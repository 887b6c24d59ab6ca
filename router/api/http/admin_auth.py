"""Authenticates admins and checks their roles, by their keys alone, and takes every attempt down.

Invariant: nothing is let in for where it comes from, since behind a proxy everybody comes from this machine; keys are
compared in constant time and never repeated; whoever tries wrong ones waits.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from hmac import compare_digest
from pathlib import Path

from router.api.http.asgi import Scope
from router.config.files.text_file import decoded
from router.errors import ConfigError, Forbidden, RateLimited, RouterError, Unauthorized
from router.keys.admin import GIVEN, Admin, Role
from router.keys.admin_keyring import AdminKeyring, not_one
from router.keys.attempts import AttemptLog, Kind, Subject
from router.keys.secret import ADMIN_PREFIX, is_whole
from router.keys.store import now
from router.keys.wrong_keys import WrongKeys
from router.types import Author

ADMIN = "fungible.admin"
ROOT = "/admin/"
MOST_PATH = 128
SHORTEST_KEY = 16
_READS = ("GET", "HEAD")
_METHODS = (*_READS, "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What each role may change; whatever is not named here is the owners'.
_EDITORS = ("/admin/v1/policies", "/admin/v1/ramps", "/v1/feedback", "/v1/models", "/v1/receipts")
_KNOWN = (*_EDITORS, *(f"/admin/v1/{name}" for name in ("keys", "admins", "attempts", "budgets", "money")), "/metrics")


class GivenKey:
    """The key that an operator gives to a server: a text, or a file, which is read anew when it changes.

    Raises ConfigError for one that can't be read, or is too short.
    """

    def __init__(self, key: str | None = None, file: Path | None = None) -> None:
        self._key = key
        self._file = file
        self._state: tuple[int, int, int] | None = None
        if file is not None:
            try:
                self._read(file)
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError([f"{file}: the admin key cannot be read: {error}"]) from None
        if self._key is not None and len(self._key) < SHORTEST_KEY:
            sentence = f"The admin key has {len(self._key)} characters; {SHORTEST_KEY} are the fewest that are safe."
            raise ConfigError([sentence])

    def current(self) -> str | None:
        """The key now; of a file that can't be read, or holds too little, what it held before."""
        if self._file is not None:
            before = self._key
            with suppress(OSError, UnicodeDecodeError):
                self._read(self._file)
            if self._key is None or len(self._key) < SHORTEST_KEY:
                self._key = before
        return self._key

    def _read(self, file: Path) -> None:
        seen = file.stat()
        if (state := (seen.st_ino, seen.st_size, seen.st_mtime_ns)) != self._state:
            self._key, self._state = decoded(file.read_bytes()).strip(), state


class AdminAuthentication:
    """Stands before the admin routes."""

    def __init__(
        self,
        keyring: AdminKeyring,
        given: GivenKey,
        attempts: AttemptLog,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.attempts = attempts
        self._keyring = keyring
        self._given = given
        self._given_admin = Admin(name=GIVEN, role="owner", created=now())
        self._wrong = WrongKeys(clock)

    async def admit(self, scope: Scope, secret: bytes | None) -> None:
        """Let the request of an admin pass; raises Unauthorized, Forbidden or RateLimited."""
        admin: Admin | None = None
        try:
            admin = await self._identify(scope, secret or b"")
            needed = needed_role(scope["method"], scope["path"])
            if not admin.may(needed):
                raise Forbidden(f"The admin {admin.name!r} is {admin.role}; this is for {needed}s.")
        except RouterError as error:
            self._note(scope, "refused", admin, error.code)
            raise
        scope[ADMIN] = admin
        self._note(scope, "read" if scope["method"] in _READS else "change", admin, None)

    async def _identify(self, scope: Scope, given: bytes) -> Admin:
        secret = given.decode("latin-1")
        if not secret:
            raise Unauthorized("Give an admin key, as `Authorization: Bearer fga_...`.")
        address = address_of(scope)
        wait = self._wrong.wait_s(address)
        try:
            # Our own keys can't be guessed, so no address that others use as well is locked out.
            if is_whole(secret, ADMIN_PREFIX):
                return await asyncio.to_thread(self._keyring.authenticate, secret)
            raise not_one(secret)
        except Unauthorized as error:
            if wait is None and self._is_given(given):
                return self._given_admin
            self._wrong.add(address)
            if wait is not None:
                sentence = f"Too many wrong admin keys came from there: wait {wait} s."
                raise RateLimited(sentence, retry_after=wait) from None
            raise error from None

    def _is_given(self, given: bytes) -> bool:
        key = self._given.current()
        return key is not None and compare_digest(given, key.encode())

    def _note(self, scope: Scope, kind: Kind, admin: Admin | None, code: str | None) -> None:
        path: str = scope["path"]
        shown = (
            path[:MOST_PATH] if kind != "refused" else next((root for root in _KNOWN if path.startswith(root)), ROOT)
        )
        method = scope["method"] if scope["method"] in _METHODS else "another"
        self.attempts.add(Subject(kind, admin.name if admin else None, code, method, shown, address_of(scope)))


def needed_role(method: str, path: str) -> Role:
    """The least role that a request needs."""
    if method in _READS:
        return "viewer"
    return "editor" if path.startswith(_EDITORS) else "owner"


def author_of(scope: Scope, because: str) -> Author:
    """Who changes something over HTTP: the admin whose key came, whatever the request says of itself."""
    admin: Admin = scope[ADMIN]
    return Author(admin.name, "http", because[:1000])


def address_of(scope: Scope) -> str:
    """Where a request comes from."""
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else "unknown"
