"""`fungible bench load`: how long a decision takes, and what the server adds to the smallest FastAPI app.

Invariant: what is compared is measured in one run, in turns, on the same core; medians count.
"""

import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from router import tokens
from router.api.assembly import assemble
from router.bench.http.load_client import hammer, post
from router.config import load
from router.ledger import SqliteLedger
from router.serving.request_context import RequestContext
from router.types import ChatRequest, Message

NOTE = (
    "Summarise the following note in two sentences: the team met on Tuesday to agree the release plan for the router "
    "and listed what was left to do before anyone could call it done; two people wanted more tests. "
)
PATH = "/v1/chat/completions"
TIMED = 2000
Figures = dict[str, Any]


def run(seconds: float, repeats: int, connections: int, *, as_json: bool) -> None:
    """Measure and show."""
    console = Console(highlight=False)
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("deciding", total=2 + 2 * repeats)
        figures: Figures = {"decide_200B": decide_times(200), "decide_100KB": decide_times(100_000)}
        progress.advance(task, 2)
        progress.update(task, description="serving")
        figures["server"] = serve_times(seconds, repeats, connections, lambda: progress.advance(task))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        console.print(_table(figures, connections))


def decide_times(size: int) -> Figures:
    """Microseconds for reading, counting and deciding a prompt of `size` bytes."""
    service = assemble(load(), SqliteLedger())
    text = (NOTE * (size // len(NOTE) + 1))[:size]
    request = ChatRequest("auto", (Message("user", text),))
    tokens.count("warm")
    times = []
    for _ in range(TIMED if size < 10_000 else TIMED // 10):
        started = time.perf_counter()
        service.consider(request, RequestContext("bench"))
        times.append((time.perf_counter() - started) * 1e6)
    return _percentiles(times)


def serve_times(seconds: float, repeats: int, connections: int, advance: Callable[[], object]) -> Figures:
    """Start, memory and requests a second of the server, with the smallest app measured in turn."""
    body = orjson.dumps({"model": "auto", "messages": [{"role": "user", "content": NOTE[:200]}]})
    payload = post(PATH, body)
    rates: dict[str, list[float]] = {"fungible": [], "smallest": []}
    bad, starts, memory, latencies = 0, [], 0, []
    with tempfile.TemporaryDirectory() as data:
        for _ in range(repeats):
            for name in rates:
                with _server(name, data, body) as (process, port, first_answer_s):
                    tally = asyncio.run(_measured(port, payload, connections, seconds))
                    rates[name].append(len(tally.latencies) / seconds)
                    if name == "fungible":
                        bad += tally.bad
                        starts.append(first_answer_s)
                        latencies.extend(tally.latencies)
                        memory = max(memory, _resident_mb(process.pid))
                advance()
    return {
        "requests_per_s": statistics.median(rates["fungible"]),
        "smallest_app_requests_per_s": statistics.median(rates["smallest"]),
        "ratio": statistics.median(a / b for a, b in zip(rates["fungible"], rates["smallest"], strict=True)),
        "latency_ms": {name: value / 1000 for name, value in _percentiles([s * 1e6 for s in latencies]).items()},
        "first_answer_s": statistics.median(starts),
        "resident_mb": memory,
        "failed": bad,
    }


async def _measured(port: int, payload: bytes, connections: int, seconds: float) -> Any:
    await hammer(port, payload, connections, min(0.5, seconds))
    return await hammer(port, payload, connections, seconds)


@contextmanager
def _server(name: str, data: str, body: bytes) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    port = _free_port()
    commands = {
        "fungible": ["-m", "router.cli", "serve", "--port", str(port), "--data", data],
        "smallest": ["-m", "router.bench.http.baseline_app", str(port)],
    }
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *commands[name]], stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        with _own_core(process.pid):
            _first_answer(port, body)
            yield process, port, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextmanager
def _own_core(server: int) -> Iterator[None]:
    """The server on one core, the load on another, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    cores = sorted(before)
    os.sched_setaffinity(server, {cores[0]})
    os.sched_setaffinity(0, {cores[-1]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _first_answer(port: int, body: bytes) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", body)
    for _ in range(1000):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                answer.read()
                return
        except urllib.error.URLError:
            time.sleep(0.01)
    raise TimeoutError("the server did not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _resident_mb(process: int) -> int:
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, check=False)  # noqa: S603, S607
    return int(shown.stdout or 0) // 1024


def _percentiles(values: list[float]) -> Figures:
    ordered = sorted(values)
    return {
        f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 1) for share in (50, 90, 99)
    }


def _table(figures: Figures, connections: int) -> Table:
    server = figures["server"]
    table = Table(box=None, header_style="dim")
    for column in ("", "p50", "p90", "p99"):
        table.add_column(column, justify="right" if column else "left", no_wrap=bool(column), overflow="fold")
    for label, key in (("decide, 200-byte prompt", "decide_200B"), ("decide, 100 KB prompt", "decide_100KB")):
        table.add_row(label, *(f"{figures[key][share]:,.0f} µs" for share in ("p50", "p90", "p99")))
    table.add_row(
        f"answer, {connections} connections", *(f"{server['latency_ms'][p]:,.1f} ms" for p in ("p50", "p90", "p99"))
    )
    table.add_section()
    table.add_row("requests a second, one core", f"{server['requests_per_s']:,.0f}")
    table.add_row("  the smallest FastAPI app", f"{server['smallest_app_requests_per_s']:,.0f}")
    table.add_row("  ratio", f"{server['ratio']:.2f}")
    table.add_row("first answer after start", f"{server['first_answer_s']:.2f} s")
    table.add_row("resident memory", f"{server['resident_mb']} MB")
    table.add_row("failed", str(server["failed"]))
    return table
