"""Connections to one address, kept open between requests.

Invariant: never more than `size` are in use at once; the one that rested last is used first; none that rested longer
than `idle_s` is used again. A pool belongs to the event loop that uses it.
"""

import asyncio
from asyncio import AbstractEventLoop, Future, Task, TimerHandle
from collections import deque
from dataclasses import dataclass
from os import strerror
from socket import gaierror
from ssl import SSLContext, SSLError

from providers.upstream.http.connection import Broken, Connection
from providers.upstream.http.proxy import Proxy, ProxyRefused
from router.errors import ProviderError

LINGER_S = 1.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a backend listens; `tls` is None for plain HTTP. With `proxy` it is reached through that."""

    host: str
    port: int
    tls: SSLContext | None = None
    proxy: Proxy | None = None


class Pool:
    """The connections to one address."""

    def __init__(self, address: Address, size: int, idle_s: float, connect_s: float) -> None:
        self.address = address
        self._size, self._idle_s, self._connect_s = size, idle_s, connect_s
        self._loop: AbstractEventLoop | None = None
        self._used = 0
        self._waiting: deque[Future[None]] = deque()
        self._idle: deque[Connection] = deque()
        self._lingering: set[Task[None]] = set()
        self._sweeping: TimerHandle | None = None
        self._closing = False
        self.open = 0

    async def take(self, *, fresh: bool = False) -> Connection:
        """A connection of the caller's own, until it is given back; raises ProviderError."""
        connection = None if fresh else self.rested(asyncio.get_running_loop())
        return connection or await self._waited(fresh=fresh)

    def rested(self, loop: AbstractEventLoop) -> Connection | None:
        """The same at once, where one rests that is of use; `loop` is the one that runs."""
        if self._loop is not loop:
            self._move_to(loop)
        if self._used >= self._size or (connection := self._rested(loop)) is None:
            return None
        self._used += 1
        return connection

    def give(self, connection: Connection) -> None:
        """Give a connection back: it rests where its answer was whole, else it is closed."""
        if not connection.reusable or self._closing or self._loop is None:
            self._drop(connection)
        else:
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
            if self._sweeping is None:
                self._sweep_later()
        self._leave()

    def linger(self, connection: Connection) -> None:
        """Give a connection back whose answer has said its last word, but whose end has not come yet."""
        if connection.ended or connection.closed:
            self.give(connection)
            return
        task = asyncio.get_running_loop().create_task(self._until_ended(connection))
        self._lingering.add(task)
        task.add_done_callback(self._lingering.discard)

    async def aclose(self) -> None:
        """Close what rests; what is in use closes when it is given back."""
        self._closing = True
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        if self._loop is asyncio.get_running_loop():
            await asyncio.gather(*self._lingering)
            while self._idle:
                self._drop(self._idle.pop())
            # A turn of the loop, in which the transports go.
            await asyncio.sleep(0)

    async def _waited(self, *, fresh: bool) -> Connection:
        """A connection once there is room for it; what was given back meanwhile serves as well as a new one."""
        try:
            async with asyncio.timeout(self._connect_s):
                loop = asyncio.get_running_loop()
                await self._enter(loop)
                try:
                    return (None if fresh else self._rested(loop)) or await self._connect()
                except BaseException:
                    self._leave()
                    raise
        except TimeoutError:
            raise ProviderError(
                "timeout", f"no connection within {self._connect_s:g} s", code="late_connection"
            ) from None
        except SSLError as error:
            raise ProviderError(
                "unavailable", f"no connection: TLS failed ({error.reason})", code="tls_failed"
            ) from None
        except OSError as error:
            raise ProviderError("unavailable", f"no connection: {_why(error)}", code="connection_failed") from None

    async def _enter(self, loop: AbstractEventLoop) -> None:
        """Wait until one more may be in use, and count it."""
        if self._loop is not loop:
            self._move_to(loop)
        if self._used < self._size:
            self._used += 1
            return
        waiter = loop.create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except BaseException:
            if not waiter.cancelled():
                # It had its turn, and has no use for it.
                self._leave()
            raise

    def _leave(self) -> None:
        """One less is in use: its place goes to who has waited longest, if anybody has."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        # One of an earlier loop was never counted in this.
        self._used = max(0, self._used - 1)

    async def _connect(self) -> Connection:
        where, loop = self.address, asyncio.get_running_loop()
        name = where.host if where.tls else None
        if where.proxy and where.tls:
            tunnel = await where.proxy.tunnel(where.host, where.port)
            try:
                made = await loop.create_connection(Connection, sock=tunnel, ssl=where.tls, server_hostname=name)
            except BaseException:
                tunnel.close()
                raise
        else:
            to = where.proxy or where
            made = await loop.create_connection(Connection, to.host, to.port, ssl=where.tls, server_hostname=name)
        self.open += 1
        return made[1]

    def _rested(self, loop: AbstractEventLoop) -> Connection | None:
        """The connection that rested last, if any is still of use."""
        oldest = loop.time() - self._idle_s
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed and connection.idle_since >= oldest:
                return connection
            self._drop(connection)
        return None

    def _drop(self, connection: Connection) -> None:
        connection.abort()
        self.open -= 1

    async def _until_ended(self, connection: Connection) -> None:
        due = asyncio.get_running_loop().time() + LINGER_S
        try:
            while await connection.more(due):
                pass
        except (TimeoutError, Broken):
            pass
        finally:
            self.give(connection)

    def _sweep_later(self) -> None:
        self._sweeping = asyncio.get_running_loop().call_later(self._idle_s, self._sweep)

    def _sweep(self) -> None:
        """Close what rested too long; those stand first."""
        self._sweeping = None
        oldest = asyncio.get_running_loop().time() - self._idle_s
        while self._idle and (self._idle[0].closed or self._idle[0].idle_since <= oldest):
            self._drop(self._idle.popleft())
        if self._idle:
            self._sweep_later()

    def _move_to(self, loop: AbstractEventLoop) -> None:
        """Another loop begins anew: what belongs to one that has ended is of no use."""
        self._loop, self._used, self._sweeping = loop, 0, None
        self._idle.clear()
        self._waiting.clear()
        self._lingering.clear()
        self.open, self._closing = 0, False


def _why(error: OSError) -> str:
    """The system's own words, which name no address."""
    if isinstance(error, gaierror):
        return "its name is not known"
    if isinstance(error, ProxyRefused):
        return str(error)
    return strerror(error.errno) if error.errno else "none of its addresses answers"
