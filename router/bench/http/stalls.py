"""`fungible bench stalls`: how long one large request holds up the event loop, and with it everybody else.

Invariant: a lag counts as far as this process computed meanwhile, so that a busy machine is not blamed on a body; of
several rounds the best counts, since what a body costs it costs in each.
"""

import asyncio
import http.client
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from router import tokens
from router.bench.http.in_process_server import Served
from router.bench.http.large_bodies import BODIES
from router.config import load
from router.serving.limits import Limits
from router.types import Receipt

EVERY_S = 0.001
MOST_MS = 20.0


def run(size: int, rounds: int, only: list[str], *, as_json: bool) -> None:
    """Measure and show; exit code 1 where a body held up others for longer than `MOST_MS`."""
    names = [name for name in BODIES if not only or name in only]
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("asking", total=len(names) * rounds)
        figures = measured(names, size, rounds, lambda: progress.advance(task))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        Console(highlight=False).print(_table(figures))
    sys.exit(1 if any(row["stall_ms"] > MOST_MS for row in figures.values()) else 0)


def measured(
    names: list[str], size: int, rounds: int, advance: Callable[[], object] = lambda: None
) -> dict[str, dict[str, Any]]:
    """The stall of each body, and what became of it."""
    tokens.load_all((tokens.REFERENCE, "cl100k_base"))
    figures: dict[str, dict[str, Any]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        Served(load(None), Path(folder), Limits(), _ignore) as served,
    ):
        probe = Probe()
        watching = asyncio.run_coroutine_threadsafe(probe.keep_watch(), served.loop)
        _ask(served.port, "/v1/chat/completions", orjson.dumps(_SMALL))
        for name in names:
            seen = [_once(served.port, name, size, probe, advance) for _ in range(rounds)]
            figures[name] = min(seen, key=lambda row: float(row["stall_ms"]))
        watching.cancel()
    return figures


_SMALL = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}


def _ignore(_: Receipt) -> None:
    """Nobody looks at the receipts."""


@dataclass(slots=True)
class Probe:
    """Looks a thousand times a second how late the loop is, and how much this process computed meanwhile."""

    lag_s: float = 0.0
    own_s: float = 0.0

    async def keep_watch(self) -> None:
        """Look until cancelled."""
        while True:
            wall, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(EVERY_S)
            lag = time.perf_counter() - wall - EVERY_S
            self.lag_s = max(self.lag_s, lag)
            self.own_s = max(self.own_s, min(lag, time.process_time() - used))

    def begin(self) -> None:
        """Forget what was seen."""
        self.lag_s = self.own_s = 0.0


def _once(port: int, name: str, size: int, probe: Probe, advance: Callable[[], object]) -> dict[str, Any]:
    path, make = BODIES[name]
    body = make(size)
    time.sleep(0.05)
    probe.begin()
    started = time.perf_counter()
    status = _ask(port, path, body)
    seconds = time.perf_counter() - started
    time.sleep(0.02)
    row = {
        "bytes": len(body),
        "status": status,
        "seconds": round(seconds, 3),
        "lag_ms": round(1000 * probe.lag_s, 1),
        "stall_ms": round(1000 * probe.own_s, 1),
    }
    advance()
    return row


def _ask(port: int, path: str, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _table(figures: dict[str, dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="dim")
    for column in ("body", "bytes", "status", "answered", "loop late", "of it our own"):
        table.add_column(column, justify="right" if column != "body" else "left")
    for name, row in figures.items():
        stall = f"{row['stall_ms']:.1f} ms"
        table.add_row(
            name,
            f"{row['bytes']:,}",
            str(row["status"]),
            f"{row['seconds']:.2f} s",
            f"{row['lag_ms']:.1f} ms",
            f"[bold red]{stall}[/]" if row["stall_ms"] > MOST_MS else stall,
        )
    return table
