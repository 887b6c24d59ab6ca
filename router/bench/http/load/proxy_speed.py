"""What the router adds before a backend that answers at once, and what several workers bring.

Invariant: what is compared is measured in one run, in turns; medians count.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from router.bench.http.load.load_client import Tally, hammer, post
from router.bench.http.load.load_servers import (
    PATH,
    Started,
    last_core,
    mock_backend,
    processor_s,
    prompt_body,
    serving,
)
from router.bench.http.sample_config import sample_documents

OTHERS_S = 3.0
SIZES = {"200B": 200, "8KB": 8192}
Figures = dict[str, Any]


class Load(NamedTuple):
    """How long, how often, and over how many connections each thing is measured."""

    seconds: float
    repeats: int
    connections: int


class _Speed(NamedTuple):
    """One measurement: answers a second, the median answer in ms, processor in µs for each, what failed."""

    rate: float
    p50_ms: float
    processor_us: float
    bad: int


def before_backend(load: Load, advance: Callable[[], object]) -> Figures:
    """Requests a second through the router for each size, beside the backend alone, and what one request takes."""
    seen: dict[str, list[_Speed]] = {name: [] for name in ("direct", "alone", "direct alone", *SIZES)}
    with mock_backend(last_core()) as backend, backend_files(backend) as folder:
        for _ in range(load.repeats):
            with tempfile.TemporaryDirectory() as data, serving(_serve(data, folder)) as server:
                for name, size in SIZES.items():
                    seen[name].append(_measured(server, server.port, size, load))
                seen["direct"].append(_measured(None, backend, 200, load))
                one = load._replace(connections=1)
                seen["alone"].append(_measured(server, server.port, 200, one))
                seen["direct alone"].append(_measured(None, backend, 200, one))
            advance()
    middle = {name: _medians(speeds) for name, speeds in seen.items()}
    return {
        "requests_per_s": {name: middle[name].rate for name in SIZES},
        "processor_us": {name: middle[name].processor_us for name in SIZES},
        "backend_alone_requests_per_s": middle["direct"].rate,
        "added_p50_ms": middle["alone"].p50_ms - middle["direct alone"].p50_ms,
        "failed": sum(speed.bad for speeds in seen.values() for speed in speeds),
    }


def with_workers(count: int, load: Load, advance: Callable[[], object]) -> Figures:
    """One worker and several in turns, on all cores, answered by a stub."""
    seen: dict[int, list[_Speed]] = {1: [], count: []}
    for _ in range(load.repeats):
        for workers, speeds in seen.items():
            with (
                tempfile.TemporaryDirectory() as data,
                serving([*_serve(data), "--workers", str(workers)], own_core=False) as server,
            ):
                # The others are started once the first answers.
                time.sleep(OTHERS_S)
                speeds.append(_measured(server, server.port, 200, load))
        advance()
    one, several = _medians(seen[1]), _medians(seen[count])
    pairs = zip(seen[1], seen[count], strict=True)
    return {
        "workers": count,
        "requests_per_s": several.rate,
        "one_requests_per_s": one.rate,
        "ratio": statistics.median(more.rate / single.rate for single, more in pairs),
        "processor_us": several.processor_us,
        "one_processor_us": one.processor_us,
        "failed": sum(speed.bad for speeds in seen.values() for speed in speeds),
    }


def _measured(server: Started | None, port: int, size: int, load: Load) -> _Speed:
    payload = post(PATH, prompt_body(size))
    asyncio.run(hammer(port, payload, load.connections, min(1.0, load.seconds)))
    before = processor_s(server.process.pid) if server else None
    tally: Tally = asyncio.run(hammer(port, payload, load.connections, load.seconds))
    after = processor_s(server.process.pid) if server else None
    answers = max(1, len(tally.latencies))
    taken = float("nan") if before is None or after is None else (after - before) / answers * 1e6
    p50 = statistics.median(tally.latencies) * 1000 if tally.latencies else float("nan")
    return _Speed(len(tally.latencies) / load.seconds, p50, taken, tally.bad)


def _medians(speeds: list[_Speed]) -> _Speed:
    rate, p50, taken, bad = (statistics.median(values) for values in zip(*speeds, strict=True))
    return _Speed(rate, p50, taken, int(bad))


def _serve(data: str, folder: str | None = None) -> list[str]:
    words = ["-m", "router.cli", "serve", "--port", "{port}", "--data", data]
    return [*words, "--config", folder] if folder else words


@contextmanager
def backend_files(backend: int) -> Iterator[str]:
    """A folder of configuration with one model, at a backend on this port."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in sample_documents({"only": f"http://127.0.0.1:{backend}/v1"}, {}).items():
            Path(folder, name).write_text(yaml.safe_dump(data), "utf-8")
        yield folder
