"""Keeps texts for a while, each sealed: a file of SQLite, and beside it the file of its key.

Invariant: what is kept is encrypted with AES-GCM before it is written, bound to its id, its owner and its end; who
presents another owner, or comes after the end, gets nothing, as if it had never been. What is past its end is
overwritten in the file.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from threading import Lock

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from router.errors import ConfigError
from router.keys.admin_key_file import make_private

KEY_BYTES, NONCE = 32, 12
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class StoreFiles:
    """The names of a store's files in a data folder, of its table, and of what it keeps."""

    rows: str
    key: str
    table: str
    what: str


class SealedStore:
    """The texts of one data folder, each for `keep_s` seconds by `clock`; raises ConfigError where it can't be had."""

    def __init__(self, folder: Path, files: StoreFiles, keep_s: float, clock: Callable[[], float]) -> None:
        make_private(folder)
        self._files = files
        self._seal = AESGCM(_key(folder / files.key, files.what))
        self._keep_s, self._clock = keep_s, clock
        self._lock = Lock()
        self._rows = _opened(folder / files.rows, files)

    def put(self, texts: Iterable[tuple[str, str, bytes]]) -> None:
        """Keep texts, each with its id and its owner, and forget those whose time has come."""
        now = self._clock()
        ends = int(now + self._keep_s)
        sealed = [(id_, ends, self._sealed(id_, owner, ends, text)) for id_, owner, text in texts]
        with self._lock, self._rows:
            self._rows.execute(f"DELETE FROM {self._files.table} WHERE ends <= ?", (int(now),))  # noqa: S608 - ours
            self._rows.executemany(f"INSERT OR REPLACE INTO {self._files.table} VALUES (?, ?, ?)", sealed)  # noqa: S608

    def get(self, id: str, owner: str) -> bytes | None:  # noqa: A002
        """What was kept, for its owner and in its time."""
        with self._lock:
            question = f"SELECT ends, sealed FROM {self._files.table} WHERE id = ?"  # noqa: S608
            row = self._rows.execute(question, (id,)).fetchone()
        return None if row is None else self._unsealed(id, owner, *row)

    def every(self, owner: str) -> Iterator[tuple[str, bytes]]:
        """All of an owner's that is in its time, with its id."""
        question = f"SELECT id, ends, sealed FROM {self._files.table} WHERE id > ? ORDER BY id LIMIT {AT_ONCE}"  # noqa: S608
        last = ""
        while True:
            with self._lock:
                rows = self._rows.execute(question, (last,)).fetchall()
            for id_, ends, sealed in rows:
                if (text := self._unsealed(id_, owner, ends, sealed)) is not None:
                    yield id_, text
            if len(rows) < AT_ONCE:
                return
            last = rows[-1][0]

    def forget(self, id: str, owner: str) -> bool:  # noqa: A002
        """Delete a text; whether it was this owner's."""
        if self.get(id, owner) is None:
            return False
        with self._lock, self._rows:
            self._rows.execute(f"DELETE FROM {self._files.table} WHERE id = ?", (id,))  # noqa: S608
        return True

    def sweep(self, most: int | None = None) -> int:
        """Overwrite what is past its end, and of more than `most` the oldest; gives how many were let go of."""
        table = self._files.table
        with self._lock:
            with self._rows:
                gone = self._rows.execute(f"DELETE FROM {table} WHERE ends <= ?", (int(self._clock()),)).rowcount  # noqa: S608
                if most is not None:
                    beyond = f"SELECT id FROM {table} ORDER BY ends DESC, id DESC LIMIT -1 OFFSET ?"  # noqa: S608
                    gone += self._rows.execute(f"DELETE FROM {table} WHERE id IN ({beyond})", (most,)).rowcount  # noqa: S608
            if gone:
                # What the write-ahead log still holds of them goes, too.
                self._rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def count(self) -> int:
        """How many texts lie in the file, those past their end included."""
        with self._lock:
            return int(self._rows.execute(f"SELECT COUNT(*) FROM {self._files.table}").fetchone()[0])  # noqa: S608

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._rows.close()

    def _sealed(self, id_: str, owner: str, ends: int, text: bytes) -> bytes:
        nonce = token_bytes(NONCE)
        return nonce + self._seal.encrypt(nonce, text, _bound(id_, owner, ends))

    def _unsealed(self, id_: str, owner: str, ends: int, sealed: bytes) -> bytes | None:
        if ends <= self._clock():
            return None
        try:
            return self._seal.decrypt(sealed[:NONCE], sealed[NONCE:], _bound(id_, owner, ends))
        except InvalidTag:
            return None


def _bound(id_: str, owner: str, ends: int) -> bytes:
    """What a sealed text belongs to; the owner's name itself is written nowhere."""
    return sha256(orjson.dumps([id_, owner, ends])).digest()


def _opened(path: Path, files: StoreFiles) -> sqlite3.Connection:
    table = files.table
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        rows = sqlite3.connect(path, check_same_thread=False)
        rows.execute("PRAGMA journal_mode = WAL")
        rows.execute("PRAGMA secure_delete = ON")
        rows.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, ends INTEGER NOT NULL, sealed BLOB NOT NULL)"
        )
        rows.execute(f"CREATE INDEX IF NOT EXISTS {table}_ends ON {table} (ends)")
    except (OSError, sqlite3.Error) as error:
        what = files.what[0].upper() + files.what[1:]
        raise ConfigError([f"{what} can't be kept in {path}: {error}."]) from None
    return rows


def _key(path: Path, what: str) -> bytes:
    """The key in a file, made on first use and readable to its owner alone; raises ConfigError."""
    try:
        if not path.exists():
            _write(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: the key of the kept {what} can't be read or made: {error}."]) from None
    if len(key) != KEY_BYTES:
        raise ConfigError([f"{path}: the key of the kept {what} is {len(key)} bytes; it must be {KEY_BYTES}."])
    return key


def _write(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{token_bytes(KEY_BYTES).hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
