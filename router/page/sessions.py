"""Who is signed in: an admin key stays in the server's memory, the browser holds a name for it that nobody can guess.

Invariant: a session ends by itself, and with its key; what is kept here says nothing to whoever reads a cookie.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe

IDLE_S, LONGEST_S, LINK_S = 12 * 3600.0, 7 * 24 * 3600.0, 120.0
MOST = 1000
"""Sessions at once; past that the one that was idle for longest ends."""


@dataclass(slots=True)
class Session:
    """One browser that is signed in; `csrf` goes along with each of its changes."""

    secret: str
    admin: str
    role: str
    csrf: str
    begun: float
    seen: float

    def may(self, role: str) -> bool:
        """Whether its role reaches that far, for what is shown; the admin routes decide by themselves."""
        order = ("viewer", "editor", "owner")
        return order.index(self.role) >= order.index(role)


class Sessions:
    """The sessions of one server."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_name: dict[str, Session] = {}
        self._links: dict[str, tuple[str, float]] = {}

    def begin(self, secret: str, admin: str, role: str) -> str:
        """Sign an admin in; gives what the cookie holds."""
        now = self._clock()
        self._sweep(now)
        cookie = token_urlsafe(32)
        self._by_name[_digest(cookie)] = Session(secret, admin, role, token_urlsafe(24), now, now)
        return cookie

    def session(self, cookie: str) -> Session | None:
        """The session of a cookie, or None where it has ended."""
        session, now = self._by_name.get(_digest(cookie)), self._clock()
        if session is None or not _lasts(session, now):
            return None
        session.seen = now
        return session

    def end(self, cookie: str) -> None:
        """Sign out."""
        self._by_name.pop(_digest(cookie), None)

    def link(self, secret: str) -> str:
        """A word that signs in once, soon, whoever holds it: for a command that opens the browser."""
        now = self._clock()
        self._links = {word: link for word, link in self._links.items() if link[1] > now}
        word = token_urlsafe(24)
        self._links[_digest(word)] = (secret, now + LINK_S)
        return word

    def redeem(self, word: str) -> str | None:
        """The key behind such a word, which is used up by that; None where it is none, or too old."""
        secret, until = self._links.pop(_digest(word), ("", 0.0))
        return secret if until > self._clock() else None

    def _sweep(self, now: float) -> None:
        lasting = {name: session for name, session in self._by_name.items() if _lasts(session, now)}
        while len(lasting) >= MOST:
            del lasting[min(lasting, key=lambda name: lasting[name].seen)]
        self._by_name = lasting


def _lasts(session: Session, now: float) -> bool:
    return now - session.seen < IDLE_S and now - session.begun < LONGEST_S


def _digest(word: str) -> str:
    return sha256(word.encode()).hexdigest()
