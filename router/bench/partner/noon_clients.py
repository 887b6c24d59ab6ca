"""Clients that ask at a steady rate, whatever becomes of earlier requests, and note what they got.

Invariant: every request that was begun is in the list, with its status, or 0 where no whole answer came.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

LONGEST_S = 20.0
LOOK_S, MOST_LOOKS = 0.05, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One request: when it began and ended, in seconds from the start, and the answer."""

    began: float
    ended: float
    status: int
    receipt: str
    served: str


async def ask_steadily(port: int, prompts: Sequence[str], rate: float, model: str) -> list[Got]:
    """Ask with every prompt, so many a second."""
    start = perf_counter()
    tasks = []
    for place, prompt in enumerate(prompts):
        await asyncio.sleep(max(0.0, start + place / rate - perf_counter()))
        tasks.append(asyncio.create_task(_ask(port, prompt, model, start)))
    return list(await asyncio.gather(*tasks))


async def _ask(port: int, prompt: str, model: str, start: float) -> Got:
    began, status, body = perf_counter() - start, 0, dict[str, Any]()
    try:
        async with asyncio.timeout(LONGEST_S):
            status, body = await _exchange(port, "POST", "/v1/chat/completions", _body(prompt, model))
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        status = 0
    told = body.get("fungible", {})
    return Got(
        began=began,
        ended=perf_counter() - start,
        status=status,
        receipt=told.get("receipt", ""),
        served=told.get("served", "") or "",
    )


async def receipts_of(port: int, ids: Sequence[str]) -> list[dict[str, Any] | None]:
    """The receipts by their ids; None of one that the server does not have."""
    found = []
    for name in ids:
        status, body = await _exchange(port, "GET", f"/v1/receipts/{name}", b"")
        found.append(body if status == 200 else None)
    return found


async def until_ready(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(MOST_LOOKS):
        with suppress(OSError, ValueError, asyncio.IncompleteReadError):
            if (await _exchange(port, "GET", "/readyz", b""))[0] == 200:
                return
        await asyncio.sleep(LOOK_S)


def _body(prompt: str, model: str) -> bytes:
    return orjson.dumps({"model": model, "messages": [{"role": "user", "content": prompt}]})


async def _exchange(port: int, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        top = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(line for line in top.split("\r\n") if line.startswith("content-length:"))
        data = await reader.readexactly(int(length.split(":")[1]))
        return int(top.split(" ")[1]), orjson.loads(data)
    finally:
        writer.close()
