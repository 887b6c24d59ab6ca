"""Keeps responses for a while, each sealed for whoever made it: a file of SQLite and the file of its key.

Invariant: what is kept is encrypted with AES-GCM before it is written, bound to its id, its owner and its end; who
presents another owner, or comes after the end, gets nothing, as if it had never been.
"""

import os
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from threading import Lock
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from router.errors import ConfigError
from router.keys.admin_key_file import make_private

STORE, KEY = "responses.sqlite3", "responses.key"
# A conversation that is larger is answered, and not kept.
MOST_BYTES = 1024**2
_KEY_BYTES, _NONCE = 32, 12
_TABLE = (
    "CREATE TABLE IF NOT EXISTS responses (id TEXT PRIMARY KEY, ends INTEGER NOT NULL, sealed BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS responses_ends ON responses (ends)",
)


class ResponseStore:
    """The responses of one data folder, each for `keep_s` seconds by `clock`."""

    def __init__(self, folder: Path, keep_s: float, clock: Callable[[], float]) -> None:
        make_private(folder)
        self._seal = AESGCM(_key(folder / KEY))
        self._keep_s, self._clock = keep_s, clock
        self._lock = Lock()
        self._rows = _opened(folder / STORE)

    def keep(self, id: str, owner: str, body: dict[str, Any]) -> None:  # noqa: A002
        """Keep a response, and forget those whose time has come."""
        now = self._clock()
        ends, nonce = int(now + self._keep_s), token_bytes(_NONCE)
        sealed = nonce + self._seal.encrypt(nonce, orjson.dumps(body), _bound(id, owner, ends))
        with self._lock, self._rows:
            self._rows.execute("DELETE FROM responses WHERE ends <= ?", (int(now),))
            self._rows.execute("INSERT OR REPLACE INTO responses VALUES (?, ?, ?)", (id, ends, sealed))

    def read(self, id: str, owner: str) -> dict[str, Any] | None:  # noqa: A002
        """What was kept, for its owner and in its time."""
        with self._lock:
            row = self._rows.execute("SELECT ends, sealed FROM responses WHERE id = ?", (id,)).fetchone()
        if row is None or row[0] <= self._clock():
            return None
        try:
            body = self._seal.decrypt(row[1][:_NONCE], row[1][_NONCE:], _bound(id, owner, row[0]))
        except InvalidTag:
            return None
        kept: dict[str, Any] = orjson.loads(body)
        return kept

    def forget(self, id: str, owner: str) -> bool:  # noqa: A002
        """Delete a response; whether it was this owner's."""
        if self.read(id, owner) is None:
            return False
        with self._lock, self._rows:
            self._rows.execute("DELETE FROM responses WHERE id = ?", (id,))
        return True

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._rows.close()


def _bound(id: str, owner: str, ends: int) -> bytes:  # noqa: A002
    """What a sealed response belongs to; the owner's name itself is written nowhere."""
    return sha256(orjson.dumps([id, owner, ends])).digest()


def _opened(path: Path) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        rows = sqlite3.connect(path, check_same_thread=False)
        rows.execute("PRAGMA journal_mode = WAL")
        rows.execute("PRAGMA secure_delete = ON")
        for statement in _TABLE:
            rows.execute(statement)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError([f"Responses can't be kept in {path}: {error}."]) from None
    return rows


def _key(path: Path) -> bytes:
    """The key in a file, made on first use and readable to its owner alone; raises ConfigError."""
    try:
        if not path.exists():
            _write(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: the key of the kept responses can't be read or made: {error}."]) from None
    if len(key) != _KEY_BYTES:
        raise ConfigError([f"{path}: the key of the kept responses is {len(key)} bytes; it must be {_KEY_BYTES}."])
    return key


def _write(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{token_bytes(_KEY_BYTES).hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
