"""The clients of a soak: short and long requests, streams, some that leave, some that read slowly.

Invariant: an answer that named a receipt is noted, however it ended for the client.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

from router.bench.http.fake_backend import Asked, Script, answer, completion, used, words
from router.bench.http.faults import LEFT
from router.bench.http.load.load_client import post

PATH = "/v1/chat/completions"
SLOW, PIECES, PIECE = "Read slowly", 400, "a line of text " * 64
REST_S = 0.05
SLOW_READ, SLOW_REST_S = 16_384, 0.05
PATIENCE_S = 60.0


@dataclass(slots=True)
class Seen:
    """What the clients saw: receipts by id, ends by kind of client and status, seconds of the steady one."""

    receipts: list[str] = field(default_factory=list)
    ends: "Counter[str]" = field(default_factory=Counter)
    steady_s: list[float] = field(default_factory=list)
    steady_failed: int = 0


def sound(asked: Asked) -> Script:
    """A backend that never fails, and says much where that is asked for."""
    data: Any = asked.data
    if data["messages"][-1]["content"].startswith(SLOW):
        return words(*[PIECE] * PIECES, model=data["model"], usage=used())
    if data.get("stream"):
        return words("All ", "is ", "well.", model=data["model"], usage=used())
    return [answer(completion(model=data["model"], usage=used()))]


def body(text: str, model: str = "plain", **more: Any) -> bytes:
    """A chat of one message."""
    return post(PATH, orjson.dumps({"model": model, "messages": [{"role": "user", "content": text}], **more}))


Client = Callable[[int, Seen, Random], Awaitable[None]]


async def short(port: int, seen: Seen, chance: Random) -> None:
    """A short request."""
    await _whole(port, seen, "short", body(f"Minutes {chance.random()}"))


async def long(port: int, seen: Seen, chance: Random) -> None:
    """A request of 8 KB."""
    await _whole(port, seen, "8 KB", body(f"{chance.random()} " + "Notes of the day. " * 450))


async def streamed(port: int, seen: Seen, chance: Random) -> None:
    """A stream that is read to its end."""
    await _whole(port, seen, "stream", body(f"Minutes {chance.random()}", stream=True))


async def counted(port: int, seen: Seen, chance: Random) -> None:
    """A request under a budget of requests."""
    await _whole(port, seen, "counted", body(f"Minutes {chance.random()}", "counted", max_tokens=64))


async def paid(port: int, seen: Seen, chance: Random) -> None:
    """A request under a budget of money."""
    await _whole(port, seen, "paid", body(f"Minutes {chance.random()}", "paid", max_tokens=64))


async def vanishing(port: int, seen: Seen, chance: Random) -> None:
    """A client that leaves, before an answer or in the middle of it."""
    async with connected(port) as (reader, writer):
        writer.write(body(f"{LEFT} {chance.random()}", stream=chance.random() < 0.5))
        await writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.4 * chance.random()):
                await read_head(reader, seen, "vanishing")
                await reader.read(100)
        writer.transport.abort()


async def slow(port: int, seen: Seen, chance: Random) -> None:
    """A client that takes a long answer a little at a time."""
    async with connected(port, SLOW_READ) as (reader, writer):
        writer.write(body(f"{SLOW} {chance.random()}", "calm", stream=True))
        if (await read_head(reader, seen, "slow"))[0] != 200:
            return
        last = b""
        while piece := await reader.read(SLOW_READ):
            last = (last + piece)[-64:]
            if b"[DONE]" in last:
                return
            await asyncio.sleep(SLOW_REST_S)


MIX: tuple[tuple[Client, int], ...] = (
    (short, 4),
    (long, 2),
    (streamed, 4),
    (vanishing, 3),
    (slow, 3),
    (counted, 1),
    (paid, 1),
)


async def load(port: int, seconds: float, seed: int, seen: Seen) -> None:
    """All of them for a time."""
    until, chance = time.monotonic() + seconds, Random(seed)  # noqa: S311 - not for secrets
    kinds = [client for client, count in MIX for _ in range(count)]
    await asyncio.gather(*(_again(client, port, until, seen, chance) for client in kinds))


async def _again(client: Client, port: int, until: float, seen: Seen, chance: Random) -> None:
    while time.monotonic() < until:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await client(port, seen, chance)
        except (OSError, EOFError, TimeoutError) as error:
            seen.ends[f"{client.__name__}: {type(error).__name__}"] += 1
        await asyncio.sleep(REST_S * chance.random())


async def _whole(port: int, seen: Seen, kind: str, payload: bytes) -> None:
    """Ask on a connection of its own, and read to the end."""
    async with connected(port) as (reader, writer):
        writer.write(payload.replace(b"host:", b"connection: close\r\nhost:", 1))
        await read_head(reader, seen, kind)
        while await reader.read(65_536):
            pass


async def read_head(reader: asyncio.StreamReader, seen: Seen, kind: str) -> tuple[int, int]:
    """The status and the length of what comes; the receipt that it names is noted."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if receipt := headers.get("x-fungible-receipt"):
        seen.receipts.append(receipt)
    status = int(first.split(" ")[1])
    seen.ends[f"{kind}: {status}"] += 1
    return status, int(headers.get("content-length", 0))


@asynccontextmanager
async def connected(port: int, buffer: int = 0) -> Any:
    """A connection, closed at the end; `buffer` bounds what the system keeps for a reader."""
    ours = socket.socket()
    if buffer:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    ours.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(ours, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=ours, limit=buffer or 65_536)
    except BaseException:
        ours.close()
        raise
    try:
        yield reader, writer
    finally:
        writer.close()
