"""The traffic of a server beside a page that is read all the time, and without it.

Invariant: requests come at a steady pace, whether or not the last was answered, and each is timed from the moment at
which it was due, so that a server which stalls is seen to; with and without the page in turns.
"""

import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import Any

from router.bench.http.load.load_client import post
from router.bench.http.load.load_servers import PATH, prompt_body
from router.bench.page.read_speed import PAGES, READS, Asked

PAYLOAD = post(PATH, prompt_body(200))
Figures = dict[str, Any]


def beside(
    asked: Asked, rate: float, seconds: float, repeats: int, pause_s: float, step: Callable[[], object]
) -> Figures:
    """Milliseconds at the 50th and 99th percentile, with and without a reader that waits `pause_s` between routes."""
    times: dict[str, list[list[float]]] = {"alone": [], "busy": []}
    reads = 0
    asyncio.run(paced(asked.port, rate, 1.0))
    for turn in range(2 * repeats):
        if turn % 2:
            with _reader(asked, pause_s) as reader:
                times["busy"].append(asyncio.run(paced(asked.port, rate, seconds)))
            reads += reader.reads
        else:
            times["alone"].append(asyncio.run(paced(asked.port, rate, seconds)))
        step()
    figures = {name: _percentiles([time for run in runs for time in run]) for name, runs in times.items()}
    ratio = statistics.median(
        _percentiles(busy)["p99_ms"] / _percentiles(alone)["p99_ms"]
        for alone, busy in zip(times["alone"], times["busy"], strict=True)
    )
    return {**figures, "p99_ratio": ratio, "requests_per_s": rate, "reads_per_s": reads / (seconds * repeats)}


def _percentiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {f"p{part}_ms": ordered[min(len(ordered) - 1, len(ordered) * part // 100)] for part in (50, 90, 99)}


class _Reader(threading.Thread):
    """Reads every route and page, again and again, until it is told to stop."""

    def __init__(self, asked: Asked, pause_s: float) -> None:
        super().__init__(name="page", daemon=True)
        self._asked, self._pause_s, self._end = asked, pause_s, threading.Event()
        self.reads = 0
        self._fault: Exception | None = None

    def run(self) -> None:
        """Read."""
        try:
            self._asked.sign_in()
            paths = cycle(path for path in (*READS, *PAGES) if "{id}" not in path)
            while not self._end.wait(self._pause_s):
                self._asked.get(next(paths))
                self.reads += 1
        except Exception as error:  # noqa: BLE001 - raised again where the thread is joined
            self._fault = error

    def stop(self) -> None:
        """Stop after this read; raises what ended it before."""
        self._end.set()
        self.join()
        if self._fault is not None:
            raise self._fault


@contextmanager
def _reader(asked: Asked, pause_s: float) -> Iterator[_Reader]:
    reader = _Reader(asked, pause_s)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()


class _Connection(asyncio.Protocol):
    """One connection: a request at a time."""

    def __init__(self) -> None:
        self._answered: asyncio.Future[None] | None = None
        self._left, self._head = -1, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the server."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport

    def ask(self) -> "asyncio.Future[None]":
        """Send; the future is done once the whole answer is there."""
        self._answered, self._head = asyncio.get_running_loop().create_future(), b""
        self.transport.write(PAYLOAD)
        return self._answered

    def data_received(self, data: bytes) -> None:
        """Collect until an answer is whole."""
        self._head += data
        head, gap, body = self._head.partition(b"\r\n\r\n")
        if gap and len(body) >= _length(head) and self._answered is not None and not self._answered.done():
            if head.startswith(b"HTTP/1.1 200"):
                self._answered.set_result(None)
            else:
                self._answered.set_exception(AssertionError(head[:40].decode("latin-1")))


def _length(head: bytes) -> int:
    lines = (line for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:")
    return int(next(lines, b":0").split(b":")[1])


async def paced(port: int, rate: float, seconds: float) -> list[float]:
    """Requests at a steady rate; the milliseconds of each from when it was due to its whole answer."""
    loop = asyncio.get_running_loop()
    idle: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(64):
        _, connection = await loop.create_connection(_Connection, "127.0.0.1", port)
        idle.put_nowait(connection)
    times: list[float] = []
    begun = time.perf_counter()
    waiting = []
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        waiting.append(asyncio.create_task(_one(idle, due, times)))
    await asyncio.gather(*waiting)
    while not idle.empty():
        with suppress(OSError):
            idle.get_nowait().transport.close()
    return times


async def _one(idle: "asyncio.Queue[_Connection]", due: float, times: list[float]) -> None:
    connection = await idle.get()
    await connection.ask()
    times.append((time.perf_counter() - due) * 1e3)
    idle.put_nowait(connection)
