"""`fungible bench load`: how long a decision takes, and what the server adds to the smallest FastAPI app.

Invariant: what is compared is measured in one run, in turns, on the same core; medians count.
"""

import asyncio
import re
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress

from router import tokens
from router.api.assembly import assemble
from router.bench.http.load.load_client import hammer, post
from router.bench.http.load.load_servers import NOTE, PATH, prompt_body, resident_mb, serving
from router.bench.http.load.load_table import table_of
from router.bench.http.load.proxy_speed import Load, before_backend, with_workers
from router.config import load as load_config
from router.ledger import SqliteLedger
from router.serving.request_context import RequestContext
from router.types import ChatRequest, Message

TIMED = 2000
_LAG = re.compile(r'^fungible_event_loop_lag_seconds_bucket{le="([^"]+)"} (\S+)$', re.MULTILINE)
Figures = dict[str, Any]


def run(load: Load, *, upstream: bool, workers: int, as_json: bool) -> None:
    """Measure and show; before a backend of our own where `upstream`, and with several `workers` where there are."""
    console = Console(highlight=False)
    steps = 2 + load.repeats * (3 + upstream + (workers > 1))
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("deciding", total=steps)
        figures: Figures = {"decide_200B": decide_times(200), "decide_100KB": decide_times(100_000)}
        progress.advance(task, 2)
        progress.update(task, description="serving")
        figures["server"] = serve_times(load, lambda: progress.advance(task))
        if upstream:
            progress.update(task, description="before a backend")
            figures["upstream"] = before_backend(load, lambda: progress.advance(task))
        if workers > 1:
            progress.update(task, description=f"with {workers} workers")
            figures["workers"] = with_workers(workers, load, lambda: progress.advance(task))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        console.print(table_of(figures, load.connections))


def decide_times(size: int) -> Figures:
    """Microseconds for reading, counting and deciding a prompt of `size` bytes."""
    service = assemble(load_config(), SqliteLedger())
    text = (NOTE * (size // len(NOTE) + 1))[:size]
    request = ChatRequest("auto", (Message("user", text),))
    tokens.count("warm")
    times = []
    for _ in range(TIMED if size < 10_000 else TIMED // 10):
        started = time.perf_counter()
        service.consider(request, RequestContext("bench"))
        times.append((time.perf_counter() - started) * 1e6)
    return _percentiles(times)


def serve_times(load: Load, advance: Callable[[], object]) -> Figures:
    """Start, memory and requests a second of the server, with the smallest app and `degrade` measured in turn."""
    payload, seconds = post(PATH, prompt_body(200)), load.seconds
    rates: dict[str, list[float]] = {"fungible": [], "degrade": [], "smallest": []}
    bad, starts, memory, latencies, late = 0, [], 0, [], 0.0
    with tempfile.TemporaryDirectory() as data:
        for _ in range(load.repeats):
            for name in rates:
                with serving(_words(name, data)) as (process, port, first_answer_s):
                    lags = loop_lags(port) if name == "fungible" else {}
                    tally = asyncio.run(_measured(port, payload, load.connections, seconds))
                    rates[name].append(len(tally.latencies) / seconds)
                    if name == "fungible":
                        bad += tally.bad
                        starts.append(first_answer_s)
                        latencies.extend(tally.latencies)
                        memory = max(memory, resident_mb(process.pid))
                        late = max(late, longest_lag(lags, loop_lags(port)))
                advance()
    return {
        "requests_per_s": statistics.median(rates["fungible"]),
        "degrade_requests_per_s": statistics.median(rates["degrade"]),
        "smallest_app_requests_per_s": statistics.median(rates["smallest"]),
        "ratio": statistics.median(a / b for a, b in zip(rates["fungible"], rates["smallest"], strict=True)),
        "latency_ms": {name: value / 1000 for name, value in _percentiles([s * 1e6 for s in latencies]).items()},
        "loop_lag_below_ms": late * 1000,
        "first_answer_s": statistics.median(starts),
        "resident_mb": memory,
        "failed": bad,
    }


async def _measured(port: int, payload: bytes, connections: int, seconds: float) -> Any:
    await hammer(port, payload, connections, min(0.5, seconds))
    return await hammer(port, payload, connections, seconds)


def _words(name: str, data: str) -> list[str]:
    """How each of the programs that are compared is started."""
    if name == "smallest":
        return ["-m", "router.bench.http.load.baseline_app", "{port}"]
    durability = "degrade" if name == "degrade" else "refuse"
    return ["-m", "router.cli", "serve", "--port", "{port}", "--data", data, "--durability", durability]


def loop_lags(port: int) -> dict[float, float]:
    """How often the event loop was so late at most, in seconds, as the server's metrics say."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        found = _LAG.findall(answer.read().decode())
    return {float(bound): float(count) for bound, count in found}


def longest_lag(before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """A bound in seconds of the longest lag in between; infinite where it was longer than any bound."""
    new = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
    return min((bound for bound, count in new.items() if count == max(new.values())), default=0.0)


def _percentiles(values: list[float]) -> Figures:
    ordered = sorted(values)
    return {
        f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 1) for share in (50, 90, 99)
    }
