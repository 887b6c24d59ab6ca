"""Sends requests to a backend at one address, with its key and within its times; its failures become one error.

Invariant: only ProviderError leaves here; a request is sent a second time only where a connection that had rested
turned out to be closed before a byte of the answer came.
"""

import asyncio
import ssl
from collections.abc import Mapping
from copy import copy
from math import ceil, inf
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from providers.upstream.failures import failure, patience
from providers.upstream.http.connection import Broken, Connection
from providers.upstream.http.pool import Address, Pool
from providers.upstream.http.proxy import Proxy, proxy_of
from providers.upstream.keys import Key
from providers.upstream.settings import Reach, Timeouts
from router.errors import ProviderError
from router.types import Call

# An answer in words that comes at once.
MOST_BODY = 16 * 1024 * 1024
MOST_REFUSAL = 64 * 1024
REFUSAL_S = 5.0
# How long a backend that asked for patience is left alone, at most; what it asked for is passed on in full.
LONGEST_REST_S = 60.0
CREDENTIALS_REST_S = 5.0
_LATE = {
    "first_token": ("no first token within", "late_first_token"),
    "between_tokens": ("no further token within", "late_token"),
    "whole": ("no whole answer within", "late_answer"),
    "total": ("the answer did not end within", "late_end"),
}


class Wait:
    """Until when the next byte may come, and what is said where it does not: a token of a stream begins it anew."""

    __slots__ = ("_end", "_times", "_what", "due", "loop")

    def __init__(self, times: Timeouts, *, streamed: bool) -> None:
        self.loop = asyncio.get_running_loop()
        self._times = times
        self._end = inf if times.total is None else self.loop.time() + times.total
        self._until_next("first_token" if streamed else "whole")

    def for_the_next(self) -> None:
        """A token came, and was taken: the next one has its own time from now on."""
        self._until_next("between_tokens")

    def _until_next(self, what: str) -> None:
        seconds: float = getattr(self._times, what)
        # Whichever is shorter: what was waited for in vain is told by its name.
        self._what = what if seconds <= self._times.whole else "whole"
        self.due = self.loop.time() + min(seconds, self._times.whole)
        if self.due >= self._end:
            self._what, self.due = "total", self._end

    @property
    def late(self) -> str:
        """What was waited for in vain."""
        return f"{_LATE[self._what][0]} {getattr(self._times, self._what):g} s"

    @property
    def code(self) -> str:
        """The same as a code."""
        return _LATE[self._what][1]


