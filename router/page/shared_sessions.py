"""The page's sessions of a server of several processes, in a folder that they share.

Invariant: a file is sealed with the very word that its browser holds, and is named by that word's hash: whoever reads
the folder signs in nowhere. A link is redeemed once, whichever process is asked.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes, token_urlsafe

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from router.page.sessions import IDLE_S, LINK_S, LONGEST_S, MOST, Session, Sessions

_NONCE = 12
# How seldom a session that is in use is marked as such.
_MARK_S = 60.0


class SharedSessions(Sessions):
    """Sessions that any process with the same folder knows."""

    def __init__(self, folder: Path) -> None:
        super().__init__(time.time)
        self._folder = folder

    def begin(self, secret: str, admin: str, role: str) -> str:
        """Sign an admin in; gives what the cookie holds."""
        self._sweep(now := self._clock())
        cookie = token_urlsafe(32)
        session = Session(secret, admin, role, token_urlsafe(24), now, now)
        self._write("session", cookie, orjson.dumps(asdict(session)))
        return cookie

    def session(self, cookie: str) -> Session | None:
        """The session of a cookie, or None where it has ended."""
        file = self._file("session", cookie)
        kept, now = self._read(file, cookie), self._clock()
        if kept is None:
            return None
        session = Session(**orjson.loads(kept))
        seen = file.stat().st_mtime if file.exists() else 0.0
        if now - seen >= IDLE_S or now - session.begun >= LONGEST_S:
            return None
        if now - seen > _MARK_S:
            os.utime(file)
        session.seen = now
        return session

    def end(self, cookie: str) -> None:
        """Sign out."""
        self._file("session", cookie).unlink(missing_ok=True)

    def link(self, secret: str) -> str:
        """A word that signs in once, soon, whoever holds it: for a command that opens the browser."""
        word = token_urlsafe(24)
        self._write("link", word, orjson.dumps([secret, self._clock() + LINK_S]))
        return word

    def redeem(self, word: str) -> str | None:
        """The key behind such a word, which is used up by that; None where it is none, or too old."""
        file = self._file("link", word)
        mine = file.with_suffix(f".{os.getpid()}")
        try:
            # Renamed first: of two that come at once, one succeeds.
            file.rename(mine)
        except OSError:
            return None
        kept = self._read(mine, word)
        mine.unlink(missing_ok=True)
        secret, until = orjson.loads(kept) if kept else ("", 0.0)
        return secret if until > self._clock() else None

    def _write(self, kind: str, word: str, text: bytes) -> None:
        nonce = token_bytes(_NONCE)
        file = self._file(kind, word)
        partial = file.with_suffix(".partial")
        partial.write_bytes(nonce + AESGCM(_key(word)).encrypt(nonce, text, kind.encode()))
        partial.replace(file)

    def _read(self, file: Path, word: str) -> bytes | None:
        try:
            sealed = file.read_bytes()
            return AESGCM(_key(word)).decrypt(sealed[:_NONCE], sealed[_NONCE:], file.stem.partition("-")[0].encode())
        except (OSError, InvalidTag, ValueError):
            return None

    def _file(self, kind: str, word: str) -> Path:
        return self._folder / f"{kind}-{sha256(word.encode()).hexdigest()}"

    def _sweep(self, now: float) -> None:
        """Let go of what has ended, and of the one that was idle for longest where there are too many."""
        ages = sorted(_ages(self._folder))
        for seen, file in ages:
            limit = IDLE_S if file.name.startswith("session-") else LINK_S
            if now - seen >= limit:
                file.unlink(missing_ok=True)
        sessions = [file for _, file in ages if file.name.startswith("session-") and file.exists()]
        for file in sessions[: max(0, len(sessions) - MOST + 1)]:
            file.unlink(missing_ok=True)


def _ages(folder: Path) -> Iterator[tuple[float, Path]]:
    for file in folder.glob("*-*"):
        try:
            yield file.stat().st_mtime, file
        except OSError:
            # Another process has let go of it.
            continue


def _key(word: str) -> bytes:
    return sha256(b"fungible page session\0" + word.encode()).digest()
