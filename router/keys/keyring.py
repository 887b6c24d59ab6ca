"""Authenticates API keys, from memory; issues, changes, rotates and revokes them; refreshes them from the ledger.

Invariant: a secret is compared by its keyed hash, in constant time; a key that is revoked, expired or unknown is
refused. A change made here is in force at once, one made by another server after the next refresh.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hmac import compare_digest
from threading import Lock
from typing import Any, NamedTuple

from router.config.key_grants import access, changed, written
from router.errors import Conflict, FungibleError, NotFound, Unauthorized
from router.keys.key import Change, Kept, Key, checked_name
from router.keys.secret import PREFIX, SHOWN, digest_of, is_whole, new_secret
from router.keys.store import Changed, KeyStore, now
from router.suggest import nearest
from router.types import Access, Author, Budget, Config

LOOK_S = 0.5
SOON_S = 0.05
"""So often, at most, the ledger is looked at for secrets that nobody knows, however many are tried."""
MOST_TRIES = 3
log = logging.getLogger("fungible")


class Issued(NamedTuple):
    """A new key with its secret, which is shown this once."""

    key: Key
    secret: str


class Keyring:
    """The keys of one ledger; `salt` is the ledger's, `config` gives the configuration in force."""

    def __init__(
        self, store: KeyStore, salt: bytes, config: Callable[[], Config], clock: Callable[[], datetime] = now
    ) -> None:
        self.keys: dict[str, Key] = {}
        self.failure: str | None = None
        """Why the ledger could not be looked at, or None."""
        self._store = store
        self._salt = salt
        self._config = config
        self._clock = clock
        self._turn = Lock()
        self._looking = asyncio.Lock()
        self._next_look = 0.0
        self._seen = 0
        self._by_digest: dict[str, str] = {}
        self._accesses: dict[str, tuple[Key, str, Access]] = {}
        self.look()

    async def authenticate(self, secret: str) -> Access:
        """Authenticate a secret: what it grants now; raises Unauthorized with the reason.

        For an unknown one the ledger is read first: it may have been issued a moment ago.
        """
        digest = digest_of(secret, self._salt)
        if digest not in self._by_digest and is_whole(secret):
            async with self._looking:
                if digest not in self._by_digest and time.monotonic() >= self._next_look:
                    self._next_look = time.monotonic() + SOON_S
                    await self.look_now()
        return self._granted(digest, secret)

    def _granted(self, digest: str, secret: str) -> Access:
        key = self.keys.get(self._by_digest.get(digest, ""))
        if key is None:
            raise Unauthorized(_unknown(secret))
        moment = self._clock()
        if (state := key.state(moment)) != "valid":
            when = key.revoked or key.grant.expires or moment
            verb = "was revoked" if state == "revoked" else "has expired"
            raise Unauthorized(f"The key {key.name!r} {verb}, on {when:%Y-%m-%d at %H:%M %Z}.")
        kept = next((candidate for candidate in key.secrets if compare_digest(candidate.digest, digest)), None)
        if kept is None or (kept.until is not None and kept.until <= moment):
            raise Unauthorized(f"The key {key.name!r} was rotated: this is its old secret.")
        return self.access(key)

    def access(self, key: Key) -> Access:
        """What a key grants under the configuration in force."""
        config = self._config()
        entry = self._accesses.get(key.name)
        if entry is None or entry[0] is not key or entry[1] != config.revision:
            entry = self._accesses[key.name] = (key, config.revision, access(key.name, key.grant, config))
        return entry[2]

    @property
    def valid(self) -> list[Key]:
        """The keys that are good now."""
        moment = self._clock()
        return [key for key in self.keys.values() if key.state(moment) == "valid"]

    @property
    def budgets(self) -> list[Budget]:
        """The budgets of all keys that were not revoked."""
        return [budget for key in self.keys.values() if key.revoked is None for budget in self.access(key).budgets]

    def key(self, name: str) -> Key:
        """A key by its name; raises NotFound."""
        if name not in self.keys:
            known = nearest(name, self.keys) if self.keys else " There are none yet."
            raise NotFound(f"No key is called {name!r}.{known}", param="name")
        return self.keys[name]

    def history(self, name: str) -> list[Changed]:
        """What became of a key, the last first; raises NotFound."""
        name = self.key(name).name
        return [change for change in reversed(self._store.changes().changes) if change.key.name == name]

    def look(self) -> None:
        """Look at the ledger for what has changed; raises Unreachable, or ConfigError for what can't be read."""
        with self._turn:
            news = self._store.changes(self._seen)
            # Others read meanwhile: what they hold is never changed in place.
            keys = dict(self.keys)
            for change in news.changes:
                self._by_digest |= {kept.digest: change.key.name for kept in change.key.secrets}
                keys[change.key.name] = change.key
            self.keys = keys
            self._seen = news.seen

    async def keep_looking(self) -> None:
        """Look, again and again, for as long as the server runs."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look_now()

    async def look_now(self) -> None:
        """Look, in a thread; where that can't be done, what is known stays, and is said to be old."""
        try:
            await asyncio.to_thread(self.look)
            self.failure = None
        except FungibleError as error:
            if self.failure is None:
                log.error("keys can't be looked at; those that are known stay as they are: %s", error.message)
            self.failure = error.message

    def issue(self, name: str, fields: Mapping[str, Any], author: Author) -> Issued:
        """A new key; raises BadRequest, or Conflict where the name was given before."""
        moment, secret = self._clock(), new_secret()
        grant = written(fields, self._config(), moment)
        key = Key(checked_name(name), moment, grant, (self._kept(secret),))
        self._write("issued", key, author)
        return Issued(key, secret)

    def change(self, name: str, fields: Mapping[str, Any], author: Author) -> Key:
        """Write anew some of what a key grants; raises BadRequest, NotFound, or Conflict for one that was revoked."""
        moment, config = self._clock(), self._config()
        return self._changed(
            "changed",
            name,
            author,
            lambda key: replace(key, grant=written(changed(key.grant, fields), config, moment)),
        )

    def rotate(self, name: str, overlap: timedelta, author: Author) -> Issued:
        """A new secret for a key, whose old one stays good for a while; raises NotFound, or Conflict."""
        moment, secret = self._clock(), new_secret()
        until = moment + overlap

        def rotated(key: Key) -> Key:
            old = [kept for kept in key.secrets if kept.until is None or kept.until > moment]
            ending = [replace(kept, until=min(kept.until or until, until)) for kept in old]
            return replace(key, secrets=(*ending, self._kept(secret)))

        return Issued(self._changed("rotated", name, author, rotated), secret)

    def revoke(self, name: str, author: Author) -> Key:
        """End a key for good; raises NotFound, or Conflict where that was done before."""
        return self._changed("revoked", name, author, lambda key: replace(key, revoked=self._clock()))

    def _changed(self, change: Change, name: str, author: Author, do: Callable[[Key], Key]) -> Key:
        """Change a key as it is now; where somebody else does so at the same time, once more as it is then."""
        for _ in range(MOST_TRIES - 1):
            with suppress(Conflict):
                return self._try(change, name, author, do)
        return self._try(change, name, author, do)

    def _try(self, change: Change, name: str, author: Author, do: Callable[[Key], Key]) -> Key:
        self.look()
        before = self.key(name)
        if before.revoked is not None:
            raise Conflict(f"The key {name!r} was revoked, and that is for ever: issue another.")
        after = replace(do(before), changes=before.changes + 1)
        self._write(change, after, author)
        return after

    def _write(self, change: Change, key: Key, author: Author) -> None:
        self._store.write(Changed(change, self._clock(), author, key))
        self.look()

    def _kept(self, secret: str) -> Kept:
        return Kept(digest_of(secret, self._salt), secret[:SHOWN])


def _unknown(secret: str) -> str:
    """Why a secret is not known, as far as its form shows."""
    if not secret.startswith(PREFIX):
        return f"That is no API key: they begin with {PREFIX}."
    if not is_whole(secret):
        return "That is no API key: its checksum does not fit, so a character is wrong or missing."
    return "No key has that secret."