class Reply:
    """A backend's answer as it comes in; close it in any case."""

    __slots__ = ("_connection", "_pool", "headers", "kind", "status")

    def __init__(self, connection: Connection, pool: Pool) -> None:
        self._connection: Connection | None = connection
        self._pool = pool
        self.status = connection.status
        self.headers = connection.headers
        # The content type, without its parameters.
        self.kind = self.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()

    async def more(self, wait: Wait) -> bytes:
        """The next bytes, or nothing at the end; raises ProviderError."""
        assert self._connection is not None  # noqa: S101 - nobody reads on after closing
        try:
            return await self._connection.more(wait.due)
        except TimeoutError:
            raise ProviderError("timeout", wait.late, code=wait.code) from None
        except Broken as error:
            raise ProviderError("unavailable", f"the backend {error}", code=error.code) from None

    def come_whole(self) -> bytes | None:
        """The whole body where it has come with its head and is small, else None."""
        assert self._connection is not None  # noqa: S101 - nobody reads on after closing
        return self._connection.whole()

    async def whole(self, wait: Wait, most: int = MOST_BODY) -> bytes:
        """The whole body; raises ProviderError for one that is larger than `most` bytes."""
        if (body := self.come_whole()) is not None:
            return body
        pieces, size = [], 0
        while piece := await self.more(wait):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise ProviderError(
                    "unavailable", f"the backend answers with more than {most:,} bytes", code="too_large"
                )
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self, *, said_all: bool = False) -> None:
        """Give the connection back; with `said_all` only the end of the answer is still to come."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if said_all:
            self._pool.linger(connection)
        else:
            self._pool.give(connection)


class Backend:
    """What an adapter asks."""

    def __init__(
        self, reach: Reach, path: str, headers: Mapping[str, str], key_header: str, key_prefix: str = ""
    ) -> None:
        self._times = reach.timeouts
        self._region = reach.region
        self._most_bytes = reach.max_answer_bytes
        self._key = Key(reach.key_env, reach.key_file)
        self._key_header, self._key_prefix = key_header, key_prefix
        self._names = dict(reach.models or {})
        parts = urlsplit(reach.base_url)
        self._base = parts.path.rstrip("/")
        self._path = self._base + path
        self._host = parts.netloc
        self._headers = {**headers, **(reach.headers or {})}
        self._resting: dict[str, _Resting] = {}
        self._heads: dict[tuple[str, str], bytes] = {}
        self._pool = Pool(_address(reach), reach.connections, reach.idle_s, reach.timeouts.connect)

    @property
    def _plain_proxy(self) -> Proxy | None:
        """The proxy that reads what is sent; through a tunnel it can't."""
        return None if self._pool.address.tls else self._pool.address.proxy

    @property
    def place(self) -> tuple[str, int]:
        """Where it listens: host and port."""
        return self._pool.address.host, self._pool.address.port

    def beside(self, path: str) -> "Backend":
        """The same backend at another path: it shares the key, the connections, and what rests."""
        other = copy(self)
        other._path = self._base + path
        return other

    def name(self, model: str) -> str:
        """The upstream's name of a model of the catalog."""
        return self._names.get(model, model)

    def hide(self, text: str) -> str:
        """The text without the key."""
        return self._key.hide(text)

    def wait(self, *, streamed: bool) -> Wait:
        """The times of a call that begins now."""
        return Wait(self._times, streamed=streamed)

    async def ask(
        self,
        call: Call,
        name: str,
        body: bytes,
        wait: Wait,
        headers: Mapping[str, str] | None = None,
        least_most: int = 0,
    ) -> Reply:
        """Send a request for a model; raises ProviderError where the answer is none. `name` is the upstream's.

        The answer may have as many bytes as the settings say, and `least_most` in any case.
        """
        if call.away_from:
            self._refuse_region(call)
        if self._resting:
            self._refuse_resting(name)
        most = max(self._most_bytes, least_most)
        reply = await self._sent(_with(self._head(name), call.trace, headers), body, wait, most)
        if reply.status == 200:
            return reply
        try:
            refusal = await self._refusal(reply)
        finally:
            reply.close()
        self._let_rest(name, reply, refusal)
        raise refusal

    async def aclose(self) -> None:
        """Close what rests; what is in use closes once its call has ended."""
        await self._pool.aclose()

    async def _sent(self, head: bytes, body: bytes, wait: Wait, most: int) -> Reply:
        request = b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)
        fresh = False
        while True:
            connection = None if fresh else self._pool.rested(wait.loop)
            if connection is None:
                connection = await self._pool.take(fresh=fresh)
            connection.begin(request, most)
            try:
                await connection.opened(wait.due)
                return Reply(connection, self._pool)
            except TimeoutError:
                self._pool.give(connection)
                raise ProviderError("timeout", wait.late, code=wait.code) from None
            except Broken as error:
                self._pool.give(connection)
                if fresh or not error.before or connection.requests == 1:
                    raise ProviderError("unavailable", f"the backend {error}", code=error.code) from None
                fresh = True
            except BaseException:
                self._pool.give(connection)
                raise

    async def _refusal(self, reply: Reply) -> ProviderError:
        """What the backend says instead of an answer; it need not take long over it."""
        wait = Wait(Timeouts(whole=REFUSAL_S), streamed=False)
        try:
            body = await reply.whole(wait, MOST_REFUSAL)
        except ProviderError:
            body = b""
        return failure(reply.status, reply.headers, body, self.hide)

    def _head(self, name: str) -> bytes:
        """The request's head, but for the length of its body."""
        if (head := self._heads.get((self._path, name))) is None:
            path = self._path.replace("{name}", quote(name, safe=""))
            if self._plain_proxy:
                path = f"http://{self._host}{path}"
            lines = [f"POST {path} HTTP/1.1", f"host: {self._host}", "content-type: application/json"]
            lines += [f"{field}: {value}" for field, value in self._headers.items()]
            if self._key.text:
                lines.append(f"{self._key_header}: {self._key_prefix}{self._key.text}")
            for_proxy = self._plain_proxy.headers if self._plain_proxy else ""
            head = "".join(f"{line}\r\n" for line in lines).encode("ascii") + for_proxy.encode("ascii")
            self._heads[self._path, name] = head
        return head

    def _refuse_region(self, call: Call) -> None:
        """A guard on regions fails closed: where it is not known where a backend answers, it is not asked."""
        if self._region is None or self._region in call.away_from:
            where = f"answers in {self._region}" if self._region else "does not say where it answers"
            sentence = f"a guard keeps this away from {', '.join(call.away_from)}; it {where}"
            raise ProviderError("unavailable", sentence, code="region")

    def _refuse_resting(self, name: str) -> None:
        if (resting := self._resting.get(name)) is None:
            return
        now = asyncio.get_running_loop().time()
        if now >= min(resting.until, resting.since + LONGEST_REST_S):
            del self._resting[name]
            return
        error = resting.error
        wait = ceil(resting.until - now) if error.retry_after else None
        sentence, code = f"{error.message} (not asked again yet)", f"resting:{error.code}"
        raise ProviderError(error.outcome, sentence, retry_after=wait, code=code, refusal=error.refusal)

    def _let_rest(self, name: str, reply: Reply, error: ProviderError) -> None:
        """Leave a backend alone that asked for it, or that refused its credentials, until they may be others."""
        if reply.status == 401 and self._key.read_again():
            self._heads.clear()
            return
        if rest := patience(reply.headers) or (CREDENTIALS_REST_S if reply.status == 401 else 0):
            now = asyncio.get_running_loop().time()
            # A copy, for what was raised holds on to the request that met it.
            kept = ProviderError(
                error.outcome, error.message, retry_after=error.retry_after, code=error.code, refusal=error.refusal
            )
            self._resting[name] = _Resting(now, now + rest, kept)


class _Resting(NamedTuple):
    """Since when, and until when, nobody asks a model of this backend, and why."""

    since: float
    until: float
    error: ProviderError


def _with(head: bytes, *more: Mapping[str, str] | None) -> bytes:
    """The head with the headers that differ with each request, such as those of a trace."""
    for headers in more:
        for name, value in headers.items() if headers else ():
            if not (value.isascii() and value.isprintable()):
                raise ProviderError("rejected", "a header for the backend holds what no header may", code="bad_header")
            head += f"{name}: {value}\r\n".encode("ascii")
    return head


def _address(reach: Reach) -> Address:
    parts = urlsplit(reach.base_url)
    host, proxy = parts.hostname or "", proxy_of(reach.base_url, reach.proxy)
    if parts.scheme == "http":
        return Address(host, parts.port or 80, proxy=proxy)
    authorities = str(Path(reach.tls_ca).expanduser()) if reach.tls_ca else None
    try:
        context = ssl.create_default_context(cafile=authorities)
    except ssl.SSLError:
        raise ValueError(f"tls_ca: {reach.tls_ca} holds no certificates") from None
    context.set_alpn_protocols(["http/1.1"])
    return Address(host, parts.port or 443, context, proxy)
