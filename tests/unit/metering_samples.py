"""Servers that share the limits of keys, with a clock that stands until it is moved."""

import asyncio

from router.errors import RateLimited
from router.ledger.rate_window_store import Windows
from router.serving.rate_limiter import Admission, RateLimiter
from router.types import Access, Rates


class Clock:
    """One time for everybody, in seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_000.25

    def __call__(self) -> float:
        return self.now


def key(**rates: int) -> Access:
    return Access("search", rates=Rates(**rates))


class House:
    """Some servers on one store."""

    def __init__(self, servers: int = 1, windows: Windows | None = None) -> None:
        self.clock = Clock()
        self.windows = windows or Windows(clock=self.clock)
        self.servers = [RateLimiter(self.windows, self.clock) for _ in range(servers)]

    def admit(self, access: Access, server: int = 0) -> Admission:
        return asyncio.run(self.servers[server].admit(access))

    def admits(self, access: Access, server: int = 0) -> bool:
        try:
            self.admit(access, server).leave()
        except RateLimited:
            return False
        return True

    def reserves(self, access: Access, tokens: int, server: int = 0) -> Admission | None:
        passage = self.admit(access, server)
        try:
            asyncio.run(passage.reserve(tokens))
        except RateLimited:
            passage.leave()
            return None
        return passage
